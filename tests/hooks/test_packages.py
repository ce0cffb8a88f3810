"""Which package is kept to go back to, and how it is put back."""

import pytest

from tests.hooks.subscription import KEY, TOKEN


def test_before_the_first_deployment_there_is_no_package_to_keep(azure):
    assert "Nothing runs yet" in azure.hooks.done("predeploy")
    assert azure.changes == []


def test_the_package_that_runs_is_kept_once_if_it_is_proven(azure):
    azure.released = azure.proven = "0x1"
    azure.copying = 3
    assert "Kept" in azure.hooks.done("predeploy")
    assert azure.kept == "0x1"
    assert azure.changes == ["az storage blob copy start"]
    assert "already" in azure.hooks.done("predeploy")
    assert azure.changes == []


def test_a_package_that_failed_its_test_does_not_replace_the_kept_one(azure):
    azure.released, azure.proven, azure.kept = "0x2", "0x1", "0x1"
    assert "not passed" in azure.hooks.done("predeploy")
    assert azure.kept == "0x1"


@pytest.mark.parametrize(
    "broken",
    [
        "az functionapp deployment config show",
        "az storage blob exists",
        "az storage blob show",
        "az storage container metadata show",
        "az storage blob copy start",
    ],
)
def test_a_package_that_cannot_be_kept_stops_the_deployment(azure, broken):
    azure.released = azure.proven = "0x1"
    azure.failing = {broken: -1}
    assert "is broken" in azure.hooks.failed("predeploy")
    azure.failing = {}
    azure.hooks.done("predeploy")
    assert azure.kept == "0x1"


def test_a_copy_that_does_not_end_stops_the_deployment(azure):
    azure.released = azure.proven = "0x1"
    azure.copying = 1000
    assert "could not be copied" in azure.hooks.failed("predeploy")


def test_only_a_whole_smoke_test_that_passes_proves_a_package(azure):
    azure.secrets["first-tenant-key"], azure.released = KEY, "0x2"
    azure.hooks.done("smoke", "--quick")
    azure.failing = {"python -m release.smoke": 1}
    azure.hooks.failed("smoke")
    assert azure.proven == ""
    azure.hooks.done("smoke")
    assert azure.proven == "0x2"


def test_a_package_that_cannot_be_noted_as_proven_is_told(azure):
    azure.secrets["first-tenant-key"], azure.released = KEY, "0x2"
    azure.failing = {"az storage container metadata update": -1}
    assert "could not be noted" in azure.hooks.failed("smoke")
    azure.failing = {"az storage blob exists": -1}
    assert "could not be noted" in azure.hooks.failed("smoke")
    assert azure.proven == ""


def test_the_kept_package_is_published_with_a_token_that_no_argument_shows(azure):
    azure.kept, azure.released = "0x1", "0x2"
    said = azure.hooks.done("rollback-app")
    (call,) = [call for call in azure.hooks.fakes.calls if "release.publish" in str(call)]
    assert call.stdin == f"{TOKEN}\n"
    assert call.arguments[2:4] == ("--host", "func-opal.scm.azurewebsites.net")
    assert call.arguments[5].endswith("/previous.zip")
    assert TOKEN not in said


def test_without_a_kept_package_nothing_is_put_back(azure):
    azure.released = "0x2"
    assert "No package is kept" in azure.hooks.failed("rollback-app")
    assert azure.changes == []


@pytest.mark.parametrize(
    "broken",
    [
        "az storage blob exists",
        "az storage blob download",
        "az functionapp show",
        "az account get-access-token",
        "python -m release.publish",
    ],
)
def test_a_rollback_that_breaks_off_says_so(azure, broken):
    azure.kept, azure.released = "0x1", "0x2"
    azure.failing = {broken: -1}
    said = azure.hooks.failed("rollback-app")
    assert "is broken" in said and "runs. To test it" not in said
