"""A workspace after one release, and after two."""

from tests.hooks.workspace import Workspace


def live_on_blue(workspace: Workspace) -> Workspace:
    """An endpoint whose calls go to blue, which is some former release."""
    tags = {"release": "x", "made": "2026-01-01T00:00:00Z"}
    workspace.deployments["blue"] = {"name": "blue", "tags": tags, "instance_count": 3}
    workspace.traffic = {"blue": 100}
    workspace.autoscale = ["opal-endpoint-blue"]
    return workspace


def live_on_green(workspace: Workspace) -> Workspace:
    """The same after the next release: green has the calls, blue is kept."""
    blue = live_on_blue(workspace).deployments["blue"]
    tags = {"release": "y", "made": "2026-02-01T00:00:00Z"}
    workspace.deployments["green"] = blue | {"name": "green", "tags": tags}
    workspace.traffic = {"green": 100, "blue": 0}
    workspace.autoscale = ["opal-endpoint-blue", "opal-endpoint-green"]
    return workspace
