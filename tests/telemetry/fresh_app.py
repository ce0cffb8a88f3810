"""The function app anew: one app tells its functions only once."""

import runpy
from pathlib import Path
from typing import Any

_FILE = Path(__file__).resolve().parents[2] / "function_app.py"


def fresh_app() -> Any:
    """All that `function_app.py` registers, in an app of its own."""
    return runpy.run_path(str(_FILE))["app"]
