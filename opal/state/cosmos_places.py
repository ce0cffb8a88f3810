"""Where documents lie in Cosmos DB: containers, and partition keys."""

import threading
from collections.abc import Sequence

from azure.cosmos import ContainerProxy, CosmosClient
from azure.cosmos.exceptions import CosmosResourceNotFoundError

from opal.errors import DependencyDown
from opal.state.containers import SPECS, Container
from opal.state.contract import Create, Operation, Partition, Replace
from opal.state.cosmos_account import CosmosAccount

_KEYS = {spec.name: [path.removeprefix("/") for path in spec.partition_key] for spec in SPECS}


def key_of(partition: Partition) -> list[str]:
    """The partition's key in its container."""
    return [getattr(partition, name) for name in _KEYS[partition.container]]


def check_partition(partition: Partition, operations: Sequence[Operation]) -> None:
    """Raise `ValueError` for a document of another partition.

    The SDK would write it where its own fields say, wherever it was meant to go.
    """
    names, key = _KEYS[partition.container], key_of(partition)
    for operation in operations:
        if not isinstance(operation, Create | Replace):
            continue
        if [operation.document.get(name) for name in names] != key:
            raise ValueError(f"{operation.document['id']} does not belong to {partition}")


class Containers:
    """The containers of a database, each found to exist before its first use.

    The SDK reads a container's properties before its first request to it. That is done here,
    so that a missing container is not taken for a missing document.
    """

    def __init__(self, account: CosmosAccount, client: CosmosClient) -> None:
        self._timeout_s = account.timeout_s
        self._database = client.get_database_client(account.database)
        self._found: dict[Container, ContainerProxy] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: Container) -> ContainerProxy:
        """A container; raises `DependencyDown` if there is none, or the SDK's errors."""
        with self._lock:
            if name not in self._found:
                container = self._database.get_container_client(name.value)
                try:
                    container.read(timeout=self._timeout_s)
                except CosmosResourceNotFoundError as error:
                    raise DependencyDown(f"There is no container {name.value}.") from error
                self._found[name] = container
            return self._found[name]
