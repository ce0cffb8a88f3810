"""What is staged for Azure ML runs by itself, as Azure ML starts it."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests
import yaml

from imaging.encode import encode_jpeg
from models.registry import load_registry
from tests.conftest import ROOT, free_port
from tests.models.conftest import BlobStore, Endpoint, blob_store, wait_until

__all__ = ["blob_store"]


@pytest.fixture
def server(staged: Path, tmp_path: Path, blob_store: BlobStore) -> Iterator[Endpoint]:
    """The image's command with the deployment's variables, and paths as Azure ML mounts them."""
    deployment = yaml.safe_load((staged / "infra/ml/deployment-cpu.yml").read_text())
    mount, port = tmp_path / "azureml-models/opal-models/1", free_port()
    mount.mkdir(parents=True)
    (mount / "models").symlink_to(staged / ".build/models")
    command = tmp_path / "serve.sh"
    text = (staged / ".build/environment-cpu/serve.sh").read_text()
    command.write_text(text.replace("--port 5001", f"--port {port}"))
    command.chmod(0o755)
    environment = deployment["environment_variables"] | {
        "PATH": f"{ROOT}/.venv-endpoint/bin:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AML_APP_ROOT": str(staged / ".build/endpoint"),
        "AZUREML_ENTRY_SCRIPT": deployment["code_configuration"]["scoring_script"],
        "AZUREML_MODEL_DIR": str(mount),
        "OPAL_ALLOWED_HOSTS": blob_store.host,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([command], cwd=tmp_path, env=environment, stdout=log, stderr=log)
    endpoint = Endpoint(port, tmp_path / "log")
    try:
        wait_until(lambda: requests.get(f"{endpoint.base}/", timeout=5).ok, process)
        yield endpoint
    finally:
        process.terminate()
        process.wait(20)


def test_the_staged_code_becomes_ready_answers_and_cuts_out_with_the_registered_model(
    server, blob_store
):
    answer = server.score({"task": "echo", "params": {"message": "here"}, "trace_id": "t"})
    assert answer.json() == {"message": "here", "trace_id": "t"}

    photo = np.full((240, 320, 3), 236, np.uint8)
    photo[60:180, 110:210] = (160, 40, 50)
    request = {
        "task": "segment",
        "inputs": {"photo": blob_store.put("/in/photo", encode_jpeg(photo, 95))},
        "output_url": blob_store.url("/out/cutout.png"),
        "params": {},
        "trace_id": "t",
    }
    answer = server.score(request)
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"]["sha256"] == load_registry().models["opal-cutout"].sha256
    assert len(blob_store.blobs["/out/cutout.png"]) == answer.json()["output"]["bytes"]


@pytest.mark.parametrize(
    ("root", "script"),
    [("app/code", "score.py"), ("app", "code/score.py"), ("app", "{folder}/app/code/score.py")],
)
def test_the_image_imports_from_the_scripts_folder_however_azure_ml_names_it(
    tmp_path, root, script
):
    (tmp_path / "app/code").mkdir(parents=True)
    (tmp_path / "app/code/score.py").touch()
    (tmp_path / "azmlinfsrv").write_text('#!/bin/sh\necho "$AML_APP_ROOT $PWD $2"\n')
    (tmp_path / "azmlinfsrv").chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "AML_APP_ROOT": str(tmp_path / root),
        "AZUREML_ENTRY_SCRIPT": script.format(folder=tmp_path),
    }
    told = subprocess.check_output([ROOT / "infra/ml/serve.sh"], env=environment, text=True)
    code = tmp_path / "app/code"
    assert told.split() == [str(code), str(code), str(code / "score.py")]


def test_only_what_the_endpoint_runs_is_staged(staged):
    code = staged / ".build/endpoint"
    names = [str(path.relative_to(code)) for path in code.rglob("*") if path.is_file()]
    assert {name.split("/")[0] for name in names} == {"score.py", "models", "imaging"}
    unwanted = re.compile(r"training|weights|cards|__pycache__|\.pyc$|\.onnx$|test")
    assert [name for name in names if unwanted.search(name)] == []
    for data in ("models/registry.toml", "models/scenes/marble.toml"):
        assert data in names
    weights = {path.name for path in (ROOT / "models/weights").glob("*.onnx")}
    assert {path.name for path in (staged / ".build/models").iterdir()} == weights


def test_staging_again_gives_the_same_and_nothing_that_was_left_over(staged):
    left = staged / ".build/endpoint/models/old.py"
    left.touch()
    done = subprocess.run(
        [staged / "infra/hooks/stage-endpoint.sh"], check=True, capture_output=True, text=True
    )
    assert not left.exists()
    assert re.match(r"\.build/endpoint: the code, \d+ files, \d+ KB\.\n", done.stdout)


def test_a_folder_of_models_that_is_not_there_is_named(staged):
    done = subprocess.run(
        [staged / "infra/hooks/stage-endpoint.sh"],
        env=os.environ | {"OPAL_MODELS_FOLDER": "/no/such"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "/no/such" in done.stderr
