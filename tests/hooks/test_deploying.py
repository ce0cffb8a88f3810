"""After deploying: the second stage in order, completed by a later run, with no secret seen."""

import pytest

from opal.settings import load_settings
from tests.hooks.subscription import KEY


def test_after_the_first_deployment_the_second_stage_is_made_in_order(azure):
    azure.functions_after = 2
    azure.released = "0x1"
    said = azure.hooks.done("postdeploy")
    assert (
        said.index("deploy-endpoint has run") < said.index("Subscribing") < said.index("first key")
    )
    assert azure.changes == [
        "az deployment group create",
        "python -m opal keys create --tenant demo --role admin --name first",
        "az keyvault secret set",
        "python -m release.smoke --url https://func-opal.azurewebsites.net",
        "az storage container metadata update",
    ]
    assert azure.secrets["first-tenant-key"] == KEY
    assert azure.proven == "0x1"
    assert KEY not in said


def test_the_subscription_to_events_is_told_three_names_and_no_key(azure):
    azure.hooks.done("postdeploy")
    (call,) = [call for call in azure.hooks.fakes.calls if "deployment group create" in str(call)]
    assert call.options["--template-file"] == ["infra/events.bicep"]
    assert call.options["--parameters"] == [
        *("functionAppName=func-opal", "topicName=evgt-opal", "photosName=stphotos"),
    ]


def test_after_another_deployment_nothing_is_made_twice(azure):
    azure.hooks.done("postdeploy")
    azure.traffic = {"blue": 100}
    said = azure.hooks.done("postdeploy")
    assert "deploy-endpoint has run" not in said and "it stays" in said
    assert [c for c in azure.changes if c.startswith("python")] == [
        "python -m release.smoke --url https://func-opal.azurewebsites.net"
    ]
    assert azure.keys == [KEY]


def test_the_pipeline_has_steps_of_its_own_for_endpoint_and_smoke_test(azure):
    said = azure.hooks.done("postdeploy", OPAL_PIPELINE="true")
    assert "deploy-endpoint has run" not in said
    assert azure.changes == [
        "az deployment group create",
        "python -m opal keys create --tenant demo --role admin --name first",
        "az keyvault secret set",
    ]


@pytest.mark.parametrize(
    ("broken", "told", "done"),
    [
        ("az functionapp function list", "did not start", []),
        ("az ml online-endpoint show", "is broken", []),
        ("az deployment group create", "azd hooks run postdeploy", []),
        ("az keyvault secret list", "is broken", ["az deployment group create"]),
        ("python -m release.smoke", "is broken", ["az deployment group create"]),
    ],
)
def test_a_second_stage_that_broke_off_is_completed_by_the_next_run(azure, broken, told, done):
    azure.failing = {broken: -1}
    assert told in azure.hooks.failed("postdeploy")
    assert [c for c in azure.changes if c in done] == done
    azure.failing = {}
    azure.hooks.done("postdeploy")
    assert azure.secrets["first-tenant-key"] == KEY
    assert azure.keys == [KEY]


def test_functions_that_never_appear_end_the_wait(azure):
    azure.functions_after = 1000
    said = azure.hooks.failed("postdeploy")
    assert "does not list the function blob_created" in said
    assert len([c for c in azure.hooks.said if c.startswith("sleep")]) == 39


def test_the_first_key_is_made_in_the_apps_database_by_the_deployers_login(azure):
    azure.hooks.done("first-key", OPAL_FIRST_TENANT="shop")
    (call,) = [call for call in azure.hooks.fakes.calls if "keys create" in str(call)]
    assert "--tenant shop" in str(call)
    given = {k: v for k, v in call.environment.items() if k.startswith("OPAL_") and "__" in k}
    assert given == {"OPAL_STORAGE__blobServiceUri": "https://stphotos.blob.core.windows.net"}
    settings = load_settings(call.environment)
    assert (settings.state, settings.cosmos_key) == ("cosmos", None)
    assert call.environment["AZURE_TOKEN_CREDENTIALS"] == "AzureCliCredential"
    assert call.environment["PYTHONPATH"] == str(azure.hooks.repository)
    assert call.environment["PWD"] != str(azure.hooks.repository)


def test_roles_that_take_a_while_are_waited_for(azure):
    azure.failing = {"az keyvault secret list": 3, "python -m opal keys create": 2}
    said = azure.hooks.done("first-key")
    assert "is broken" not in said
    assert azure.keys == [KEY]


def test_a_key_that_cannot_be_kept_is_revoked(azure):
    azure.failing = {"az keyvault secret set": -1}
    said = azure.hooks.failed("first-key")
    assert "revoked" in said and KEY not in said
    assert azure.keys == []
    assert azure.hooks.said[-1] == "python -m opal keys revoke --tenant demo 0123456789abcdef"


def test_with_billing_the_first_tenant_can_pay_for_its_smoke_tests(azure):
    azure.hooks.done("first-key", OPAL_BILLING_ENABLED="true")
    grants = [said for said in azure.hooks.said if "credits grant" in said]
    assert len(grants) == 1 and "--ref first-deployment" in grants[0]
    azure.secrets.clear()
    azure.failing = {"python -m opal credits": -1}
    azure.keys.clear()
    assert "revoked" in azure.hooks.failed("first-key", OPAL_BILLING_ENABLED="true")
    assert azure.keys == [] and azure.secrets == {}


def test_the_smoke_test_gets_its_key_by_the_environment(azure):
    azure.secrets["first-tenant-key"] = KEY
    azure.hooks.done("smoke", "--limit", "30")
    (call,) = [call for call in azure.hooks.fakes.calls if "release.smoke" in str(call)]
    assert call.environment["OPAL_API_KEY"] == KEY
    assert call.arguments[-2:] == ("--limit", "30")
