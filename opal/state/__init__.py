"""State: one contract, its stores, and the transitions of jobs and items written over it."""

from functools import cache

from opal.settings import Settings, get_settings
from opal.state.contract import StateStore
from opal.state.counting import CountingStore


def open_store(settings: Settings) -> StateStore:
    """The state store that the settings name."""
    # A cold start pays for every import, so only the chosen store is imported.
    if settings.state == "cosmos":
        from opal.state.cosmos import CosmosStore
        from opal.state.cosmos_account import CosmosAccount

        return CosmosStore(CosmosAccount.of(settings))
    from opal.state.sqlite import SqliteStore

    return SqliteStore(settings.state_path)


@cache
def get_store() -> StateStore:
    """The state store of this process."""
    return CountingStore(open_store(get_settings()))


def prepare_store(settings: Settings) -> None:
    """Create what the store needs and does not create itself: Cosmos DB's containers."""
    if settings.state == "cosmos":
        from opal.state.cosmos_account import CosmosAccount, ensure

        ensure(CosmosAccount.of(settings))


__all__ = ["StateStore", "get_store", "open_store", "prepare_store"]
