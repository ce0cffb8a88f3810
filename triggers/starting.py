"""Starting orchestrations for claimed work, under the name that triggers know it by."""

from opal.starting import RUNNING, start_all

__all__ = ["RUNNING", "start_all"]
