"""A Cosmos DB account: how it is reached, what is created in it, and which failures may pass."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Self

from azure.core.exceptions import AzureError, HttpResponseError
from azure.cosmos import CosmosClient, PartitionKey
from azure.identity import DefaultAzureCredential

from opal.errors import DependencyDown
from opal.settings import Settings
from opal.state.charges import record_charge
from opal.state.containers import SPECS

_log = logging.getLogger(__name__)
_STRONG = {"Strong", "BoundedStaleness"}
_ANSWERS = {400, 404, 409, 412, 413}
"""Statuses that say something about the request; anything else may pass."""


@dataclass(frozen=True, slots=True)
class CosmosAccount:
    """Where the state is; without a key, the process's own identity signs in.

    `timeout_s` bounds an operation with its repetitions; `retries` and `retry_wait_s` how often,
    and for how long in all, it is repeated when the account says that it is busy.
    """

    endpoint: str
    database: str
    key: str | None = field(default=None, repr=False)
    identity_client_id: str | None = None
    timeout_s: float = 30.0
    retries: int = 9
    retry_wait_s: float = 20.0

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The account that the settings name."""
        return cls(
            str(settings.cosmos_endpoint),
            settings.cosmos_database,
            settings.cosmos_key,
            settings.identity_client_id,
            settings.cosmos_timeout_s,
            settings.cosmos_retries,
            settings.cosmos_retry_wait_s,
        )


def open_client(account: CosmosAccount) -> CosmosClient:
    """A client that has reached the account; raises `DependencyDown`.

    The SDK repeats reads after a lost answer, and anything that was refused because the account
    is busy. Writes are never repeated after a lost answer (`retry_write`): an increment might
    be added twice.
    """
    with translated("open"):
        client = CosmosClient(
            account.endpoint,
            account.key
            or DefaultAzureCredential(managed_identity_client_id=account.identity_client_id),
            connection_timeout=min(10.0, account.timeout_s),
            read_timeout=account.timeout_s,
            retry_throttle_total=account.retries,
            retry_throttle_backoff_max=account.retry_wait_s,
            retry_backoff_factor=0.5,
            retry_write=0,
        )
        policy = client.get_database_account().ConsistencyPolicy or {}
    level = policy.get("defaultConsistencyLevel")
    if level not in _STRONG:
        _log.warning("consistency is %s: instances may not see each other's last writes", level)
    return client


def ensure(account: CosmosAccount) -> None:
    """Create the database and the containers that do not exist yet; raises `DependencyDown`.

    For local accounts and tests: in Azure an identity that may read and write items may not
    create containers, and the infrastructure does.
    """
    with closing(open_client(account)) as client, translated("ensure"):
        database = client.create_database_if_not_exists(account.database)
        for spec in SPECS:
            database.create_container_if_not_exists(
                spec.name.value,
                _partition_key(spec.partition_key),
                indexing_policy=spec.indexing_policy,
                default_ttl=spec.default_ttl,
            )


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Turn every failure that may pass into `DependencyDown`, and record what refusals cost.

    What is left are answers about the request itself: 400, 404, 409, 412 and 413.
    """
    try:
        yield
    except AzureError as error:
        headers: Mapping[str, str] = getattr(error, "headers", None) or {}
        record_charge_of(operation, headers)
        status = error.status_code if isinstance(error, HttpResponseError) else None
        if status in _ANSWERS and not _lacks_more_than_the_item(error):
            raise
        raise DependencyDown(
            f"The state store did not answer ({status or type(error).__name__}).",
            retry_after_s=retry_after_s(headers),
        ) from error


def record_charge_of(operation: str, headers: Mapping[str, str]) -> None:
    """Record the charge that an answer's headers tell."""
    if units := headers.get("x-ms-request-charge"):
        record_charge(operation, float(units))


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long a busy account asks to wait."""
    wait = headers.get("x-ms-retry-after-ms")
    return None if wait is None else float(wait) / 1000


def _partition_key(paths: tuple[str, ...]) -> PartitionKey:
    if len(paths) == 1:
        return PartitionKey(path=paths[0], kind="Hash")
    return PartitionKey(path=list(paths), kind="MultiHash")


def _lacks_more_than_the_item(error: AzureError) -> bool:
    """A 404 with a substatus: the container is missing, or a replica is behind."""
    return getattr(error, "status_code", None) == 404 and bool(getattr(error, "sub_status", None))
