"""The server beside another emulator, `@vercel/cosmosdb-server`, on all that both can do.

Left out is where the other one is known to differ from the service: it has no atomic batches, no
patches in batches, only the first level of hierarchical keys, sets a field without a parent at
the root, answers 500 for a point read of a missing item, takes empty patches and batches, and
does not know the order of items that lack the field they are ordered by.
"""

import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import free_port
from tests.cosmos_server.rest import Reply, RestClient
from tests.cosmos_server.server import CosmosServer

ROOT = Path(__file__).resolve().parents[2]
SYSTEM = {"_rid", "_self", "_etag", "_ts", "_attachments", "eTag", "requestCharge"}
KEY = ["a"]


class Both:
    """One client of each server; what one is asked, the other is asked as well."""

    def __init__(self, ours: RestClient, other: RestClient) -> None:
        self._clients = (ours, other)
        self._etags: dict[str, tuple[str, str]] = {}
        self.path = ""

    def make_container(self) -> None:
        """Go on in a new container."""
        name = uuid.uuid4().hex
        self.path = f"/dbs/{name}/colls/c/docs"
        properties = {"id": "c", "partitionKey": {"paths": ["/t"], "kind": "Hash"}}
        self.ask(lambda client: client.send("POST", "/dbs", {"id": name}))
        for client in self._clients:
            assert client.send("POST", f"/dbs/{name}/colls", properties).status == 201

    def send(self, method: str, id: str = "", body: Any = None, **headers: str) -> Reply:
        """Ask about an item, or with an empty id about the container's items."""
        path = f"{self.path}/{id}" if id else self.path
        return self.ask(lambda c: c.send(method, path, body, key=KEY, **headers))

    def query(self, text: str, **parameters: Any) -> list[str]:
        """The ids of the documents that both answer in the same order."""
        answer = self.ask(lambda c: c.query(self.path, text, key=KEY, **parameters))
        return [document["id"] for document in answer.body["Documents"]]

    def ask(self, question: Callable[[RestClient], Reply]) -> Reply:
        """What both answer alike."""
        ours, other = (question(client) for client in self._clients)
        assert ours.status == other.status
        if ours.status < 400:
            assert comparable(ours.body) == comparable(other.body)
        return ours

    def ask_with_etag(self, method: str, id: str, body: Any) -> Reply:
        """Ask on condition that the item has the ETag that each server gave last."""
        etags = [
            str(c.send("GET", f"{self.path}/{id}", key=KEY).body["_etag"]) for c in self._clients
        ]
        left = iter(etags)
        path = f"{self.path}/{id}"
        return self.ask(lambda c: c.send(method, path, body, key=KEY, if_match=next(left)))


def comparable(body: Any) -> Any:
    """An answer without what servers may choose freely."""
    if isinstance(body, dict):
        return {name: comparable(value) for name, value in body.items() if name not in SYSTEM}
    return [comparable(value) for value in body] if isinstance(body, list) else body


@pytest.fixture(scope="module")
def both(server: CosmosServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    port = free_port()
    command = [ROOT / "node_modules/.bin/cosmosdb-server", "--no-ssl", "--host", "127.0.0.1"]
    with (tmp_path_factory.mktemp("other") / "output.log").open("wb") as log:
        process = subprocess.Popen([*command, "-p", str(port)], stdout=log, stderr=log)
    ours, other = RestClient(server.url, server.key), RestClient(_url(port), server.key)
    try:
        _wait_for(port, server.key)
        yield Both(ours, other)
    finally:
        process.kill()
        process.wait()
        ours.close()
        other.close()


@pytest.fixture
def pair(both: Both) -> Both:
    both.make_container()
    return both


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}/"


def _wait_for(port: int, key: str) -> None:
    for _ in range(300):
        client = RestClient(_url(port), key)
        try:
            client.send("GET", "/")
            return
        except OSError:
            time.sleep(0.1)
        finally:
            client.close()
    raise RuntimeError("cosmosdb-server did not start; has `npm ci` been run?")


# Databases and containers.


def test_databases_are_made_once_and_found_and_deleted(both):
    name = uuid.uuid4().hex
    both.ask(lambda client: client.send("GET", f"/dbs/{name}"))
    for _ in range(2):
        both.ask(lambda client: client.send("POST", "/dbs", {"id": name}))
    both.ask(lambda client: client.send("GET", f"/dbs/{name}"))
    for _ in range(2):
        both.ask(lambda client: client.send("DELETE", f"/dbs/{name}"))


def test_containers_that_are_there_or_missing_are_told_alike(pair):
    container = pair.path.removesuffix("/docs")
    properties = {"id": "c", "partitionKey": {"paths": ["/t"], "kind": "Hash"}}
    again = pair.ask(lambda c: c.send("POST", container.removesuffix("/c"), properties))
    missing = pair.ask(lambda c: c.send("GET", f"{container}x"))
    nowhere = pair.ask(lambda c: c.send("POST", "/dbs/nowhere/colls", properties))
    assert (again.status, missing.status, nowhere.status) == (409, 404, 404)


# Items.

ids = st.sampled_from(["1", "x y", "ü"])
numbers = st.integers(-5, 5)
fields = st.fixed_dictionaries(
    {},
    optional={
        "n": numbers,
        "s": st.sampled_from(["", "x", "ä😀"]),
        "deep": st.fixed_dictionaries({"v": numbers}),
        "list": st.lists(numbers, max_size=2),
        "none": st.none(),
        "real": st.sampled_from([0.5, -1.25]),
        "flag": st.booleans(),
    },
)
patches = st.lists(
    st.one_of(
        st.builds(lambda v: {"op": "incr", "path": "/n", "value": v}, numbers),
        st.builds(lambda v: {"op": "set", "path": "/s", "value": v}, st.text(max_size=3)),
        st.builds(lambda v: {"op": "add", "path": "/added", "value": v}, numbers),
        st.sampled_from(
            [
                {"op": "replace", "path": "/n", "value": 9},
                {"op": "remove", "path": "/s"},
                {"op": "incr", "path": "/s", "value": 1},
                {"op": "set", "path": "/n/below", "value": 1},
                {"op": "set", "path": "/id", "value": "other"},
                {"op": "set", "path": "/t", "value": "other"},
                {"op": "set", "path": "/_ts", "value": 1},
                {"op": "unknown", "path": "/n", "value": 1},
            ]
        ),
    ),
    min_size=1,
    max_size=4,
)
conditions = st.one_of(
    st.none(),
    st.builds(
        "FROM c WHERE c{} {} {}".format,
        st.sampled_from([".n", '["n"]', '["deep"]["v"]', ".s", ".missing"]),
        st.sampled_from([">=", "<=", "=", "<", ">"]),
        numbers,
    ),
)


class Step(NamedTuple):
    """Something done to one item; `matching` asks for the ETag that it has."""

    method: str
    id: str
    body: Any
    matching: bool


steps = st.one_of(
    st.builds(lambda id, body: Step("POST", id, {**body, "id": id, "t": "a"}, False), ids, fields),
    st.builds(
        lambda id, body, matching: Step("PUT", id, {**body, "id": id, "t": "a"}, matching),
        *(ids, fields, st.booleans()),
    ),
    st.builds(
        lambda id, patch, condition, matching: Step(
            "PATCH",
            id,
            {"operations": patch, **({"condition": condition} if condition else {})},
            matching,
        ),
        *(ids, patches, conditions, st.booleans()),
    ),
    st.builds(lambda id, matching: Step("DELETE", id, None, matching), ids, st.booleans()),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(steps, min_size=4, max_size=12))
def test_items_go_through_the_same_life(both, story):
    both.make_container()
    there = {"1", "ü"}
    for id in there:
        both.send("POST", "", {"id": id, "t": "a", "n": 1, "s": "", "deep": {"v": 1}})
    for step in story:
        if step.method == "POST":
            answer = both.send("POST", "", step.body)
        elif step.matching and step.id in there:
            answer = both.ask_with_etag(step.method, step.id, step.body)
        else:
            stale = {"if_match": '"stale"'} if step.matching else {}
            answer = both.send(step.method, step.id, step.body, **stale)
        if answer.status in (201, 204):
            (there.add if answer.status == 201 else there.discard)(step.id)
    for id in there:
        both.send("GET", id)
    assert sorted(both.query("SELECT * FROM c ORDER BY c.id")) == sorted(there)


def test_an_upsert_creates_and_then_replaces(pair):
    upsert = {"x-ms-documentdb-is-upsert": "true"}
    first = pair.send("POST", "", {"id": "1", "t": "a", "n": 1}, **upsert)
    second = pair.send("POST", "", {"id": "1", "t": "a", "m": 2}, **upsert)
    assert (first.status, second.status) == (201, 200)
    pair.send("GET", "1")


def test_an_item_without_an_id_is_refused(pair):
    assert pair.send("POST", "", {"t": "a"}).status == 400


@pytest.mark.parametrize(("count", "status"), [(10, 200), (11, 400)])
def test_a_patch_has_at_most_ten_operations(pair, count, status):
    pair.send("POST", "", {"id": "1", "t": "a"})
    operations = [{"op": "set", "path": f"/f{i}", "value": i} for i in range(count)]
    assert pair.send("PATCH", "1", {"operations": operations}).status == status
    pair.send("GET", "1")


# Batches.


def test_a_batch_that_succeeds_answers_each_operation(pair):
    batch = {"x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-atomic": "True"}
    place = {"partitionKey": '["a"]'}
    operations = [
        {"operationType": "Create", "resourceBody": {"id": "1", "t": "a", "n": 1}},
        {"operationType": "Create", "resourceBody": {"id": "2", "t": "a"}},
        {"operationType": "Read", "id": "1"},
        {"operationType": "Replace", "id": "1", "resourceBody": {"id": "1", "t": "a", "n": 2}},
        {"operationType": "Upsert", "resourceBody": {"id": "3", "t": "a"}},
        {"operationType": "Delete", "id": "2"},
    ]
    answer = pair.send("POST", "", [{**o, **place} for o in operations], **batch)
    assert [result["statusCode"] for result in answer.body] == [201, 201, 200, 200, 201, 204]
    assert pair.query("SELECT * FROM c ORDER BY c.id") == ["1", "3"]


# Queries.


@pytest.fixture(scope="module")
def shelf(both: Both) -> Both:
    """A container with items to look for."""
    both.make_container()
    for i in range(8):
        due = {} if i == 3 else {"due_at": {"at": f"2026-0{9 - i}"}}
        more = {"none": None} if i == 1 else {}
        status = "open" if i % 3 else "shut"
        item = {"n": i, "s": f"s{7 - i}", "kind": ("job", "item")[i % 2], "status": status}
        both.send("POST", "", {"id": f"q{i}", "t": "a", **item, **due, **more})
    return both


@pytest.mark.parametrize(
    ("condition", "order"),
    [
        ("c.kind = @kind", "c.id"),
        ("c.kind = @kind AND c.id > @after", "c.id ASC"),
        ("c.kind = @kind AND c.status = @status", "c.id DESC"),
        ("c.kind = @kind AND IS_STRING(c.s) AND c.s < @before", "c.s DESC"),
        ("c.kind = @kind AND c.status IN (@status, @kind) AND c.due_at.at < @time", "c.due_at.at"),
        ('c["due_at"]["at"] >= @time', 'c["due_at"]["at"] DESC'),
        ("ARRAY_CONTAINS(@several, c.status)", "c.id"),
        ("IS_DEFINED(c.none)", "c.id"),
        ("IS_DEFINED(c.nothing)", "c.id"),
        ("c.none = null", "c.n"),
        ("(c.n < 2 OR c.n >= 5) AND c.kind = 'item'", "c.n"),
        ("c.n < 2 OR c.n >= 5 AND c.kind = 'item'", "c.n"),
        ("c.n >= -1 AND c.n <= 3.5", "c.n DESC"),
        ('c.n < "2"', "c.n"),
        ("c.due_at = 3", "c.n"),
        ("c.nothing < 1", "c.n"),
        ("true", "c.n"),
        ("c.kind = @kind AND c.id > @nobody", "c.id"),
    ],
)
@pytest.mark.parametrize("top", ["", "TOP 2 ", "TOP 100 "])
def test_a_query_answers_the_same_documents_in_the_same_order(shelf, condition, order, top):
    found = shelf.query(
        f"SELECT {top}* FROM c WHERE {condition} ORDER BY {order}",
        kind="item",
        after="q2",
        before="s5",
        status="open",
        time="2026-06",
        several=["shut", "x"],
        nobody="zz",
    )
    assert len(found) <= (2 if top == "TOP 2 " else 8)


@pytest.mark.parametrize("text", ["SELEC * FROM c", "SELECT * FROM c WHERE", "SELECT * FROM c x y"])
def test_a_query_that_cannot_be_read_is_refused(shelf, text):
    assert shelf.ask(lambda client: client.query(shelf.path, text, key=KEY)).status == 400
