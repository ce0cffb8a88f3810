"""What the SQLite file holds after its writer was killed."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from opal.errors import DependencyDown
from opal.state.contract import Create, Partition
from opal.state.sqlite import SqliteStore

ROOT = Path(__file__).resolve().parents[2]
HERE = Partition("demo", "summer")
BATCH = 100

_WRITER = f"""
import sys
import time
from opal.state.contract import Create, Partition, Patch
from opal.state.sqlite import SqliteStore

here = Partition("demo", "summer")
store = SqliteStore(sys.argv[1])
place = {{"kind": "item", **here._asdict()}}
number = int(sys.argv[2])
while True:
    items = [Create({{"id": f"{{number:06}}.{{i:02}}", **place}}) for i in range({BATCH} - 1)]
    store.write(here, [*items, Patch("job", add={{"/batches": 1}})])
    print(number, flush=True)
    number += 1
"""


def test_a_killed_writer_leaves_only_whole_batches_and_all_that_it_was_told_are_written(tmp_path):
    path = str(tmp_path / "s.sqlite")
    store = SqliteStore(path)
    store.write(HERE, [Create({"id": "job", "kind": "job", **HERE._asdict(), "batches": 0})])
    acknowledged = 0
    for turn in range(6):
        command = [sys.executable, "-c", _WRITER, path, str(turn * 100_000)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for _ in range(8 + 3 * turn):
                assert writer.stdout.readline()
            time.sleep(0.002 + 0.0017 * turn)  # into the middle of some batch
            writer.kill()
            rest = writer.stdout.read().count("\n")
            acknowledged += 8 + 3 * turn + rest
        batches = store.read(HERE, "job").document["batches"]
        assert batches >= acknowledged
        per_batch: dict[str, int] = {}
        for id in _all_ids(store):
            per_batch[id.split(".")[0]] = per_batch.get(id.split(".")[0], 0) + 1
        assert set(per_batch.values()) == {BATCH - 1}
        assert len(per_batch) == batches
    store.close()


def test_a_file_that_cannot_be_opened_is_a_dependency_that_is_down(tmp_path):
    with pytest.raises(DependencyDown):
        SqliteStore(str(tmp_path))


def test_the_folder_of_the_file_is_made(tmp_path):
    path = tmp_path / "new" / "folder" / "s.sqlite"
    SqliteStore(str(path)).close()
    assert path.exists()


def _all_ids(store: SqliteStore) -> list[str]:
    ids: list[str] = []
    continuation: str | None = None
    while True:
        page = store.page(HERE, "item", 1000, continuation)
        ids += [d["id"] for d in page.documents]
        continuation = page.continuation
        if continuation is None:
            return ids
