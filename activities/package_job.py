"""Pack all outputs of a job into one ZIP."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain

import azure.durable_functions as df
from zipstream import ZIP_STORED, ZipStream

from activities.consistency import SetConsistency
from opal.blobs import Blobs, get_blobs
from opal.boundary import activity_boundary
from opal.documents import Item, ItemStatus, JobRef, Json, Output, PackagedJob
from opal.errors import NotFound
from opal.names import package_path
from opal.state import get_store
from opal.state.claims import reopen_item
from opal.state.contract import Partition, StateStore
from opal.state.iterating import all_items
from opal.state.transition import require_job

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@activity_boundary
def package_job(request: Json) -> Json:
    """Stream `outputs/{tenant}/{job}/job.zip` block by block; memory does not grow with it.

    The pictures are compressed already, so they are stored as they are. The blob appears whole,
    when its last block is committed. An output that is gone reopens its item instead.
    """
    job = JobRef.parse(request)
    store, blobs, partition = get_store(), get_blobs(), Partition(job.tenant_id, job.job_id)
    _, stored = require_job(store, partition)
    alike = SetConsistency(stored.recipe)
    outputs = _outputs(store, partition, alike)
    first = next(outputs, None)
    if first is None:
        return PackagedJob().dump()
    packed: list[int] = []
    path = package_path(job.tenant_id, job.job_id)
    try:
        archive = _archive(blobs, chain([first], outputs), packed)
        blobs.write(path, archive, "application/zip")
    except NotFound:
        return PackagedJob(reopened=_reopen_items_without_outputs(blobs, job)).dump()
    return PackagedJob(
        path=path, files=len(packed), bytes=sum(packed), consistency=alike.figures
    ).dump()


def _archive(
    blobs: Blobs, outputs: Iterable[tuple[str, Output]], packed: list[int]
) -> Iterator[bytes]:
    """The ZIP's bytes, one output open at a time; `packed` gets the size of each."""
    archive = ZipStream(compress_type=ZIP_STORED)
    for name, output in outputs:
        archive.add(blobs.chunks(output.path), arcname=name)
        yield from archive.all_files()
        packed.append(output.bytes)
    yield from archive.finalize()


def _reopen_items_without_outputs(blobs: Blobs, job: JobRef) -> int:
    """Queue again what is not there although it was made; the sweeper starts it."""
    store, partition = get_store(), Partition(job.tenant_id, job.job_id)
    now = datetime.now(UTC)
    lost = {
        item.item_id
        for item in _completed_items(store, partition)
        if any(blobs.properties(output.path) is None for output in item.outputs)
    }
    return sum(reopen_item(store, partition, item_id, now) for item_id in sorted(lost))


def _completed_items(store: StateStore, partition: Partition) -> Iterator[Item]:
    for item in all_items(store, partition):
        if item.status is ItemStatus.COMPLETED:
            yield item


def _outputs(
    store: StateStore, partition: Partition, alike: SetConsistency
) -> Iterator[tuple[str, Output]]:
    """All outputs of completed items, by their names inside the ZIP; `alike` sees each item."""
    for item in _completed_items(store, partition):
        alike.add(item)
        for output in item.outputs:
            extension = output.path.rsplit(".", 1)[-1]
            yield f"{item.item_id}/{output.scene}/{output.preset}.{extension}", output
