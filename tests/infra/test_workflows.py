"""The workflows: pinned, without stored credentials, with the least permissions that work."""

import re
import shutil
from pathlib import Path

import pytest

from tests.infra.linters import run
from tests.infra.workflows.reading import ROOT, load
from tests.infra.workflows.rules import problems

DEPLOY = ".github/workflows/deploy.yml"
CHECK = ".github/workflows/check.yml"
LOGIN = ".github/actions/login/action.yml"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What the rules look at, to be broken."""
    for folder in (".github", "infra/hooks", ".ci"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "docs").mkdir()
    shutil.copy(ROOT / "docs/deploy.md", tmp_path / "docs")
    return tmp_path


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_the_workflows_keep_every_rule() -> None:
    assert problems(ROOT) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (DEPLOY, "@c495e71ba59e44bfaaac10a32c8ee90d191ca4a3", "@v2", "not pinned"),
        (LOGIN, " # v3.0.0", "", "not pinned"),
        (DEPLOY, "$/.github/actions/login", "$/.github/actions/log-in", "there is no"),
        (DEPLOY, "      id-token: write", "      #", "permissions are"),
        (DEPLOY, "      deployments: read", "      #", "permissions are"),
        (DEPLOY, "      contents: read", "      contents: write", "permissions are"),
        (CHECK, "permissions: {}", "permissions: write-all", "permissions of its own"),
        (CHECK, "persist-credentials: false", "fetch-depth: 1", "keeps its credentials"),
        (DEPLOY, "    environment: production\n", "", "outside the protected environment"),
        (DEPLOY, "concurrency:", "x-concurrency:", "no concurrency guard"),
        (DEPLOY, "timeout-minutes: 300", "timeout-minutes: 90", "rollback could be cut off"),
        (DEPLOY, "infra/hooks/smoke.sh", "infra/hooks/smoketest.sh", "is not there"),
        (CHECK, ".github/scripts/build-bicep.sh", ".github/scripts/bicep.sh", "is not there"),
        (DEPLOY, "vars.OPAL_TIER", "vars.OPAL_TEIR", "does not explain OPAL_TEIR"),
        (DEPLOY, "${{ vars.AZURE_CLIENT_ID }}", "${{ secrets.AZURE }}", "reads the secret"),
        (DEPLOY, "provision --no-prompt", "provision ${{ vars.OPAL_TIER }}", "an expression"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_named(copy: Path, file: str, old: str, new: str, complaint: str) -> None:
    before = problems(copy)
    replace(copy / file, old, new)
    found = [problem for problem in problems(copy) if problem not in before]
    assert any(complaint in problem for problem in found), found


def test_a_renamed_script_is_named(copy: Path) -> None:
    (copy / ".github/scripts/changed.sh").rename(copy / ".github/scripts/changes.sh")
    assert any(".github/scripts/changed.sh is not there" in problem for problem in problems(copy))


def test_deployments_wait_for_each_other_and_for_the_checks() -> None:
    workflow = load(ROOT / DEPLOY)
    jobs = workflow["jobs"]
    assert workflow["concurrency"] == {"group": "deploy-production", "cancel-in-progress": False}
    assert jobs["check"]["uses"] == "$/" + CHECK
    assert (jobs["changes"]["needs"], jobs["deploy"]["needs"]) == ("check", "changes")


def test_the_checks_run_on_every_pull_request() -> None:
    workflow = load(ROOT / CHECK)
    assert workflow["on"] == {"pull_request": None, "workflow_call": None}
    runs = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    assert ".ci/run" in runs
    assert any("-m emulator tests/state" in run for run in runs)


def test_every_setting_of_the_environment_reaches_azd() -> None:
    """What the parameters read, but for what azd and the scripts find out themselves."""
    steps = load(ROOT / DEPLOY)["jobs"]["deploy"]["steps"]
    step = next(step for step in steps if "environment.sh" in step.get("run", ""))
    named = step["run"].split()[1:]
    assert named == list(step["env"])
    parameters = (ROOT / "infra/main.bicepparam").read_text()
    read = set(re.findall(r"readEnvironmentVariable\('(\w+)'", parameters))
    found_out = {"AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_PRINCIPAL_ID", "OPAL_ML_LIVE"}
    of_hooks = {"OPAL_ML_MINIMUM", "OPAL_ML_MAXIMUM"}
    assert set(named) == read - found_out | of_hooks


def audit(root: Path) -> str:
    return run("zizmor", "--offline", "--persona", "pedantic", "--quiet", root / ".github")


def test_zizmor_finds_nothing() -> None:
    assert audit(ROOT) == ""


def test_zizmor_finds_an_action_that_is_not_pinned(copy: Path) -> None:
    replace(copy / LOGIN, "532459ea530d8321f2fb9bb10d1e0bcf23869a43", "v3")
    assert "unpinned-uses" in audit(copy)


def test_workflows_and_action_fit_their_schemas(copy: Path) -> None:
    workflows = ["--builtin-schema", "vendor.github-workflows"]
    assert run("check-jsonschema", *workflows, ROOT / DEPLOY, ROOT / CHECK) == ""
    action = ["--builtin-schema", "vendor.github-actions"]
    assert run("check-jsonschema", *action, ROOT / LOGIN) == ""
    replace(copy / DEPLOY, "runs-on:", "run-on:")
    assert run("check-jsonschema", *workflows, copy / DEPLOY) != ""


def test_shellcheck_finds_nothing_in_the_scripts() -> None:
    assert run("shellcheck", *sorted((ROOT / ".github/scripts").glob("*.sh"))) == ""
