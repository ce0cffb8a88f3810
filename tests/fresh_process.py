"""A Python process of its own: telemetry can be started once in each."""

import os
import subprocess
import sys

from tests.conftest import ROOT


def printed_by(script: str) -> str:
    """What the script prints, run in the repository's folder; raises if it fails."""
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    ).stdout
