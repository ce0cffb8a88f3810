"""Deploying the models: what is registered, made, called, and when it gets the calls."""

import hashlib

import pytest

from tests.hooks.releases import live_on_blue, live_on_green

_BEFORE_THE_SWITCH = [
    ("ml model create", "upload broke off"),
    ("ml environment create", "upload broke off"),
    ("ml online-deployment create", "no quota"),
    ("ml online-endpoint invoke", "(Timeout)"),
    ("ml online-endpoint update", "(Conflict)"),
]


@pytest.mark.parametrize("tier", ["cpu", "gpu"])
def test_the_first_deployment_is_registered_made_called_and_only_then_gets_the_calls(
    workspace, tier
):
    workspace.hooks.done("deploy-endpoint", OPAL_ML_TIER=tier)
    assert workspace.changes == [
        "ml model create",
        "ml environment create",
        "ml online-deployment create",
        "ml online-endpoint invoke",
        "ml online-endpoint update",
        "deployment group create",
    ]
    assert workspace.live == ["blue"]
    blue = workspace.deployments["blue"]
    [model], [image] = workspace.models, workspace.environments
    assert blue["file"] == f"infra/ml/deployment-{tier}.yml"
    assert blue["values"] == {
        "model": f"azureml:opal-models:{model}",
        "environment": f"azureml:opal-endpoint-{tier}:{image}",
        "environment_variables.OPAL_ALLOWED_HOSTS": "stphotos.blob.core.windows.net",
        "instance_count": "1",
        "tags.release": blue["tags"]["release"],
        "tags.made": blue["tags"]["made"],
    }
    assert workspace.autoscale == ["opal-endpoint-blue"]
    assert workspace.noted == ["OPAL_ML_LIVE blue"]


def test_the_same_release_is_deployed_once(workspace):
    workspace.hooks.done("deploy-endpoint")
    assert "is this release" in workspace.hooks.done("deploy-endpoint")
    assert workspace.changes == ["deployment group create"]


def test_another_release_takes_the_other_colour_and_as_many_instances(workspace):
    blue = live_on_blue(workspace).deployments["blue"]
    workspace.hooks.done("deploy-endpoint", OPAL_UPSCALE_MODEL="best")
    green = workspace.deployments["green"]
    assert green["instance_count"] == 3
    assert green["values"]["environment_variables.OPAL_UPSCALE_MODEL"] == "best"
    assert workspace.live == ["green"]
    assert workspace.deployments["blue"] is blue


def test_the_colour_before_the_last_makes_room_and_known_content_is_not_registered_again(workspace):
    workspace.hooks.done("deploy-endpoint")
    live_on_green(workspace)
    workspace.hooks.done("deploy-endpoint", OPAL_UPSCALE_MODEL="sharp")
    assert workspace.changes == [
        "monitor autoscale delete",
        "ml online-deployment delete",
        "ml online-deployment create",
        "ml online-endpoint invoke",
        "ml online-endpoint update",
        "deployment group create",
    ]
    assert workspace.live == ["blue"]
    assert sorted(workspace.deployments) == ["blue", "green"]


def test_models_are_registered_with_the_digest_of_every_file(workspace, tmp_path):
    (tmp_path / "more/sd").mkdir(parents=True)
    (tmp_path / "more/sd/unet.onnx").write_bytes(b"a net")
    workspace.hooks.done("deploy-endpoint", OPAL_MODELS_FOLDER=str(tmp_path / "more"))
    [tags] = workspace.models.values()
    assert tags == {
        "tags.opal-cutout-onnx": hashlib.sha256(b"opal-cutout").hexdigest(),
        "tags.opal-x2-fast-onnx": hashlib.sha256(b"opal-x2-fast").hexdigest(),
        "tags.sd-unet-onnx": hashlib.sha256(b"a net").hexdigest(),
    }


@pytest.mark.parametrize(("command", "says"), _BEFORE_THE_SWITCH)
def test_what_fails_on_the_way_leaves_the_live_colour_its_calls(workspace, command, says):
    live_on_blue(workspace).failing[command] = says
    assert says in workspace.hooks.failed("deploy-endpoint")
    assert workspace.live == ["blue"]
    assert workspace.noted == []


def test_the_next_run_clears_away_what_a_failed_one_left(workspace):
    live_on_blue(workspace).failing["ml online-deployment create"] = "no quota"
    assert "blue gets all calls as before" in workspace.hooks.failed("deploy-endpoint")
    assert "green" in workspace.deployments
    workspace.failing.clear()
    workspace.hooks.done("deploy-endpoint")
    assert workspace.live == ["green"]


def test_a_wrong_answer_is_no_answer(workspace):
    live_on_blue(workspace).answer = "pong"
    told = workspace.hooks.failed("deploy-endpoint", OPAL_UPSCALE_MODEL="best")
    assert "green is there, but does not answer as it should" in told
    assert workspace.live == ["blue"]


def test_a_failed_autoscale_is_made_up_for_by_the_next_run(workspace):
    workspace.failing["deployment group create"] = "(InvalidTemplate)"
    assert "(InvalidTemplate)" in workspace.hooks.failed("deploy-endpoint")
    workspace.failing.clear()
    workspace.hooks.done("deploy-endpoint")
    assert workspace.autoscale == ["opal-endpoint-blue"]


def test_a_private_endpoint_is_called_only_from_inside_its_network(workspace):
    told = workspace.hooks.done("deploy-endpoint", OPAL_PRIVATE_NETWORK="true")
    assert "Not calling blue" in told
    assert "ml workspace provision-network" in workspace.changes
    assert "ml online-endpoint invoke" not in workspace.changes
    workspace.hooks.done(
        "deploy-endpoint",
        OPAL_PRIVATE_NETWORK="true",
        OPAL_INSIDE_NETWORK="true",
        OPAL_UPSCALE_MODEL="best",
    )
    assert "ml online-endpoint invoke" in workspace.changes


def test_the_hooks_refuse_another_subscription_and_an_unknown_tier(workspace):
    assert "another subscription" in workspace.hooks.failed(
        "deploy-endpoint", AZURE_SUBSCRIPTION_ID="x"
    )
    assert "use cpu or gpu" in workspace.hooks.failed("deploy-endpoint", OPAL_ML_TIER="tpu")
    assert workspace.changes == []
