"""Clients of Cosmos DB's SDK, each lent to one operation at a time.

A client keeps the headers of its last answer in one place and writes to them (azure-cosmos
4.17.1: `last_response_headers`), so two threads that share one disturb each other: a query ends
with "mutated during iteration". There are as many clients as operations have been at work at
once.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from azure.cosmos import CosmosClient

from opal.state.cosmos_account import CosmosAccount, open_client
from opal.state.cosmos_places import Containers


class Connection:
    """A client, and the containers as it reaches them."""

    def __init__(self, account: CosmosAccount) -> None:
        self.client: CosmosClient = open_client(account)
        self.containers = Containers(account, self.client)


class Connections:
    """The connections of this process; the first is opened at once, the others when needed."""

    def __init__(self, account: CosmosAccount) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._idle = [Connection(account)]

    @contextmanager
    def lent(self) -> Iterator[Containers]:
        """The containers, for one operation; raises `DependencyDown` if none can be reached."""
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        connection = connection or Connection(self._account)
        try:
            yield connection.containers
        finally:
            with self._lock:
                self._idle.append(connection)

    def close(self) -> None:
        """Close what is not at work."""
        with self._lock:
            for connection in self._idle:
                connection.client.close()
            self._idle.clear()
