"""What requests about the account, its databases and its containers answer."""

from collections.abc import Callable
from typing import Any

from tests.cosmos_server.answers import Answer, Refusal
from tests.cosmos_server.routing import Request, Route
from tests.cosmos_server.storage import Storage

_KINDS = {"Hash": 1, "MultiHash": 3}
"""How many paths a partition key of each kind may have."""


def describe(url: str, consistency: str) -> Answer:
    """The account, in one region."""
    region = [{"name": "Here", "databaseAccountEndpoint": url}]
    body = {
        "id": "opal-test",
        "_rid": "opal-test",
        "writableLocations": region,
        "readableLocations": region,
        "enableMultipleWriteLocations": False,
        "userConsistencyPolicy": {"defaultConsistencyLevel": consistency},
        "userReplicationPolicy": {"asyncReplication": False, "maxReplicasetSize": 4},
        "queryEngineConfiguration": "{}",
    }
    return Answer(200, body)


def create_database(storage: Storage, request: Request, route: Route) -> Answer:
    return Answer(201, storage.create_database(_id_in(request)), charge=1.0)


def read_database(storage: Storage, request: Request, route: Route) -> Answer:
    return Answer(200, storage.database(route.database), charge=1.0)


def delete_database(storage: Storage, request: Request, route: Route) -> Answer:
    storage.delete_database(route.database)
    return Answer(204, charge=1.0)


def create_container(storage: Storage, request: Request, route: Route) -> Answer:
    storage.database(route.database)
    _id_in(request)
    key = request.json.get("partitionKey", {})
    paths, kind = key.get("paths"), key.get("kind", "Hash")
    if not isinstance(paths, list) or not 1 <= len(paths) <= _KINDS.get(kind, 0):
        raise Refusal(400, "The partition key definition is not valid.")
    properties = {**request.json, "partitionKey": {**key, "kind": kind}}
    return Answer(201, storage.create_container(route.database, properties).body, charge=1.0)


def read_container(storage: Storage, request: Request, route: Route) -> Answer:
    return Answer(200, storage.container(route.database, route.container).body, charge=1.0)


def list_ranges(storage: Storage, request: Request, route: Route) -> Answer:
    """The physical partitions, or 304 when the caller knows them; their ETag is a summary."""
    container = storage.container(route.database, route.container)
    etag = '"' + ",".join(each.id for each in container.ranges) + '"'
    if request.header("if-none-match") == etag:
        return Answer(304, headers={"etag": etag})
    listed = [each.described() for each in container.ranges]
    body = {"_rid": container.rid, "PartitionKeyRanges": listed, "_count": len(listed)}
    return Answer(200, body, {"etag": etag})


ABOUT: dict[str, Callable[[Storage, Request, Route], Answer]] = {
    "create_database": create_database,
    "read_database": read_database,
    "delete_database": delete_database,
    "create_container": create_container,
    "read_container": read_container,
    "ranges": list_ranges,
}


def _id_in(request: Request) -> str:
    body: Any = request.json
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise Refusal(400, "The resource needs an id.")
    return str(body["id"])
