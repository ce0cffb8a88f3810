"""The deployments of infra/ml say what the server, its settings and the app really do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from models.settings import load_settings
from opal.settings import Settings
from tests.conftest import ROOT

TIERS = ("cpu", "gpu")
AZURE_LIMIT_MS = 180_000
LEFT_OUT = {
    "OPAL_MAX_INPUT_BYTES": "the default is the app's own limit of a photo",
    "OPAL_TRANSFER_TIMEOUT_S": "the default fits several times into the request timeout",
    "OPAL_CUDNN_SEARCH": "the default; nothing was measured on a GPU that would speak for another",
    "OPAL_BATCH_WAIT_MS": "the default",
    "OPAL_DIFFUSION_MODEL": "only with a model of one's own; the hook sets it then",
    "OPAL_DIFFUSION_SAMPLER": "goes by the model",
    "OPAL_DIFFUSION_STEPS": "goes by the sampler",
    "OPAL_DIFFUSION_GUIDANCE": "goes by the sampler",
    "OPAL_DIFFUSION_BATCH": "the default",
}
"""Settings of the endpoint that no deployment sets, and why."""

ONLY_GPU = {"OPAL_BATCH"}


def text_of(name: str) -> str:
    return (ROOT / "infra/ml" / name).read_text("utf-8")


def read_by_the_code() -> set[str]:
    """Every setting that models/settings.py reads."""
    return set(re.findall(r"OPAL_[A-Z_]+", (ROOT / "models/settings.py").read_text("utf-8")))


def problems(document: dict[str, Any], tier: str) -> Iterator[str]:
    """What does not fit in a deployment."""
    yield from _threads(document)
    yield from _times(document)
    yield from _variables(document["environment_variables"], tier)


def _threads(document: dict[str, Any]) -> Iterator[str]:
    variables = document["environment_variables"]
    threads = re.search(r"--threads (\d+)", variables["GUNICORN_CMD_ARGS"])
    at_once = document["request_settings"]["max_concurrent_requests_per_instance"]
    if not threads or {threads[1], variables["OPAL_CONCURRENCY"]} != {str(at_once)}:
        yield "the server's threads, OPAL_CONCURRENCY and the requests at once differ"
    if "--no-control-socket" not in variables["GUNICORN_CMD_ARGS"]:
        yield "gunicorn would make a control socket, where it may not write"


def _times(document: dict[str, Any]) -> Iterator[str]:
    app = Settings.model_fields["endpoint_timeout_s"].default * 1000
    request = document["request_settings"]["request_timeout_ms"]
    if not request < min(app, AZURE_LIMIT_MS):
        yield "the app or Azure ML would give up before the deployment answers"
    for name in ("readiness_probe", "liveness_probe"):
        probe = document[name]
        if probe["period"] * probe["failure_threshold"] * 1000 <= request:
            yield f"{name}: an instance whose threads are all at work would be taken for dead"
        if probe["timeout"] > probe["period"]:
            yield f"{name}: probes overlap"


def _variables(variables: dict[str, str], tier: str) -> Iterator[str]:
    known = read_by_the_code()
    wanted = known - set(LEFT_OUT) - (ONLY_GPU if tier == "cpu" else set())
    given = set(variables) - {"GUNICORN_CMD_ARGS"}
    yield from (f"{name}: nothing reads it" for name in given - known)
    yield from (f"{name}: is not set, and LEFT_OUT does not say why" for name in wanted - given)
    try:
        device = load_settings(variables).runtime.device
    except (ValueError, TypeError) as error:
        yield f"the server would not start: {error}"
    else:
        if device != {"cpu": "cpu", "gpu": "cuda"}[tier]:
            yield f"OPAL_DEVICE is {device}"


@pytest.mark.parametrize("tier", TIERS)
def test_a_deployment_fits_server_settings_and_app(tier):
    assert list(problems(yaml.safe_load(text_of(f"deployment-{tier}.yml")), tier)) == []


@pytest.mark.parametrize(
    ("tier", "old", "new", "says"),
    [
        ("cpu", "--threads 4", "--threads 2", "threads"),
        ("cpu", "_per_instance: 4", "_per_instance: 8", "threads"),
        ("gpu", 'OPAL_CONCURRENCY: "4"', 'OPAL_CONCURRENCY: "1"', "threads"),
        ("cpu", " --no-control-socket", "", "control socket"),
        ("cpu", "175000", "180000", "give up"),
        ("gpu", "failure_threshold: 20", "failure_threshold: 3", "readiness_probe"),
        ("cpu", "timeout: 10", "timeout: 30", "overlap"),
        ("cpu", "OPAL_SEGMENT_MODEL", "OPAL_CUTOUT_MODEL", "OPAL_CUTOUT_MODEL: nothing reads it"),
        ("cpu", "OPAL_SEGMENT_MODEL", "OPAL_CUTOUT_MODEL", "OPAL_SEGMENT_MODEL: is not set"),
        ("gpu", "OPAL_DEVICE: cuda", "OPAL_DEVICE: auto", "OPAL_DEVICE is auto"),
        ("gpu", "OPAL_DEVICE: cuda", "OPAL_DEVICE: tpu", "would not start"),
    ],
)
def test_what_does_not_fit_is_found(tier, old, new, says):
    text = text_of(f"deployment-{tier}.yml")
    assert old in text
    found = problems(yaml.safe_load(text.replace(old, new, 1)), tier)
    assert any(says in problem for problem in found)


def test_each_reason_for_leaving_a_setting_out_is_about_one_that_is_read():
    assert set(LEFT_OUT) | ONLY_GPU <= read_by_the_code()


@pytest.mark.parametrize("tier", TIERS)
def test_names_and_ports_are_the_same_everywhere(tier):
    deployment = yaml.safe_load(text_of(f"deployment-{tier}.yml"))
    environment = yaml.safe_load(text_of(f"environment-{tier}.yml"))
    model = yaml.safe_load(text_of("model.yml"))
    routes = environment["inference_config"].values()
    assert deployment["environment"] == f"azureml:{environment['name']}:{environment['version']}"
    assert deployment["model"] == f"azureml:{model['name']}:{model['version']}"
    assert {str(route["port"]) for route in routes} == set(
        re.findall(r"EXPOSE (\d+)", text_of(f"{tier}.Dockerfile"))
        + re.findall(r"--port (\d+)", text_of("serve.sh"))
    )


@pytest.mark.parametrize("tier", TIERS)
def test_an_image_is_built_from_a_pinned_one_and_from_what_is_staged(staged, tier):
    context = staged / f".build/environment-{tier}"
    dockerfile = (context / "Dockerfile").read_text()
    copied = " ".join(re.findall(r"^COPY (?:--\S+ )?(.+) \S+$", dockerfile, re.MULTILINE)).split()
    assert sorted([*copied, "Dockerfile"]) == sorted(path.name for path in context.iterdir())
    requirements = f"requirements-endpoint{'-gpu' if tier == 'gpu' else ''}.txt"
    assert f"-r /opt/opal/{requirements}" in dockerfile
    assert (context / requirements).read_bytes() == (ROOT / requirements).read_bytes()
    bases = {re.findall("^FROM (.+)$", text_of(f"{each}.Dockerfile"), re.M)[0] for each in TIERS}
    assert len(bases) == 1
    assert re.fullmatch(r"mcr\.microsoft\.com/azureml/\S+:\d+@sha256:[0-9a-f]{64}", bases.pop())
