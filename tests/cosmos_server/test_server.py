"""What the server holds its callers to, as the service does."""

import base64
import json
import subprocess
import sys
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import free_port
from tests.cosmos_server import charges
from tests.cosmos_server.faults import Fault
from tests.cosmos_server.rest import Reply, RestClient
from tests.cosmos_server.server import CosmosServer

ROOT = Path(__file__).resolve().parents[2]
KEY = ["a"]
BATCH = {"x-ms-cosmos-is-batch-request": "True", "x-ms-cosmos-batch-atomic": "True"}
QUERY = {"content-type": "application/query+json"}


def create(client: RestClient, items: str, **fields: Any) -> Reply:
    return client.send("POST", items, {"id": "1", "t": "a", **fields}, key=KEY)


# Who asks.


def test_a_request_signed_with_another_key_is_refused(server):
    stranger = RestClient(server.url, base64.b64encode(b"another").decode())
    assert stranger.send("GET", "/").status == 401
    assert stranger.send("POST", "/dbs", {"id": "x"}).status == 401
    stranger.close()


@pytest.mark.parametrize("authorization", ["", "type%3Dmaster", "nonsense"])
def test_a_request_without_a_signature_is_refused(client, authorization):
    assert client.send("GET", "/", authorization=authorization).status == 401


def test_a_signature_holds_for_its_own_request_only(client, items):
    date = formatdate(usegmt=True)
    signed = {"x-ms-date": date, "authorization": client.authorization("GET", f"{items}/1", date)}
    assert client.send("GET", f"{items}/1", key=KEY, **signed).status == 404
    assert client.send("DELETE", f"{items}/1", key=KEY, **signed).status == 401
    assert client.send("GET", f"{items}/2", key=KEY, **signed).status == 401


def test_a_request_signed_long_ago_is_refused(client):
    assert (
        client.send("GET", "/", **{"x-ms-date": formatdate(time.time() - 3600, usegmt=True)}).status
        == 403
    )


# What is asked.


@pytest.mark.parametrize("body", [b"{", b"", b'"text"', b"[]", b"{}"])
def test_a_malformed_item_is_refused(client, items, body):
    assert client.send("POST", items, body, key=KEY).status == 400


def test_what_the_server_does_not_know_is_refused(client, items):
    for method, path in [
        ("PUT", items.removesuffix("/docs")),
        ("GET", items),
        ("GET", "/nonsense"),
    ]:
        assert client.send(method, path, authorization="").status == 400


def test_an_item_needs_the_partition_key_that_it_is_sent_with(client, items):
    for key in (["b"], [], ["a", "b"], [None]):
        answer = client.send("POST", items, {"id": "1", "t": "a"}, key=key)
        assert (answer.status, answer.headers["x-ms-substatus"]) == (400, "1001")
    assert client.send("POST", items, {"id": "1", "t": "a"}).status == 400
    assert client.send("POST", items, {"id": "1"}, key=KEY).status == 400


def test_an_item_beyond_two_megabytes_is_refused(client, items):
    assert create(client, items, text="x" * 2_097_152).status == 413
    assert create(client, items, text="x" * 2_000_000).status == 201
    grow = {"operations": [{"op": "set", "path": "/more", "value": "x" * 200_000}]}
    assert client.send("PATCH", f"{items}/1", grow, key=KEY).status == 413


def test_an_item_lives_on_only_as_long_as_its_container_lets_it(client, database):
    living: dict[str, int] = {}
    for name, ttl in [("off", None), ("own", -1), ("short", 1)]:
        properties = {"id": name, "partitionKey": {"paths": ["/t"], "kind": "Hash"}}
        more = {} if ttl is None else {"defaultTtl": ttl}
        client.send("POST", f"/dbs/{database}/colls", {**properties, **more})
        path = f"/dbs/{database}/colls/{name}/docs"
        create(client, path, ttl=1)
        client.send("POST", path, {"id": "2", "t": "a", "ttl": -1}, key=KEY)
        client.send("POST", path, {"id": "3", "t": "a"}, key=KEY)
    time.sleep(1.1)
    for name in ("off", "own", "short"):
        path = f"/dbs/{database}/colls/{name}/docs"
        found = client.query(path, "SELECT * FROM c ORDER BY c.id", key=KEY).body["Documents"]
        living[name] = [int(item["id"]) for item in found]
    assert living == {"off": [1, 2, 3], "own": [2, 3], "short": [2]}


# Batches.


def batch(client: RestClient, items: str, operations: list[dict[str, Any]]) -> Reply:
    return client.send("POST", items, operations, key=KEY, **BATCH)


def test_a_batch_that_fails_tells_which_operation_failed_and_does_nothing(client, items):
    create(client, items, n=1)
    operations = [
        {"operationType": "Create", "resourceBody": {"id": "2", "t": "a"}},
        {"operationType": "Replace", "id": "1", "resourceBody": {"id": "1", "t": "a", "n": 2}},
        {"operationType": "Create", "resourceBody": {"id": "1", "t": "a"}},
        {"operationType": "Create", "resourceBody": {"id": "3", "t": "a"}},
    ]
    answer = batch(client, items, operations)
    assert answer.status == 207
    assert [result["statusCode"] for result in answer.body] == [424, 424, 409, 424]
    found = client.query(items, "SELECT * FROM c", key=KEY).body["Documents"]
    assert [(item["id"], item["n"]) for item in found] == [("1", 1)]


def test_a_batch_patches_under_a_condition(client, items):
    create(client, items, n=1)
    for status in (200, 207):
        body = {
            "operations": [{"op": "incr", "path": "/n", "value": 1}],
            "condition": "FROM c WHERE c.n <= 1",
        }
        patch = {"operationType": "Patch", "id": "1", "resourceBody": body}
        assert batch(client, items, [patch]).status == status
    assert client.send("GET", f"{items}/1", key=KEY).body["n"] == 2


@pytest.mark.parametrize(("size", "status"), [(0, 400), (100, 200), (101, 400)])
def test_a_batch_has_one_to_a_hundred_operations(client, items, size, status):
    operations = [
        {"operationType": "Create", "resourceBody": {"id": f"{i}", "t": "a"}} for i in range(size)
    ]
    assert batch(client, items, operations).status == status


def test_a_batch_with_an_operation_that_is_not_known_is_refused_as_a_whole(client, items):
    assert batch(client, items, [{"operationType": "Nonsense"}]).status == 400


# Queries.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM c ORDER BY c.n", "6543210"),
        ("SELECT TOP 5 * FROM c ORDER BY c.n", "65432"),
        ("SELECT TOP 100 * FROM c ORDER BY c.id DESC", "6543210"),
    ],
)
def test_a_list_goes_on_where_its_page_ended(client, items, text, expected):
    for i in range(7):
        client.send("POST", items, {"id": f"{i}", "t": "a", "n": -i}, key=KEY)
    seen, continuation = "", {}
    while True:
        headers = {**QUERY, **continuation, "x-ms-max-item-count": "2"}
        page = client.send("POST", items, {"query": text}, key=KEY, **headers)
        seen += "".join(item["id"] for item in page.body["Documents"])
        assert page.body["_count"] <= 2
        if "x-ms-continuation" not in page.headers:
            break
        continuation = {"x-ms-continuation": page.headers["x-ms-continuation"]}
        first_in_both = {"id": f"9{len(seen)}", "t": "a", "n": -9}
        client.send("POST", items, first_in_both, key=KEY)
    assert seen == expected


def test_an_invalid_continuation_is_refused(client, items):
    body = {"query": "SELECT * FROM c", "parameters": []}
    headers = {**QUERY, "x-ms-continuation": "nonsense"}
    assert client.send("POST", items, body, key=KEY, **headers).status == 400


def test_a_query_across_partitions_has_to_be_allowed_and_planned(client, items):
    body = {"query": "SELECT TOP 3 * FROM c WHERE c.n > 1 ORDER BY c.n DESC", "parameters": []}
    refused = client.send("POST", items, body, **QUERY)
    assert (refused.status, "x-ms-substatus" in refused.headers) == (400, False)
    allowed = {**QUERY, "x-ms-documentdb-query-enablecrosspartition": "True"}
    refused = client.send("POST", items, body, **allowed)
    assert (refused.status, refused.headers["x-ms-substatus"]) == (400, "1004")
    planned = {"x-ms-cosmos-is-query-plan-request": "True"}
    info = client.send("POST", items, body, **planned).body["queryInfo"]
    assert (info["top"], info["orderBy"]) == (3, ["Descending"])
    rewritten = info["rewrittenQuery"].replace(
        "{documentdb-formattableorderbyquery-filter}", "true"
    )
    for i in range(5):
        client.send("POST", items, {"id": f"{i}", "t": "a", "n": i}, key=KEY)
    [first, *_] = client.query(items, rewritten, key=KEY).body["Documents"]
    assert (first["orderByItems"], first["payload"]["id"]) == ([{"item": 4}], "4")


def test_a_partition_that_was_split_is_gone(client, items, server, database):
    ranges = items.removesuffix("docs") + "pkranges"
    before = client.send("GET", ranges)
    assert [r["id"] for r in before.body["PartitionKeyRanges"]] == ["0", "1"]
    etag = before.headers["etag"]
    assert client.send("GET", ranges, if_none_match=etag).status == 304
    server.split(database, "c", "10")
    after = client.send("GET", ranges, if_none_match=etag)
    assert [(r["id"], r["parents"]) for r in after.body["PartitionKeyRanges"]] == [
        ("2", ["0"]),
        ("3", ["0"]),
        ("1", []),
    ]
    body = {"query": "SELECT * FROM c", "parameters": []}
    for id, status in [("0", 410), ("2", 200)]:
        headers = {**QUERY, "x-ms-documentdb-partitionkeyrangeid": id}
        assert client.send("POST", items, body, **headers).status == status


def test_physical_partitions_share_the_items_among_them(client, items):
    for i in range(40):
        client.send("POST", items, {"id": "1", "t": f"{i}"}, key=[f"{i}"])
    body = {"query": "SELECT * FROM c", "parameters": []}
    counts = [
        client.send("POST", items, body, **QUERY, **{"x-ms-documentdb-partitionkeyrangeid": id})
        for id in ("0", "1")
    ]
    found = [answer.body["_count"] for answer in counts]
    assert sum(found) == 40
    assert min(found) > 5


def test_a_query_in_the_order_of_what_is_not_indexed_is_refused(client, database):
    policy = {"includedPaths": [{"path": "/n/?"}], "excludedPaths": [{"path": "/*"}]}
    key = {"paths": ["/t"], "kind": "Hash"}
    properties = {"id": "i", "partitionKey": key, "indexingPolicy": policy}
    client.send("POST", f"/dbs/{database}/colls", properties)
    path = f"/dbs/{database}/colls/i/docs"
    statuses = {
        order: client.query(path, f"SELECT * FROM c ORDER BY c.{order}", key=KEY).status
        for order in ("n", "id", "m", "n.deeper")
    }
    assert statuses == {"n": 200, "id": 200, "m": 400, "n.deeper": 400}


@pytest.mark.parametrize(
    "text",
    [
        *("SELECT c.id FROM c", "SELECT * FROM d", "SELECT * FROM c WHERE c.n != 1"),
        *("SELECT * FROM c WHERE c.n = @unknown", "SELECT * FROM c OFFSET 1 LIMIT 1"),
        "SELECT * FROM c WHERE NOT c.n",
    ],
)
def test_a_query_beyond_the_known_language_is_refused(client, items, text):
    create(client, items)
    assert client.query(items, text, key=KEY).status == 400


# Charges.


@pytest.mark.parametrize(("kilobytes", "read", "write"), [(1, 1, 5), (100, 10, 50)])
def test_charges_go_through_the_published_figures(client, database, kilobytes, read, write):
    policy = {"includedPaths": [], "excludedPaths": [{"path": "/*"}]}
    key = {"paths": ["/t"], "kind": "Hash"}
    properties = {"id": "i", "partitionKey": key, "indexingPolicy": policy}
    client.send("POST", f"/dbs/{database}/colls", properties)
    path = f"/dbs/{database}/colls/i/docs"
    written = create(client, path, text="x" * (kilobytes * 1024 - 35))
    got = client.send("GET", f"{path}/1", key=KEY)
    charged = [float(answer.headers["x-ms-request-charge"]) for answer in (got, written)]
    assert charged == pytest.approx([read, write], rel=0.02)


def test_what_is_indexed_costs_more_to_write():
    document = {"id": "1", "a": 1, "b": {"c": [1, 2]}}
    nothing = {"indexingPolicy": {"includedPaths": [], "excludedPaths": [{"path": "/*"}]}}
    some = {
        "indexingPolicy": {"includedPaths": [{"path": "/a/?"}], "excludedPaths": [{"path": "/*"}]}
    }
    costs = [
        charges.of_write(properties, document, anew=True) for properties in (nothing, some, {})
    ]
    assert costs[0] < costs[1] < costs[2]


def test_a_query_without_an_index_costs_what_it_looks_through(client, database):
    policy = {"includedPaths": [{"path": "/n/?"}], "excludedPaths": [{"path": "/*"}]}
    key = {"paths": ["/t"], "kind": "Hash"}
    properties = {"id": "i", "partitionKey": key, "indexingPolicy": policy}
    client.send("POST", f"/dbs/{database}/colls", properties)
    path = f"/dbs/{database}/colls/i/docs"
    for i in range(50):
        client.send("POST", path, {"id": f"{i}", "t": "a", "n": i, "m": i}, key=KEY)
    costs = [
        float(
            client.query(path, f"SELECT * FROM c WHERE c.{name} = 1", key=KEY).headers[
                "x-ms-request-charge"
            ]
        )
        for name in ("n", "m")
    ]
    assert costs == pytest.approx([2.4, 7.3])


# Faults.


def test_faults_befall_the_next_requests_that_match_and_no_others(client, items, server):
    create(client, items)
    fault = {
        "operation": "read",
        "path": "/docs/1$",
        "status": 429,
        "retry_after_ms": 7,
        "times": 2,
    }
    assert client.send("POST", "/_faults", fault).status == 204
    assert create(client, items).status == 409
    for _ in range(2):
        refused = client.send("GET", f"{items}/1", key=KEY)
        assert (refused.status, refused.headers["x-ms-retry-after-ms"]) == (429, "7")
    assert client.send("GET", f"{items}/1", key=KEY).status == 200


@pytest.mark.parametrize(("drop", "status"), [("before", 404), ("after", 200)])
def test_a_connection_is_dropped_before_or_after_its_request_was_applied(
    client, items, server, drop, status
):
    server.faults.inject(Fault("create", text='"n": 5', drop=drop))
    with pytest.raises(ConnectionError):
        create(client, items, n=5)
    assert client.send("GET", f"{items}/1", key=KEY).status == status


# The command.


def test_the_command_serves_a_file_until_it_is_ended(tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "tests.cosmos_server", "--port", str(port)]
    command += ["--path", str(tmp_path / "state.sqlite")]
    for turn in range(2):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told = dict(process.stdout.readline().split() for _ in range(2))
            assert told["endpoint"] == f"http://127.0.0.1:{port}/"
            served = RestClient(told["endpoint"], told["key"])
            assert served.send("POST", "/dbs", {"id": "kept"}).status == (201, 409)[turn]
            served.close()
            process.terminate()


def test_a_server_keeps_the_physical_partitions_of_its_file(tmp_path):
    path = str(tmp_path / "state.sqlite")
    seen: list[str] = []
    for turn in range(2):
        server = CosmosServer(path)
        server.start()
        client = RestClient(server.url, server.key)
        if turn == 0:
            client.send("POST", "/dbs", {"id": "d"})
            properties = {"id": "c", "partitionKey": {"paths": ["/t"], "kind": "Hash"}}
            client.send("POST", "/dbs/d/colls", properties)
            server.split("d", "c", "10")
        seen.append(json.dumps(client.send("GET", "/dbs/d/colls/c/pkranges").body))
        client.close()
        server.stop()
    assert seen[0] == seen[1]
