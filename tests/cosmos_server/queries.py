"""Queries: where they look, and what they answer page by page.

A query with a whole partition key looks there; one that names a physical partition looks at it,
or at the part of it between two places; any other is refused with 400 and substatus 1004, upon
which the SDK asks for a plan and then queries each physical partition by itself.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

from tests.cosmos_server import charges
from tests.cosmos_server.answers import KEY_MISMATCH, NEEDS_PLAN, Answer, Refusal
from tests.cosmos_server.expressions import Parameters, order_key
from tests.cosmos_server.partitions import HIGHEST, LOWEST, range_named
from tests.cosmos_server.routing import Request
from tests.cosmos_server.rows import ContainerRow, ItemRow
from tests.cosmos_server.sql import Query, read_query
from tests.cosmos_server.storage import Storage

MAX_PAGE_BYTES = 4 * 1024 * 1024
_DEFAULT_PAGE = 100


def run_query(storage: Storage, container: ContainerRow, request: Request) -> Answer:
    """One page of a query's documents; raises `Refusal`."""
    query, parameters = asked(request)
    _check_order(container, query)
    scope = _scope(storage, container, request)
    selected = sorted(
        (item for item in scope if _is_selected(query, item, parameters)),
        key=lambda item: _position(query, item),
        reverse=query.descending,
    )
    after, left = _read_continuation(request)
    if after is not None:
        selected = [i for i in selected if _comes_after(query, _position(query, i), after)]
    elif query.top is not None:
        left = int(query.top.value({}, parameters))
    if left is not None:
        selected = selected[:left]
    page = _page(selected, request)
    answer = {"_rid": container.rid, "Documents": [_row(query, i) for i in page]}
    headers = {"x-ms-item-count": str(len(page))}
    if len(page) < len(selected):
        rest = None if left is None else left - len(page)
        headers["x-ms-continuation"] = _continuation(_position(query, page[-1]), rest)
    loaded = page if _is_indexed(container, query) else scope
    charge = charges.of_query(item.body for item in loaded)
    return Answer(200, {**answer, "_count": len(page)}, headers, charge)


def asked(request: Request) -> tuple[Query, Parameters]:
    """The query and its parameters; raises `Refusal`."""
    body = request.json
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        raise Refusal(400, "The query is missing.")
    parameters = {each["name"]: each["value"] for each in body.get("parameters") or []}
    return read_query(body["query"]), parameters


def _scope(storage: Storage, container: ContainerRow, request: Request) -> list[ItemRow]:
    """All items that the query has to consider."""
    if key := request.header("x-ms-documentdb-partitionkey"):
        values = json.loads(key)
        if len(values) != len(container.key_paths):
            raise Refusal(400, "The partition key is not complete.", substatus=KEY_MISMATCH)
        return storage.items(container, LOWEST, HIGHEST, json.dumps(values))
    if id := request.header("x-ms-documentdb-partitionkeyrangeid"):
        served = range_named(container.ranges, id)
        low = max(served.low, request.header("x-ms-start-epk", LOWEST))
        high = min(served.high, request.header("x-ms-end-epk", HIGHEST))
        return storage.items(container, low, high, None)
    if not request.says("x-ms-documentdb-query-enablecrosspartition"):
        raise Refusal(400, "A cross-partition query must be enabled.")
    raise Refusal(400, "The query needs a plan.", substatus=NEEDS_PLAN)


def _check_order(container: ContainerRow, query: Query) -> None:
    if query.order is not None and not charges.is_indexed(container.body, query.order.names):
        raise Refusal(
            400, "The index path corresponding to the specified order-by item is excluded."
        )


def _is_indexed(container: ContainerRow, query: Query) -> bool:
    paths = query.condition.paths() if query.condition else ()
    return all(charges.is_indexed(container.body, path) for path in paths)


def _is_selected(query: Query, item: ItemRow, parameters: Parameters) -> bool:
    return query.condition is None or query.condition.value(item.document, parameters) is True


def _position(query: Query, item: ItemRow) -> list[Any]:
    """Where an item stands in the answer's order."""
    value = query.order.value(item.document, {}) if query.order else None
    return [*order_key(value), item.place, item.rid]


def _comes_after(query: Query, position: list[Any], other: list[Any]) -> bool:
    return position < other if query.descending else position > other


def _page(selected: Sequence[ItemRow], request: Request) -> list[ItemRow]:
    """As many of the items as fit on a page, at least one."""
    limit = int(request.header("x-ms-max-item-count", str(_DEFAULT_PAGE)))
    page: list[ItemRow] = []
    bytes_left = MAX_PAGE_BYTES
    for item in selected if limit < 1 else selected[:limit]:
        bytes_left -= len(json.dumps(item.document))
        if page and bytes_left < 0:
            break
        page.append(item)
    return page


def _row(query: Query, item: ItemRow) -> dict[str, Any]:
    if not query.rewritten or query.order is None:
        return item.document
    value = query.order.value(item.document, {})
    return {"_rid": item.rid, "orderByItems": [{"item": value}], "payload": item.document}


def _continuation(position: list[Any], left: int | None) -> str:
    return base64.b64encode(json.dumps([position, left]).encode()).decode()


def _read_continuation(request: Request) -> tuple[list[Any] | None, int | None]:
    text = request.header("x-ms-continuation")
    if not text:
        return None, None
    try:
        position, left = json.loads(base64.b64decode(text, validate=True))
    except ValueError:
        raise Refusal(400, "Invalid continuation token.") from None
    return position, left
