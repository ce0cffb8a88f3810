"""What operations on the state cost in Cosmos DB, in request units, as a table in Markdown.

Without an endpoint it starts `tests/cosmos_server`, whose charges are a model (its formula is in
`tests/cosmos_server/charges.py`). Against an account they are real:

    COSMOS_KEY=… python -m benchmarks.request_charges --endpoint https://NAME.documents.azure.com

It makes a database of its own there and deletes it in the end.
"""

import argparse
import os
import statistics
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from benchmarks.completed_item import completed
from opal.api.job_view import job_page, job_view
from opal.api.jobs import JobQuery, JobsQuery
from opal.documents import ItemRef, Job
from opal.job_options import default_recipe
from opal.names import understand_drop
from opal.state.charges import collect_charges
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.contract import MAX_BATCH, Create, Partition, StateStore
from opal.state.cosmos import CosmosStore
from opal.state.cosmos_account import CosmosAccount, ensure, open_client
from opal.state.progress import begin_item, complete_item
from opal.state.transition import get_item
from tests.cosmos_server import CosmosServer

SIZES = (10, 1_000, 10_000)
SHOWN = 10
JOBS = 50
REPEATS = 5
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HERE = Partition("bench", "charges")


class Row(NamedTuple):
    """An operation, and what it was charged each time."""

    operation: str
    units: list[float]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.request_charges")
    parser.add_argument("--endpoint", help="an account's address; default: the test server")
    parser.add_argument("--key", default=os.environ.get("COSMOS_KEY"))
    arguments = parser.parse_args()
    if arguments.endpoint:
        print(f"Measured against {arguments.endpoint}.\n")
        _print(_measure(CosmosAccount(arguments.endpoint, _new_name(), arguments.key)))
        return
    print(
        "Modelled, not measured: the charges come from `tests/cosmos_server`. For real ones:\n"
        "`COSMOS_KEY=… python -m benchmarks.request_charges --endpoint https://…`\n"
    )
    server = CosmosServer()
    server.start()
    _print(_measure(CosmosAccount(server.url, _new_name(), server.key)))
    server.stop()


def _measure(account: CosmosAccount) -> list[Row]:
    with _database(account), closing(CosmosStore(account)) as store:
        store.ping()
        rows = _of_items(store)
        template = get_item(store, HERE, understand_drop("bench/charges/0.jpg").item_id)
        assert template is not None
        present = REPEATS
        for size in SIZES:
            _fill(store, template.dump(), range(present, size))
            present = size
            row = f"status of a job of {size:,} items, {SHOWN} of them shown"
            rows.append(Row(row, _repeat(_status, store)))
        for number in range(JOBS):
            _job(store, f"job{number:03}")
        rows.append(Row(f"list {JOBS} jobs", _repeat(_list_jobs, store)))
        rows.append(Row("a sweep that finds nothing due", _repeat(_sweep, store)))
        return rows


def _of_items(store: StateStore) -> list[Row]:
    """What happens to each item once."""
    job = _job(store, HERE.job_id)
    rows = [Row(name, []) for name in ("claim an item", "begin it", "complete it", "read it")]
    for number in range(REPEATS):
        drop = understand_drop(f"bench/charges/{number}.jpg")
        source = Source(f"etag-{number}", 3_000_000)
        ref = ItemRef(**job.model_dump(), item_id=drop.item_id, revision=1)
        steps: list[Callable[[], object]] = [
            partial(claim_item, store, job, drop, source, NOW, 60),
            partial(begin_item, store, ref, NOW, 60),
            partial(complete_item, store, completed(ref), NOW, 60),
            partial(get_item, store, HERE, drop.item_id),
        ]
        for row, step in zip(rows, steps, strict=True):
            row.units.append(_charged(step))
    return rows


def _status(store: StateStore) -> None:
    job_view(store, HERE.tenant_id, HERE.job_id, JobQuery(limit=SHOWN))


def _list_jobs(store: StateStore) -> None:
    job_page(store, HERE.tenant_id, JobsQuery(limit=JOBS))


def _sweep(store: StateStore) -> None:
    store.due("item", ["queued", "processing"], datetime(2000, 1, 1, tzinfo=UTC), 500)


def _job(store: StateStore, name: str) -> Job:
    drop = understand_drop(f"bench/{name}/0.jpg")
    return ensure_job(store, drop, default_recipe, uuid.uuid4().hex, NOW)


def _fill(store: StateStore, template: dict[str, Any], numbers: range) -> None:
    """Add items like the template until the job has as many as asked."""
    documents = [{**template, "id": f"item.n{i:06}", "item_id": f"n{i:06}"} for i in numbers]
    for start in range(0, len(documents), MAX_BATCH):
        store.write(HERE, [Create(d) for d in documents[start : start + MAX_BATCH]])


def _repeat(operation: Callable[[StateStore], None], store: StateStore) -> list[float]:
    return [_charged(lambda: operation(store)) for _ in range(REPEATS)]


def _charged(operation: Callable[[], object]) -> float:
    with collect_charges() as charges:
        operation()
    return charges.total


def _print(rows: list[Row]) -> None:
    print("| Operation | Request units |")
    print("| --- | --- |")
    for operation, units in rows:
        print(f"| {operation} | {statistics.median(units):.1f} |")


@contextmanager
def _database(account: CosmosAccount) -> Iterator[None]:
    """The account's database, for as long as it is needed."""
    ensure(account)
    try:
        yield
    finally:
        with closing(open_client(account)) as client:
            client.delete_database(account.database)


def _new_name() -> str:
    return f"charges-{uuid.uuid4().hex[:12]}"


if __name__ == "__main__":
    main()
