"""How the model endpoint is started: Azure ML's own server over the scoring script."""

import os
from collections.abc import Mapping
from pathlib import Path

from local.config import ROOT

ENDPOINT_BIN = ROOT / ".venv-endpoint" / "bin"
SCORE_SCRIPT = ROOT / "models" / "score.py"


def endpoint_command(port: int, script: Path = SCORE_SCRIPT) -> list[str]:
    """The server's command line: one process that answers on the loopback port."""
    return [
        str(ENDPOINT_BIN / "azmlinfsrv"),
        *("--entry_script", str(script)),
        *("--port", str(port)),
        *("--worker_count", "1"),
    ]


def endpoint_environment(
    blob_port: int, threads: int, base: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Its environment: `threads` requests at once, blobs of the loopback port alone."""
    return dict(base) | {
        "PYTHONPATH": str(ROOT),
        "OPAL_ALLOWED_HOSTS": f"127.0.0.1:{blob_port}",
        "OPAL_CONCURRENCY": str(threads),
        "GUNICORN_CMD_ARGS": f"--threads {threads} --no-control-socket",
        "OPENBLAS_NUM_THREADS": "1",
        "VIPS_CONCURRENCY": "1",
    }
