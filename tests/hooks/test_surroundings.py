"""What all hooks have in common: their values, logins, networks, and what they leave behind."""

import pytest

from tests.hooks.subscription import KEY, SUBSCRIPTION


def test_two_subscriptions_are_never_mixed(azure):
    azure.logged_in |= {"id": "another"}
    for hook in ("preprovision", "postprovision", "predeploy", "postdeploy", "smoke", "predown"):
        said = azure.hooks.failed(hook)
        assert f"az account set --subscription {SUBSCRIPTION}" in said
        assert azure.changes == []


@pytest.mark.parametrize(
    ("hook", "command"),
    [
        ("predeploy", "OPAL_INSIDE_NETWORK=true infra/hooks/predeploy.sh"),
        ("first-key", "OPAL_INSIDE_NETWORK=true infra/hooks/first-key.sh"),
        ("smoke", "OPAL_INSIDE_NETWORK=true infra/hooks/smoke.sh"),
    ],
)
def test_outside_the_private_network_a_hook_says_what_to_run_inside(azure, hook, command):
    said = azure.hooks.done(hook, OPAL_PRIVATE_NETWORK="true")
    assert command in said
    assert not [c for c in azure.hooks.said if c.startswith(("az storage", "az keyvault"))]
    azure.released, azure.secrets["first-tenant-key"] = "0x1", KEY
    azure.hooks.done(hook, OPAL_PRIVATE_NETWORK="true", OPAL_INSIDE_NETWORK="true")


def test_outside_the_private_network_the_smoke_test_looks_at_health_alone(azure):
    azure.hooks.done("smoke", OPAL_PRIVATE_NETWORK="true")
    assert azure.hooks.said[-1].endswith("--quick")
    assert "OPAL_INSIDE_NETWORK" in azure.hooks.failed("rollback-app", OPAL_PRIVATE_NETWORK="true")


def test_a_hook_that_a_person_runs_takes_its_values_from_azd(azure):
    azure.secrets["first-tenant-key"], azure.released = KEY, "0x1"
    azure.hooks.environment = {}
    azure.hooks.done("smoke")
    assert azure.hooks.said[0] == "azd env get-values"


def test_all_values_that_are_missing_are_named_at_once(azure):
    azure.hooks.fakes.answers["azd env get-values"] = lambda _: 'OPAL_URL="https://x"'
    azure.hooks.environment = {}
    said = azure.hooks.failed("smoke")
    for name in (
        "AZURE_RESOURCE_GROUP",
        "OPAL_KEY_VAULT",
        "OPAL_FUNCTION_APP",
        "OPAL_HOST_STORAGE",
    ):
        assert name in said
    assert "OPAL_URL" not in said


def test_no_private_file_is_left_behind(azure):
    azure.hooks.done("postprovision")
    azure.failing = {"az keyvault secret set": -1}
    azure.hooks.failed("first-key")
    left = list(azure.hooks.fakes.folder.glob("tmp.*"))
    assert left == []
