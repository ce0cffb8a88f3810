"""Every command that a hook or a page tells exists with its options; so does what else it names."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.hooks.reading import in_page, in_script
from tests.pages import anchors

HOOKS = sorted((ROOT / "infra/hooks").glob("*.sh"))
SCRIPTS = [*HOOKS, *sorted((ROOT / ".github").rglob("*.sh")), *(ROOT / ".github").rglob("*.yml")]
PAGES = [ROOT / "docs/deploy.md", ROOT / "docs/operations.md"]
PARAMETERS = ROOT / "infra/main.bicepparam"
_PATH = re.compile(r"(?<![\w/$~.-])((?:\.github|docs|infra|tests|opal|release|models)/[\w./*-]*\w)")


def wrong_commands(found) -> dict[str, set[str]]:
    return {command.text: command.unknown for command in found if command.unknown}


def names_read() -> set[str]:
    """What azd's environment is asked for: by the parameters, and by the hooks."""
    read = set(re.findall(r"readEnvironmentVariable\('(\w+)'", PARAMETERS.read_text("utf-8")))
    for hook in HOOKS:
        read |= set(re.findall(r"\$\{(\w+):[-?+]", hook.read_text("utf-8")))
    return read


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_command_of_a_script_exists(script):
    assert wrong_commands(in_script(script.read_text("utf-8"))) == {}


def test_commands_are_found_in_the_hooks():
    found = [c.name for hook in HOOKS for c in in_script(hook.read_text("utf-8"))]
    for name in (
        "rest",
        "ml workspace delete",
        "storage blob copy start",
        "env set",
        "account set",
    ):
        assert name in found


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
class TestPage:
    def test_every_command_of_a_page_exists(self, page):
        found = in_page(page.read_text("utf-8"))
        assert len(found) > 5
        assert wrong_commands(found) == {}

    def test_every_value_that_a_page_sets_is_read(self, page):
        told = set(re.findall(r"azd env set ([A-Z]\w+)", page.read_text("utf-8")))
        assert told - names_read() - {"NAME"} == set()

    def test_every_file_that_a_page_names_is_there(self, page):
        named = set(_PATH.findall(page.read_text("utf-8")))
        assert len(named) > 3
        assert {name for name in named if not list(ROOT.glob(name))} == set()

    def test_every_module_that_a_page_runs_is_there(self, page):
        modules = set(re.findall(r"python -m ([\w.]+)", page.read_text("utf-8")))
        assert modules
        assert {name for name in modules if importlib.util.find_spec(name) is None} == set()

    def test_every_page_that_a_page_links_is_there(self, page):
        links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
        assert {link for link in links if not (page.parent / link).exists()} == set()

    def test_every_heading_that_a_page_links_is_there(self, page):
        text = page.read_text("utf-8")
        assert set(re.findall(r"\]\(#([^)]+)\)", text)) - anchors(text) == set()

    def test_every_secret_and_output_that_a_page_names_is_made(self, page):
        text = page.read_text("utf-8")
        outputs = set(
            re.findall(r"(?m)^output (\w+)", (ROOT / "infra/main.bicep").read_text("utf-8"))
        )
        assert set(re.findall(r"azd env get-value (\w+)", text)) - outputs == set()


def test_every_choice_that_deploying_has_is_told():
    told = set(re.findall(r"(?m)^\| `(OPAL_\w+)`", PAGES[0].read_text("utf-8")))
    read = set(re.findall(r"readEnvironmentVariable\('(OPAL_\w+)'", PARAMETERS.read_text("utf-8")))
    assert told <= names_read()
    # Written by hooks, or told with the models.
    assert read - told <= {
        *("OPAL_ML_LIVE", "OPAL_SEGMENT_MODEL", "OPAL_UPSCALE_MODEL", "OPAL_DIFFUSION_MODEL"),
    }


def test_the_hooks_that_azd_runs_are_told():
    project = yaml.safe_load((ROOT / "azure.yaml").read_text("utf-8"))
    deploy = PAGES[0].read_text("utf-8")
    for hook in project["hooks"].values():
        assert hook["run"] in deploy
    assert project["requiredVersions"]["azd"].removeprefix(">= ") in deploy


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("az storage blob shwo --name x", True),
        ('x=$(az storage blob show --nam "x" --output tsv)', True),
        ('attempt 5 30 az ml workspace purge --name "$x"', True),
        ('fail "try: az extension add --nom ml"', True),
        ("azd down --perge", True),
        ("azd purge", True),
        ('say "$(az account show --query "id" --output tsv)" and --more', False),
        ('fail "az is not logged in: az login"', False),
        ('az rest --method get --url "$x?a=--b" | grep --quiet x', False),
        ("# az nothing --at all", False),
    ],
)
def test_a_command_that_does_not_exist_is_seen(text, unknown):
    assert bool(wrong_commands(in_script(text))) is unknown


@pytest.mark.parametrize(
    ("break_it", "name"),
    [
        (lambda text: text.replace("--purge", "--perge"), "test_every_command_of_a_page_exists"),
        (
            lambda text: text.replace("OPAL_ALERT_EMAIL", "OPAL_EMAIL"),
            "test_every_value_that_a_page_sets_is_read",
        ),
        (
            lambda text: text.replace("postdeploy.sh", "after.sh"),
            "test_every_file_that_a_page_names_is_there",
        ),
        (
            lambda text: text.replace("-m opal", "-m opel"),
            "test_every_module_that_a_page_runs_is_there",
        ),
        (
            lambda text: text.replace("(costs.md)", "(cost.md)"),
            "test_every_page_that_a_page_links_is_there",
        ),
        (
            lambda text: text.replace("## Choices", "## Values"),
            "test_every_heading_that_a_page_links_is_there",
        ),
        (
            lambda text: text.replace("get-value OPAL_URL", "get-value OPAL_ADDRESS"),
            "test_every_secret_and_output_that_a_page_names_is_made",
        ),
    ],
)
def test_a_page_that_is_wrong_is_seen(tmp_path: Path, break_it, name):
    broken = break_it(PAGES[0].read_text("utf-8"))
    assert broken != PAGES[0].read_text("utf-8")
    page = tmp_path / "deploy.md"
    page.write_text(broken)
    with pytest.raises(AssertionError):
        getattr(TestPage(), name)(page)
