"""The stand-in for `az` knows no more than az does, and no less than the hooks need."""

import subprocess

import pytest

from tests.hooks.known import az_options
from tests.hooks.needed import OPTIONS

_SHOW = "ml online-endpoint show --workspace-name w --name e"


@pytest.mark.parametrize("command", OPTIONS)
def test_the_stand_in_knows_no_command_or_option_that_az_lacks(command):
    assert set(OPTIONS[command].split()) <= (az_options(command) or set())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("ml online-endpoint peek --name e", "there is no az ml online-endpoint peek"),
        (f"{_SHOW} --group g --output tsv", "has no ['--group']"),
        (f"{_SHOW} --output tsv", "missing ['--resource-group']"),
        (f"{_SHOW} --resource-group g --web --output tsv", "unknown ['--web']"),
        (f"{_SHOW} --resource-group g", "prints all that it is told"),
        (f"{_SHOW} --resource-group g --output tsv --query [", "broke"),
        ("vm list-usage --location westeurope", "no answer is recorded"),
    ],
)
def test_the_stand_in_refuses_what_the_hooks_should_not_ask(workspace, arguments, told):
    az = workspace.hooks.fakes.folder / "bin/az"
    ended = subprocess.run([az, *arguments.split()], capture_output=True, text=True, timeout=60)
    assert ended.returncode != 0
    assert told in ended.stderr
