"""What must hold for every workflow; each rule names what breaks it."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.infra.workflows.reading import LOGIN, Job, files, login_steps, steps_of, workflows

_USES = re.compile(r"^\s*-?\s*uses:\s*(?P<what>\S+)(?P<comment>\s+#.*)?$", re.MULTILINE)
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
_VERSION = re.compile(r"\s+# v\d+\.\d+\.\d+")
_SCRIPT = re.compile(r"(?:infra/hooks|\.github/scripts|\.ci)/[\w.-]+")
_SETTING = re.compile(r"\b(vars|secrets)\.(\w+)")


def problems(root: Path) -> list[str]:
    """Everything that is wrong with the workflows of the repository at `root`."""
    found = [*_references(root), *_settings(root)]
    for name, workflow in workflows(root).items():
        if workflow.get("permissions") != {}:
            found.append(f"{name}: permissions of its own")
        if "concurrency" not in workflow:
            found.append(f"{name}: no concurrency guard")
        for job_name, job in workflow["jobs"].items():
            where = f"{name}: {job_name}"
            found += [f"{where}: {what}" for what in _job(root, job)]
    return found


def _references(root: Path) -> Iterator[str]:
    """Actions are pinned by commit, or this repository's own."""
    for path in files(root):
        for use in _USES.finditer(path.read_text()):
            what, comment = use["what"], use["comment"] or ""
            if what.startswith("$/"):
                own = root / what.removeprefix("$/")
                if not own.is_file() and not (own / "action.yml").is_file():
                    yield f"{path.name}: there is no {what}"
            elif not _PINNED.fullmatch(what) or not _VERSION.match(comment):
                yield f"{path.name}: {what} is not pinned by commit and version"


def _settings(root: Path) -> Iterator[str]:
    """No stored credentials, and each variable is explained to whoever deploys."""
    manual = (root / "docs/deploy.md").read_text()
    for path in files(root):
        for kind, name in sorted(set(_SETTING.findall(path.read_text()))):
            if kind == "secrets":
                yield f"{path.name}: reads the secret {name}"
            elif f"`{name}`" not in manual:
                yield f"{path.name}: docs/deploy.md does not explain {name}"


def _job(root: Path, job: Job) -> Iterator[str]:
    if "uses" not in job:
        yield from _steps(root, job)
    needed = _needed(job)
    if job.get("permissions") != needed:
        yield f"permissions are {job.get('permissions')}, needed are {needed}"


def _needed(job: Job) -> dict[str, str]:
    """The least permissions that a job's steps work with."""
    used = [str(step.get("uses", "")) for step in steps_of(job)]
    runs = " ".join(str(step.get("run", "")) for step in steps_of(job))
    needed = {}
    if "uses" in job or any(use.startswith("actions/checkout@") for use in used):
        needed["contents"] = "read"
    if "last-deployed.sh" in runs:
        needed["deployments"] = "read"
    if LOGIN in used:
        needed["id-token"] = "write"
    return needed


def _steps(root: Path, job: Job) -> Iterator[str]:
    limit = job.get("timeout-minutes")
    if limit is None:
        yield "no timeout"
    elif sum(step.get("timeout-minutes", 0) for step in steps_of(job)) > limit:
        yield "its steps may take longer than it, so a rollback could be cut off"
    for step in steps_of(job):
        yield from _step(root, step)
    if any(step.get("uses") == LOGIN for step in steps_of(job)):
        for step in login_steps(root):
            yield from _step(root, step)
        if job.get("environment") != "production":
            yield "logs in to Azure outside the protected environment"


def _step(root: Path, step: dict[str, Any]) -> Iterator[str]:
    checkout = str(step.get("uses", "")).startswith("actions/checkout@")
    if checkout and step.get("with", {}).get("persist-credentials") is not False:
        yield "a checkout keeps its credentials"
    run = str(step.get("run", ""))
    if "${{" in run:
        yield "an expression inside a script"
    for script in _SCRIPT.findall(run):
        if not os.access(root / script, os.X_OK):
            yield f"{script} is not there, or can't be run"
