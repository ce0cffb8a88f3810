"""Before everything is deleted."""

import pytest

from tests.hooks.subscription import SUBSCRIPTION


def test_before_everything_is_deleted_endpoint_and_workspace_go_for_good(azure):
    said = azure.hooks.done("predown")
    assert azure.changes == ["az ml online-endpoint delete", "az ml workspace delete"]
    (call,) = [call for call in azure.hooks.fakes.calls if "workspace delete" in str(call)]
    assert "--permanently-delete" in call.options
    assert "azd down --purge" in said
    azure.hooks.done("predown")
    assert azure.changes == []


def test_what_is_gone_or_was_never_there_is_in_nobodys_way(azure):
    azure.group = False
    assert "gone already" in azure.hooks.done("predown")
    azure.hooks.fakes.answers["azd env get-values"] = lambda _: ""
    azure.hooks.environment = {"AZURE_SUBSCRIPTION_ID": SUBSCRIPTION}
    assert "Nothing is provisioned" in azure.hooks.done("predown")


@pytest.mark.parametrize(
    "broken", ["az group exists", "az ml workspace list", "az ml online-endpoint"]
)
def test_a_tear_down_that_cannot_look_is_not_begun(azure, broken):
    azure.failing = {broken: -1}
    azure.hooks.failed("predown")
    assert azure.changes in ([], ["az ml online-endpoint delete"])
    assert azure.workspaces == ["mlw-opal"]
