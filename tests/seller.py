"""What a seller has on the disk and what the pipeline makes of it, for tests of the client."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from opal.blobs import get_blobs
from opal.documents import Item, JobStatus, Output
from opal.names import OUTPUTS
from opal.state import get_store
from opal.state.contract import Delete, Partition, Patch, Replace
from opal.state.iterating import all_documents
from opal.state.transition import item_document_id


def write_photos(folder: Path, *names: str) -> Path:
    """Small photos, each of its own colour; answers the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        colour = hashlib.sha256(f"{folder}/{name}".encode()).hexdigest()[:6]
        file = io.BytesIO()
        Image.new("RGB", (8, 8), f"#{colour}").save(file, "PNG")
        (folder / name).write_bytes(file.getvalue())
    return folder


def finish(tenant_id: str, job_id: str, *item_ids: str, failed: str | None = None) -> None:
    """Do as the pipeline does: outputs in storage, items and job completed.

    The item named by `failed` fails instead.
    """
    store, partition = get_store(), Partition(tenant_id, job_id)
    for item_id in item_ids:
        stored = store.read(partition, item_document_id(item_id))
        assert stored is not None
        item = Item.parse(stored.document)
        data = f"picture of {item_id}".encode()
        path = f"{OUTPUTS}/{tenant_id}/{job_id}/{item_id}/white/square.jpg"
        get_blobs().write(path, data, "image/jpeg")
        output = Output(
            scene="white",
            preset="square",
            path=path,
            width=8,
            height=8,
            bytes=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            content_type="image/jpeg",
        )
        gone = item_id == failed
        done = item.dump() | {
            "status": "failed" if gone else "completed",
            "stage": None,
            "outputs": [] if gone else [output.dump()],
            "error": {"code": "no_product_found", "message": "No product."} if gone else None,
        }
        store.write(partition, [Replace(done, stored.etag)])
    _close_job(partition, len(item_ids), failed is not None)


def _close_job(partition: Partition, items: int, failed: bool) -> None:
    store, now = get_store(), datetime.now(UTC)
    stored = store.read(partition, "job")
    assert stored is not None
    counters = dict.fromkeys(stored.document["counters"], 0)
    counters |= {"total": items, "completed": items - failed, "failed": int(failed)}
    package = f"{OUTPUTS}/{partition.tenant_id}/{partition.job_id}/job.zip"
    get_blobs().write(package, b"PK of the job", "application/zip")
    job = stored.document | {
        "package_path": package,
        "status": (JobStatus.PARTIAL if failed else JobStatus.COMPLETED).value,
        "counters": counters,
        "completed_at": (now + timedelta(seconds=1)).isoformat(),
    }
    store.write(partition, [Replace(job, stored.etag)])


def expire(tenant_id: str, job_id: str, item_id: str) -> None:
    """Do as the sweeper does with a photo that never came."""
    store, partition = get_store(), Partition(tenant_id, job_id)
    stored = store.read(partition, item_document_id(item_id))
    assert stored is not None
    error = {"code": "upload_missing", "message": "The photo never came."}
    store.write(
        partition,
        [
            Replace(stored.document | {"status": "failed", "error": error}, stored.etag),
            Patch("job", add={"/counters/created": -1, "/counters/failed": 1}),
        ],
    )


def remove_job(tenant_id: str, job_id: str) -> None:
    """Do as expiry does."""
    store, partition = get_store(), Partition(tenant_id, job_id)
    for id in ["job", *(d["id"] for d in all_documents(store, partition, "item"))]:
        stored = store.read(partition, id)
        assert stored is not None
        store.write(partition, [Delete(id, stored.etag)])
