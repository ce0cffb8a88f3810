"""Going back to the deployment before the live one, and retiring it."""

import pytest

from tests.hooks.releases import live_on_blue, live_on_green


def test_rolling_back_calls_the_former_colour_and_gives_it_the_calls_again(workspace):
    live_on_green(workspace)
    workspace.hooks.done("rollback-endpoint")
    assert workspace.changes == ["ml online-endpoint invoke", "ml online-endpoint update"]
    assert workspace.live == ["blue"]
    assert workspace.noted == ["OPAL_ML_LIVE blue"]


def test_a_release_that_never_got_calls_is_not_gone_back_to(workspace):
    live_on_blue(workspace).failing["ml online-endpoint update"] = "(Conflict)"
    workspace.hooks.failed("deploy-endpoint")
    workspace.failing.clear()
    assert "never got calls" in workspace.hooks.done("rollback-endpoint")
    assert workspace.changes == []
    assert workspace.live == ["blue"]


def test_going_back_twice_is_going_back_once(workspace):
    live_on_green(workspace)
    workspace.hooks.done("rollback-endpoint")
    workspace.hooks.done("rollback-endpoint")
    assert workspace.live == ["blue"]


def test_a_former_colour_that_does_not_answer_is_not_gone_back_to(workspace):
    live_on_green(workspace)
    workspace.failing["ml online-endpoint invoke"] = "(Timeout)"
    assert "(Timeout)" in workspace.hooks.failed("rollback-endpoint")
    assert workspace.live == ["green"]


def test_retiring_removes_the_former_colour_with_its_rules_once(workspace):
    live_on_green(workspace)
    workspace.hooks.done("retire-endpoint")
    assert list(workspace.deployments) == ["green"]
    assert workspace.autoscale == ["opal-endpoint-green"]
    assert workspace.live == ["green"]
    assert "nothing to retire" in workspace.hooks.done("retire-endpoint")
    assert workspace.changes == []
    assert "was retired" in workspace.hooks.failed("rollback-endpoint")


@pytest.mark.parametrize("hook", ["deploy-endpoint", "rollback-endpoint", "retire-endpoint"])
def test_calls_that_were_shared_out_by_hand_are_left_alone(workspace, hook):
    live_on_green(workspace)
    workspace.traffic = {"blue": 90, "green": 10}
    assert "Give one of them all" in workspace.hooks.failed(hook)
    assert workspace.changes == []
