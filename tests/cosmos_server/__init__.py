"""A small HTTP server that speaks the part of Cosmos DB's REST interface which OPAL uses.

It is for tests and for trying things out on one machine, over SQLite, without encryption, on
the loopback interface only: `python -m tests.cosmos_server --port 8081 --path state.sqlite`.
It speaks to the real SDK: databases and containers, items with ETags, patches with conditions,
atomic batches, the queries that `sql.py` can read, several physical partitions, expiry, limits,
and request charges after a model. What it does not know it refuses with 400.
"""

from tests.cosmos_server.faults import Fault
from tests.cosmos_server.server import CosmosServer

__all__ = ["CosmosServer", "Fault"]
