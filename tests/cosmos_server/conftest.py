"""A server and a bare client for the server's own tests."""

import uuid
from collections.abc import Iterator

import pytest

from tests.cosmos_server.rest import RestClient
from tests.cosmos_server.server import CosmosServer


@pytest.fixture(scope="session")
def server() -> Iterator[CosmosServer]:
    started = CosmosServer()
    started.start()
    yield started
    started.stop()


@pytest.fixture
def client(server: CosmosServer) -> Iterator[RestClient]:
    opened = RestClient(server.url, server.key)
    yield opened
    opened.close()


@pytest.fixture
def database(client: RestClient) -> str:
    """The name of a new database."""
    name = uuid.uuid4().hex
    assert client.send("POST", "/dbs", {"id": name}).status == 201
    return name


@pytest.fixture
def items(client: RestClient, database: str) -> str:
    """The path of the items of a new container, whose partition key is `/t`."""
    properties = {"id": "c", "partitionKey": {"paths": ["/t"], "kind": "Hash"}}
    assert client.send("POST", f"/dbs/{database}/colls", properties).status == 201
    return f"/dbs/{database}/colls/c/docs"
