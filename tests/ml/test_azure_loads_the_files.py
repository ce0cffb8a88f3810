"""Azure's own SDK loads the files of infra/ml, and refuses what is misspelt."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

_SET = {
    "model": "azureml:opal-models:1a2b",
    "environment": "azureml:opal-endpoint-cpu:3c4d",
    "environment_variables.OPAL_ALLOWED_HOSTS": "photos.blob.core.windows.net",
    "instance_count": "3",
    "tags.release": "5e6f",
    "name": "green",
    "endpoint_name": "mine",
}
_WHOLE = [
    ("deployment", "deployment-cpu.yml", _SET),
    ("deployment", "deployment-gpu.yml", _SET),
    ("environment", "environment-cpu.yml", {"version": "3c4d"}),
    ("environment", "environment-gpu.yml", {"version": "3c4d"}),
    ("model", "model.yml", {"version": "1a2b", "tags.opal-cutout-onnx": "7a8b"}),
]
_BROKEN = [
    ("deployment", "deployment-cpu.yml", "failure_threshold", "failure_treshold"),
    ("deployment", "deployment-cpu.yml", "max_concurrent_requests_per_instance", "max_requests"),
    ("deployment", "deployment-cpu.yml", "readiness_probe", "readyness_probe"),
    ("deployment", "deployment-cpu.yml", "instance_type", "instance_size"),
    ("deployment", "deployment-cpu.yml", "scoring_script", "script"),
    ("deployment", "deployment-gpu.yml", "environment_variables", "environment_variable"),
    ("deployment", "deployment-gpu.yml", "175000", "soon"),
    ("environment", "environment-cpu.yml", "liveness_route", "liveness"),
    ("environment", "environment-cpu.yml", "dockerfile_path", "dockerfile"),
    ("environment", "environment-gpu.yml", "path: ../../.build", "path: ../../.staged"),
    ("model", "model.yml", "path:", "folder:"),
    ("model", "model.yml", "custom_model", "own_model"),
]


@pytest.fixture(scope="module")
def loaded(staged: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Results for _WHOLE, then for _BROKEN, from one process: importing the SDK takes seconds."""
    cases = [[kind, str(staged / "infra/ml" / name), values] for kind, name, values in _WHOLE]
    for number, (kind, name, old, new) in enumerate(_BROKEN):
        text = (staged / "infra/ml" / name).read_text()
        assert old in text
        path = staged / "infra" / f"broken-{number}" / name
        path.parent.mkdir()
        path.write_text(text.replace(old, new, 1))
        cases.append([kind, str(path), {}])
    done = subprocess.run(
        [ROOT / ".venv-infra/bin/python", ROOT / "tests/ml/load_with_azure.py"],
        input=json.dumps(cases),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


@pytest.mark.parametrize("at", [0, 1])
def test_a_deployment_takes_what_the_hook_sets(loaded, at):
    found = loaded[at]
    variables = found.pop("environment_variables")
    assert found == {
        "name": "green",
        "endpoint_name": "mine",
        "model": "opal-models:1a2b",
        "environment": "opal-endpoint-cpu:3c4d",
        "instance_count": 3,
        "tags": {"release": "5e6f"},
    }
    assert variables["OPAL_ALLOWED_HOSTS"] == "photos.blob.core.windows.net"
    assert variables["OPAL_SEGMENT_MODEL"] == "opal-cutout"


def test_environments_and_the_model_take_their_digest_as_version(loaded):
    assert loaded[2:5] == [
        {"name": "opal-endpoint-cpu", "version": "3c4d"},
        {"name": "opal-endpoint-gpu", "version": "3c4d"},
        {
            "name": "opal-models",
            "version": "1a2b",
            "tags": {"opal-cutout-onnx": "7a8b"},
            "type": "custom_model",
        },
    ]


@pytest.mark.parametrize("at", range(len(_BROKEN)), ids=[case[3] for case in _BROKEN])
def test_what_is_misspelt_is_refused(loaded, at):
    assert "error" in loaded[len(_WHOLE) + at]
