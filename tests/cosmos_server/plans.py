"""Plans: how the SDK must run a query over several physical partitions by itself."""

import json
from typing import Any

from tests.cosmos_server.answers import Answer
from tests.cosmos_server.expressions import Path
from tests.cosmos_server.partitions import HIGHEST, LOWEST
from tests.cosmos_server.queries import asked
from tests.cosmos_server.routing import Request
from tests.cosmos_server.sql import Query

_FILTER = "{documentdb-formattableorderbyquery-filter}"


def plan(request: Request) -> Answer:
    """The plan: what to send to each partition, and how to merge the answers."""
    query, parameters = asked(request)
    top = None if query.top is None else int(query.top.value({}, parameters))
    order = [] if query.order is None else ["Descending" if query.descending else "Ascending"]
    info: dict[str, Any] = {
        "distinctType": "None",
        "top": top,
        "offset": None,
        "limit": None,
        "orderBy": order,
        "orderByExpressions": [] if query.order is None else [_text(query.order)],
        "aggregates": [],
        "groupByExpressions": [],
        "rewrittenQuery": "" if query.order is None else _rewritten(query, top),
        "hasSelectValue": False,
        "hasNonStreamingOrderBy": False,
    }
    everywhere = {"min": LOWEST, "max": HIGHEST, "isMinInclusive": True, "isMaxInclusive": False}
    body = {
        "partitionedQueryExecutionInfoVersion": 2,
        "queryInfo": info,
        "queryRanges": [everywhere],
    }
    return Answer(200, body)


def _text(path: Path) -> str:
    return "c" + "".join(f"[{json.dumps(name)}]" for name in path.names)


def _rewritten(query: Query, top: int | None) -> str:
    assert query.order is not None
    start = "SELECT " if top is None else f"SELECT TOP {top} "
    columns = f'c._rid, [{{"item": {_text(query.order)}}}] AS orderByItems, c AS payload '
    head, _, order = query.from_on.partition("ORDER BY")
    source, _, condition = head.partition("WHERE")
    kept = f"({condition.strip()}) AND ({_FILTER})" if condition else f"({_FILTER})"
    return f"{start}{columns}{source.strip()} WHERE {kept} ORDER BY{order}"
