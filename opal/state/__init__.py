"""State: one contract, its stores, and the transitions of jobs and items written over it."""

from functools import cache

from opal.settings import get_settings
from opal.state.contract import StateStore
from opal.state.sqlite import SqliteStore


@cache
def get_store() -> StateStore:
    """The state store of this process."""
    return SqliteStore(get_settings().state_path)


__all__ = ["StateStore", "get_store"]
