"""Before and after provisioning: what is looked at, registered, named and made, and only once."""

import base64
import re

import pytest

from tests.conftest import ROOT
from tests.hooks.subscription import APP, TOKEN, VAULT


def test_before_provisioning_missing_providers_are_registered_and_the_deployer_is_named(azure):
    said = azure.hooks.done("preprovision")
    new = [
        call.options["--namespace"] for call in azure.hooks.fakes.calls if "register" in str(call)
    ]
    assert ["Microsoft.DurableTask"] in new and ["Microsoft.Web"] not in new
    assert ["Microsoft.Insights"] not in new, "names are compared in any case"
    sets = [call.arguments[2:] for call in azure.hooks.fakes.calls if "env set" in str(call)]
    assert sets == [
        ("AZURE_PRINCIPAL_TYPE", "User"),
        ("AZURE_PRINCIPAL_ID", "person-1"),
        ("OPAL_TIER", "dev"),
    ]
    assert "Ready to provision test in westeurope." in said
    assert TOKEN not in said


def test_the_first_month_of_the_budget_is_noted_only_when_there_will_be_one(azure):
    def noted():
        return [said for said in azure.hooks.said if "OPAL_BUDGET_START" in said]

    azure.hooks.done("preprovision", OPAL_ALERT_EMAIL="ops@example.org", OPAL_MONTHLY_BUDGET="0")
    assert noted() == []
    azure.hooks.done("preprovision", OPAL_ALERT_EMAIL="ops@example.org")
    assert re.fullmatch(r"azd env set OPAL_BUDGET_START \d{4}-\d\d-01", noted()[0])


def test_before_provisioning_again_nothing_is_registered_and_no_value_replaced(azure):
    azure.hooks.done("preprovision")
    settled = {
        "AZURE_PRINCIPAL_TYPE": "ServicePrincipal",
        "AZURE_PRINCIPAL_ID": "pipeline",
        "OPAL_TIER": "prod",
        "OPAL_BUDGET_START": "2026-01-01",
    }
    said = azure.hooks.done("preprovision", **settled)
    assert azure.changes == []
    assert "Standard_NC" in said and "quota" in said


def test_a_pipeline_is_a_service_principal(azure):
    azure.logged_in |= {"user": {"name": "app id", "type": "servicePrincipal"}}
    azure.hooks.done("preprovision")
    assert "azd env set AZURE_PRINCIPAL_TYPE ServicePrincipal" in azure.hooks.said


@pytest.mark.parametrize(
    ("broken", "advice"),
    [
        ({"azd auth login": -1}, "azd does not say"),
        ({"az account show": -1}, "az login"),
        ({"az extension show": -1}, "az extension add --name ml"),
        ({"az provider register": -1}, "az provider register is broken"),
        ({"az account get-access-token": -1}, "is broken"),
        ({"azd env set": -1}, "azd env set is broken"),
    ],
)
def test_what_is_missing_before_provisioning_is_named_with_what_to_do(azure, broken, advice):
    azure.failing = broken
    assert advice in azure.hooks.failed("preprovision")
    azure.failing = {}
    azure.hooks.done("preprovision")


def test_an_azd_that_is_not_logged_in_is_seen_though_it_exits_with_0(azure):
    azure.azd_status = "unauthenticated"
    assert "azd is not logged in: azd auth login" in azure.hooks.failed("preprovision")


@pytest.mark.parametrize(
    ("region", "backend", "missing"),
    [
        ("brazilsouth", "scheduler", "Flex Consumption"),
        ("northeurope", "scheduler", "Durable Task Scheduler"),
    ],
)
def test_a_region_without_a_service_is_refused_before_anything_is_made(
    azure, region, backend, missing
):
    chosen = {"AZURE_LOCATION": region, "OPAL_DURABLE_BACKEND": backend}
    assert f"{region} has no {missing}" in azure.hooks.failed("preprovision", **chosen)


def test_a_region_without_the_scheduler_is_taken_when_storage_does_its_work(azure):
    chosen = {"AZURE_LOCATION": "northeurope", "OPAL_DURABLE_BACKEND": "storage"}
    azure.hooks.done("preprovision", **chosen)


def test_without_a_region_provisioning_is_not_begun(azure):
    for name in ("AZURE_LOCATION",):
        azure.hooks.fakes.answers["azd env get-values"] = lambda _: 'AZURE_ENV_NAME="test"'
        del azure.hooks.environment[name]
        assert f"has no {name}" in azure.hooks.failed("preprovision")


def test_after_provisioning_the_sealing_key_is_made_once(azure):
    said = azure.hooks.done("postprovision")
    made = azure.secrets["secret-keys"]
    assert len(base64.urlsafe_b64decode(made)) == 32
    assert made not in said
    assert azure.changes == [
        f"az rest put {VAULT}/secrets/secret-keys?api-version=2023-07-01",
        f"az rest post {APP}/config/configreferences/appsettings/refresh?api-version=2022-03-01",
    ]
    assert "they stay" in azure.hooks.done("postprovision")
    assert azure.secrets["secret-keys"] == made
    assert [said.split(" ")[2] for said in azure.changes] == ["post"]


def test_a_vault_that_cannot_be_asked_gets_no_second_key(azure):
    azure.secrets["secret-keys"] = "sealed with this"
    azure.failing = {f"az rest get {VAULT}": 1}
    azure.hooks.failed("postprovision")
    assert azure.secrets["secret-keys"] == "sealed with this"


def test_a_key_whose_refresh_failed_is_kept_and_the_refresh_made_up_for(azure):
    azure.failing = {"az rest post": 1}
    azure.hooks.failed("postprovision")
    made = azure.secrets["secret-keys"]
    azure.hooks.done("postprovision")
    assert azure.secrets["secret-keys"] == made


def test_the_providers_are_those_of_the_infrastructure(azure):
    used = {
        name
        for file in (ROOT / "infra").rglob("*.bicep")
        for name in re.findall(r"'(Microsoft\.\w+)/", file.read_text("utf-8"))
    }
    azure.registered.clear()
    azure.hooks.done("preprovision")
    assert used - {"Microsoft.Authorization", "Microsoft.Resources"} <= set(azure.registered)
