"""Prometheus' own tool that checks rules and tries them out."""

import subprocess
from pathlib import Path

from tests.prometheus.queries import ROOT

PROMTOOL = ROOT / ".tools/bin/promtool"


def promtool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it in a folder."""
    return subprocess.run(
        [PROMTOOL, *arguments], cwd=folder, capture_output=True, text=True, timeout=60
    )
