"""Around provisioning: the live colour, and the role of the endpoint's caller."""

import pytest

from tests.hooks.releases import live_on_blue


def test_provisioning_learns_which_colour_has_the_calls(workspace):
    workspace.hooks.done("note-live-colour")
    assert workspace.noted == []
    live_on_blue(workspace)
    workspace.hooks.done("note-live-colour")
    assert workspace.noted == ["OPAL_ML_LIVE blue"]
    workspace.hooks.done("note-live-colour", OPAL_ML_LIVE="blue")
    assert workspace.noted == []
    workspace.exists = False
    workspace.hooks.done("note-live-colour", OPAL_ML_LIVE="blue")
    assert workspace.noted == ["OPAL_ML_LIVE "]


@pytest.mark.parametrize("command", ["resource list", "rest"])
def test_provisioning_stops_where_the_live_colour_cannot_be_told(workspace, command):
    live_on_blue(workspace).failing[command] = "(AuthorizationFailed)"
    assert "(AuthorizationFailed)" in workspace.hooks.failed("note-live-colour")
    workspace.failing.clear()
    workspace.traffic = {"blue": 50, "green": 50}
    assert "before provisioning" in workspace.hooks.failed("note-live-colour")
    assert workspace.noted == []


def test_the_callers_role_does_not_outlive_the_endpoint(workspace):
    workspace.roles = ["OPAL endpoint caller (abc)", "Another role"]
    assert "Deleted" in workspace.hooks.done("remove-caller-role")
    assert workspace.roles == ["Another role"]
    workspace.hooks.done("remove-caller-role")
    assert workspace.changes == []
