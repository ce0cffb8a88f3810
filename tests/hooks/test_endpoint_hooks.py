"""The hooks of the model endpoint, run against a workspace that stands in for Azure ML."""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.hooks.fake_az_ml import OPTIONS, Workspace, serve
from tests.hooks.known import az_options

VALUES = {
    "AZURE_ENV_NAME": "opal-test",
    "AZURE_SUBSCRIPTION_ID": "subscription",
    "AZURE_RESOURCE_GROUP": "group",
    "AZURE_LOCATION": "westeurope",
    "OPAL_ML_WORKSPACE": "workspace",
    "OPAL_ML_ENDPOINT": "endpoint",
    "OPAL_ML_TIER": "cpu",
    "OPAL_PHOTO_STORAGE": "photos",
    "OPAL_PRIVATE_NETWORK": "false",
}

_BEFORE_THE_SWITCH = [
    ("ml model create", "upload broke off"),
    ("ml environment create", "upload broke off"),
    ("ml online-deployment create", "no quota"),
    ("ml online-endpoint invoke", "(Timeout)"),
    ("ml online-endpoint update", "(Conflict)"),
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """A copy of what the hooks work with, so that .build is made there."""
    folder = tmp_path_factory.mktemp("repository")
    left_out = shutil.ignore_patterns("__pycache__", "training", "*.onnx")
    for name in ("infra", "models", "imaging"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ("opal-cutout", "opal-x2-fast"):
        (folder / "models/weights" / f"{name}.onnx").write_text(name)
    for path in ROOT.glob("requirements-endpoint*.txt"):
        shutil.copy(path, folder)
    return folder


class Azure:
    """The stand-ins for az, azd and sleep, and the repository whose hooks call them."""

    def __init__(self, folder: Path, repository: Path) -> None:
        self.ml = Workspace()
        self.repository = repository
        self._folder, self._azd = folder, folder / "azd.log"
        self._programs = folder / "bin"
        self._programs.mkdir()
        self._server = serve(self.ml, folder, self._programs / "az")
        for name, line in (("azd", f'echo "$*" >>{self._azd}'), ("sleep", "exit 0")):
            (self._programs / name).write_text(f"#!/bin/sh\n{line}\n")
            (self._programs / name).chmod(0o755)

    def run(self, hook: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a hook, and keep only its own calls."""
        self.ml.calls.clear()
        self._azd.write_text("")
        given = {
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder),
        }
        return subprocess.run(
            [self.repository / "infra/hooks" / f"{hook}.sh"],
            env=given | VALUES | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def done(self, hook: str, **environment: str) -> str:
        ended = self.run(hook, **environment)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def refused(self, hook: str, **environment: str) -> str:
        ended = self.run(hook, **environment)
        assert ended.returncode != 0, ended.stdout
        return ended.stdout + ended.stderr

    @property
    def live(self) -> list[str]:
        """The deployments that get calls."""
        return [name for name, share in self.ml.traffic.items() if share]

    @property
    def noted(self) -> list[str]:
        """What the last hook set in azd's environment."""
        lines = self._azd.read_text().splitlines()
        return [line.removeprefix("env set ") for line in lines if line.startswith("env set ")]

    @property
    def changes(self) -> list[str]:
        """What the last hook did, in order, without what only looks."""
        return [call for call in self.ml.calls if not call.endswith(("show", "list", "logs"))]

    def close(self) -> None:
        subprocess.run([self._programs / "az", "stop"], stderr=subprocess.DEVNULL)
        self._server.join()


@pytest.fixture
def azure(tmp_path, repository) -> Iterator[Azure]:
    made = Azure(tmp_path, repository)
    yield made
    made.close()


def live_on_blue(azure: Azure) -> Azure:
    """An endpoint whose calls go to blue, which is some former release."""
    tags = {"release": "x", "made": "2026-01-01T00:00:00Z"}
    azure.ml.deployments["blue"] = {"name": "blue", "tags": tags, "instance_count": 3}
    azure.ml.traffic = {"blue": 100}
    azure.ml.autoscale = ["endpoint-blue"]
    return azure


def live_on_green(azure: Azure) -> Azure:
    """The same after the next release: green has the calls, blue is kept."""
    blue = live_on_blue(azure).ml.deployments["blue"]
    tags = {"release": "y", "made": "2026-02-01T00:00:00Z"}
    azure.ml.deployments["green"] = blue | {"name": "green", "tags": tags}
    azure.ml.traffic = {"green": 100, "blue": 0}
    azure.ml.autoscale = ["endpoint-blue", "endpoint-green"]
    return azure


@pytest.mark.parametrize("tier", ["cpu", "gpu"])
def test_the_first_deployment_is_registered_made_called_and_only_then_gets_the_calls(azure, tier):
    azure.done("deploy-endpoint", OPAL_ML_TIER=tier)
    assert azure.changes == [
        "ml model create",
        "ml environment create",
        "ml online-deployment create",
        "ml online-endpoint invoke",
        "ml online-endpoint update",
        "deployment group create",
    ]
    assert azure.live == ["blue"]
    blue = azure.ml.deployments["blue"]
    [model], [image] = azure.ml.assets["model"], azure.ml.assets["environment"]
    assert blue["file"] == f"infra/ml/deployment-{tier}.yml"
    assert blue["values"] == {
        "model": f"azureml:opal-models:{model}",
        "environment": f"azureml:opal-endpoint-{tier}:{image}",
        "environment_variables.OPAL_ALLOWED_HOSTS": "photos.blob.core.windows.net",
        "instance_count": "1",
        "tags.release": blue["tags"]["release"],
        "tags.made": blue["tags"]["made"],
    }
    assert azure.ml.autoscale == ["endpoint-blue"]
    assert azure.noted == ["OPAL_ML_LIVE blue"]


def test_the_same_release_is_deployed_once(azure):
    azure.done("deploy-endpoint")
    assert "is this release" in azure.done("deploy-endpoint")
    assert azure.changes == ["deployment group create"]


def test_another_release_takes_the_other_colour_and_as_many_instances(azure):
    blue = live_on_blue(azure).ml.deployments["blue"]
    azure.done("deploy-endpoint", OPAL_UPSCALE_MODEL="best")
    green = azure.ml.deployments["green"]
    assert green["instance_count"] == 3
    assert green["values"]["environment_variables.OPAL_UPSCALE_MODEL"] == "best"
    assert azure.live == ["green"]
    assert azure.ml.deployments["blue"] is blue


def test_the_colour_before_the_last_makes_room_and_known_content_is_not_registered_again(azure):
    azure.done("deploy-endpoint")
    live_on_green(azure)
    azure.done("deploy-endpoint", OPAL_UPSCALE_MODEL="sharp")
    assert azure.changes == [
        "monitor autoscale delete",
        "ml online-deployment delete",
        "ml online-deployment create",
        "ml online-endpoint invoke",
        "ml online-endpoint update",
        "deployment group create",
    ]
    assert azure.live == ["blue"]
    assert sorted(azure.ml.deployments) == ["blue", "green"]


def test_models_are_registered_with_the_digest_of_every_file(azure, repository, tmp_path):
    (tmp_path / "more/sd").mkdir(parents=True)
    (tmp_path / "more/sd/unet.onnx").write_bytes(b"a net")
    azure.done("deploy-endpoint", OPAL_MODELS_FOLDER=str(tmp_path / "more"))
    [tags] = azure.ml.assets["model"].values()
    assert tags == {
        "tags.opal-cutout-onnx": hashlib.sha256(b"opal-cutout").hexdigest(),
        "tags.opal-x2-fast-onnx": hashlib.sha256(b"opal-x2-fast").hexdigest(),
        "tags.sd-unet-onnx": hashlib.sha256(b"a net").hexdigest(),
    }


@pytest.mark.parametrize(("command", "says"), _BEFORE_THE_SWITCH)
def test_what_fails_on_the_way_leaves_the_live_colour_its_calls(azure, command, says):
    live_on_blue(azure).ml.failing[command] = says
    assert says in azure.refused("deploy-endpoint")
    assert azure.live == ["blue"]
    assert azure.noted == []


def test_the_next_run_clears_away_what_a_failed_one_left(azure):
    live_on_blue(azure).ml.failing["ml online-deployment create"] = "no quota"
    assert "blue gets all calls as before" in azure.refused("deploy-endpoint")
    assert "green" in azure.ml.deployments
    azure.ml.failing.clear()
    azure.done("deploy-endpoint")
    assert azure.live == ["green"]


def test_a_wrong_answer_is_no_answer(azure):
    live_on_blue(azure).ml.answer = "pong"
    told = azure.refused("deploy-endpoint", OPAL_UPSCALE_MODEL="best")
    assert "green is there, but does not answer as it should" in told
    assert azure.live == ["blue"]


def test_a_failed_autoscale_is_made_up_for_by_the_next_run(azure):
    azure.ml.failing["deployment group create"] = "(InvalidTemplate)"
    assert "(InvalidTemplate)" in azure.refused("deploy-endpoint")
    azure.ml.failing.clear()
    azure.done("deploy-endpoint")
    assert azure.ml.autoscale == ["endpoint-blue"]


def test_rolling_back_calls_the_former_colour_and_gives_it_the_calls_again(azure):
    live_on_green(azure)
    azure.done("rollback-endpoint")
    assert azure.changes == ["ml online-endpoint invoke", "ml online-endpoint update"]
    assert azure.live == ["blue"]
    assert azure.noted == ["OPAL_ML_LIVE blue"]


def test_a_release_that_never_got_calls_is_not_gone_back_to(azure):
    live_on_blue(azure).ml.failing["ml online-endpoint update"] = "(Conflict)"
    azure.refused("deploy-endpoint")
    azure.ml.failing.clear()
    assert "never got calls" in azure.done("rollback-endpoint")
    assert azure.changes == []
    assert azure.live == ["blue"]


def test_going_back_twice_is_going_back_once(azure):
    live_on_green(azure)
    azure.done("rollback-endpoint")
    azure.done("rollback-endpoint")
    assert azure.live == ["blue"]


def test_a_former_colour_that_does_not_answer_is_not_gone_back_to(azure):
    live_on_green(azure)
    azure.ml.failing["ml online-endpoint invoke"] = "(Timeout)"
    assert "(Timeout)" in azure.refused("rollback-endpoint")
    assert azure.live == ["green"]


def test_retiring_removes_the_former_colour_with_its_rules_once(azure):
    live_on_green(azure)
    azure.done("retire-endpoint")
    assert list(azure.ml.deployments) == ["green"]
    assert azure.ml.autoscale == ["endpoint-green"]
    assert azure.live == ["green"]
    assert "nothing to retire" in azure.done("retire-endpoint")
    assert azure.changes == []
    assert "was retired" in azure.refused("rollback-endpoint")


@pytest.mark.parametrize("hook", ["deploy-endpoint", "rollback-endpoint", "retire-endpoint"])
def test_calls_that_were_shared_out_by_hand_are_left_alone(azure, hook):
    live_on_green(azure)
    azure.ml.traffic = {"blue": 90, "green": 10}
    assert "Give one of them all" in azure.refused(hook)
    assert azure.changes == []


def test_a_private_endpoint_is_called_only_from_inside_its_network(azure):
    told = azure.done("deploy-endpoint", OPAL_PRIVATE_NETWORK="true")
    assert "Not calling blue" in told
    assert azure.ml.network
    assert "ml online-endpoint invoke" not in azure.changes
    azure.done(
        "deploy-endpoint",
        OPAL_PRIVATE_NETWORK="true",
        OPAL_INSIDE_NETWORK="true",
        OPAL_UPSCALE_MODEL="best",
    )
    assert "ml online-endpoint invoke" in azure.changes


def test_provisioning_learns_which_colour_has_the_calls(azure):
    azure.done("note-live-colour")
    assert azure.noted == []
    live_on_blue(azure)
    azure.done("note-live-colour")
    assert azure.noted == ["OPAL_ML_LIVE blue"]
    azure.done("note-live-colour", OPAL_ML_LIVE="blue")
    assert azure.noted == []
    azure.ml.exists = False
    azure.done("note-live-colour", OPAL_ML_LIVE="blue")
    assert azure.noted == ["OPAL_ML_LIVE "]


@pytest.mark.parametrize("command", ["resource list", "rest"])
def test_provisioning_stops_where_the_live_colour_cannot_be_told(azure, command):
    live_on_blue(azure).ml.failing[command] = "(AuthorizationFailed)"
    assert "(AuthorizationFailed)" in azure.refused("note-live-colour")
    azure.ml.failing.clear()
    azure.ml.traffic = {"blue": 50, "green": 50}
    assert "before provisioning" in azure.refused("note-live-colour")
    assert azure.noted == []


def test_the_callers_role_does_not_outlive_the_endpoint(azure):
    azure.ml.roles = ["OPAL endpoint caller (abc)", "Another role"]
    assert "Deleted" in azure.done("remove-caller-role")
    assert azure.ml.roles == ["Another role"]
    azure.done("remove-caller-role")
    assert azure.changes == []


def test_the_hooks_refuse_another_subscription_and_an_unknown_tier(azure):
    assert "another subscription" in azure.refused("deploy-endpoint", AZURE_SUBSCRIPTION_ID="x")
    assert "use cpu or gpu" in azure.refused("deploy-endpoint", OPAL_ML_TIER="tpu")
    assert azure.changes == []


@pytest.mark.parametrize("command", OPTIONS)
def test_the_stand_in_knows_no_command_or_option_that_az_lacks(command):
    assert set(OPTIONS[command].split()) <= (az_options(command) or set())
