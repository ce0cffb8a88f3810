"""The workflows and actions of a repository, read as data."""

from pathlib import Path
from typing import Any

import yaml

Step = dict[str, Any]
Job = dict[str, Any]

ROOT = Path(__file__).parents[3]
LOGIN = "$/.github/actions/login"


def load(path: Path) -> dict[str, Any]:
    """A workflow or an action. YAML 1.1 reads the key `on` as true; it is given back its name."""
    read = yaml.safe_load(path.read_text())
    return {("on" if key is True else key): value for key, value in read.items()}


def files(root: Path) -> list[Path]:
    """Every workflow and action of the repository at `root`."""
    github = root / ".github"
    return sorted([*github.glob("workflows/*.yml"), *github.glob("actions/*/action.yml")])


def workflows(root: Path) -> dict[str, dict[str, Any]]:
    """The workflows by their files' names."""
    return {path.name: load(path) for path in sorted((root / ".github/workflows").glob("*.yml"))}


def steps_of(job: Job) -> list[Step]:
    """A job's steps; none where it calls another workflow."""
    steps: list[Step] = job.get("steps", [])
    return steps


def login_steps(root: Path) -> list[Step]:
    """The steps of the action that logs in."""
    steps: list[Step] = load(root / ".github/actions/login/action.yml")["runs"]["steps"]
    return steps
