"""Runs the job `deploy` here: real conditions and real scripts, recorded fakes for what they call.

`az`, `azd` and the hooks are fakes that note their call in a file, and fail where the test says so;
what azd's environment holds and which colour of the endpoint is live are files. Steps that only set
the machine up (checkout, Python, azd) are left out.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.infra.workflows.expressions import evaluate
from tests.infra.workflows.reading import LOGIN, ROOT, Step, login_steps, workflows

_FAKE = """#!/usr/bin/env bash
call="{name}${{*:+ $*}}"
echo "$call" >>"$WORLD/calls"
[[ -z ${{FAILING-}} || $call != $FAILING ]] || exit 1
{does}
"""
_AZD = """case "$*" in
  "env set "*) sed -i "/^$3=/d" "$WORLD/env"; echo "$3=\\"$4\\"" >>"$WORLD/env" ;;
  "env get-values") cat "$WORLD/env" ;;
  "env get-value "*) echo "ERROR: key not found"; exit 1 ;;
esac"""
_AZ = """case "$*" in
  "group exists"*) [[ -f $WORLD/live ]] && echo true || echo false ;;
  "resource list"*) echo workspace/endpoint ;;
  "rest "*budgets*) echo 2026-02-01T00:00:00Z ;;
  *"config show"*) echo https://host.example/package ;;
  *"blob exists"*) echo true ;;
  *"blob show"*) echo "$RELEASED" ;;
  *"metadata show"*) echo proven ;;
esac"""
_HOOKS = {
    "deploy-endpoint": "echo green >$WORLD/live",
    "note-live-colour": 'azd env set OPAL_ML_LIVE "$(cat "$WORLD/live")"',
    "rollback-app": "",
    "rollback-endpoint": "",
    "retire-endpoint": "",
    "smoke": "",
}
_QUESTIONS = (
    *("az extension", "az account", "az group", "az resource", "az rest", "az storage"),
    *("az functionapp", "azd auth", "azd env get-value", "azd env set OPAL_ML_", "note-live"),
)
VARIABLES = {
    "vars.AZURE_CLIENT_ID": "client",
    "vars.AZURE_TENANT_ID": "tenant",
    "vars.AZURE_SUBSCRIPTION_ID": "subscription",
    "vars.AZURE_ENV_NAME": "opal-prod",
    "vars.AZURE_LOCATION": "westeurope",
    "vars.OPAL_TIER": "prod",
}


@dataclass
class World:
    """What is there before the job. `live`: the colour with the calls, None before there is a
    resource group; `released`: whether the job's package was published ("new") when it is asked;
    `failing`: a glob of the calls that fail."""

    folder: Path
    live: str | None = "blue"
    released: str = "new"
    failing: str = ""


@dataclass
class Outcome:
    """`status` of the job; the `calls` that change something, in order; azd's environment."""

    status: str = "success"
    calls: list[str] = field(default_factory=list)
    logins: int = 0
    environment: dict[str, str] = field(default_factory=dict)


def deploy(world: World, changed: Mapping[str, bool]) -> Outcome:
    """The job with these parts changed."""
    _furnish(world)
    job = workflows(ROOT)["deploy.yml"]["jobs"]["deploy"]
    values = dict(VARIABLES)
    for part in ("infra", "app", "endpoint"):
        values[f"needs.changes.outputs.{part}"] = str(changed.get(part, False)).lower()
    if not evaluate(job["if"], values, "success"):
        return Outcome(status="skipped")
    outcome = Outcome()
    for step in job["steps"]:
        ran = _step(step, world, values, outcome, _environment(job["env"], values))
        if "id" in step:
            values[f"steps.{step['id']}.outcome"] = ran
        if ran == "failure":
            outcome.status = "failure"
    calls = (world.folder / "calls").read_text().splitlines()
    outcome.calls = [call for call in calls if not call.startswith(_QUESTIONS)]
    lines = (world.folder / "env").read_text().splitlines()
    outcome.environment = dict(line.replace('"', "").split("=", 1) for line in lines)
    return outcome


def _step(
    step: Step,
    world: World,
    values: dict[str, str],
    outcome: Outcome,
    environment: Mapping[str, str],
) -> str:
    if not evaluate(step.get("if"), values, outcome.status):
        return "skipped"
    if step.get("uses") == LOGIN:
        outcome.logins += 1
        scripts = [one["run"] for one in login_steps(ROOT) if "run" in one]
    else:
        scripts = [step["run"]] if "run" in step else []
    output = world.folder / "output"
    output.write_text("")
    everything = {
        **environment,
        **_environment(step.get("env", {}), values),
        "PATH": f"{world.folder / 'bin'}:{os.environ['PATH']}",
        "WORLD": str(world.folder),
        "GITHUB_OUTPUT": str(output),
        "FAILING": world.failing,
        "RELEASED": "proven" if world.released == "old" else "new",
    }
    for script in scripts:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", script],
            cwd=world.folder / "repository",
            env=everything,
            capture_output=True,
        )
        if done.returncode:
            return "failure"
    for line in output.read_text().splitlines():
        name, _, value = line.partition("=")
        values[f"steps.{step['id']}.outputs.{name}"] = value
    return "success"


def _environment(given: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Expressions are replaced; a variable that is not set is empty, as on GitHub."""
    return {
        name: values.get(value.strip("${} "), "") if value.startswith("${{") else value
        for name, value in given.items()
    }


def _furnish(world: World) -> None:
    repository = world.folder / "repository"
    shutil.copytree(ROOT / ".github/scripts", repository / ".github/scripts")
    _fake(world.folder / "bin/az", "az", _AZ)
    _fake(world.folder / "bin/azd", "azd", _AZD)
    for hook, does in _HOOKS.items():
        _fake(repository / f"infra/hooks/{hook}.sh", hook, does)
    for real in ("common.sh", "packages.sh"):
        shutil.copy(ROOT / "infra/hooks" / real, repository / "infra/hooks")
    known = ("AZURE_RESOURCE_GROUP", "OPAL_FUNCTION_APP", "OPAL_HOST_STORAGE")
    (world.folder / "env").write_text("".join(f'{name}="x"\n' for name in known))
    if world.live is not None:
        (world.folder / "live").write_text(world.live)


def _fake(path: Path, name: str, does: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_FAKE.format(name=name, does=does))
    path.chmod(0o755)
