"""One version, wherever it is told."""

import tomllib
from pathlib import Path

from opal import __version__
from opal.api.openapi import openapi

ROOT = Path(__file__).resolve().parents[2]


def test_the_package_the_project_and_the_api_tell_the_same_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__ == openapi()["info"]["version"]
