"""What orchestrations do to items and jobs, done at once: the app's own activities, without pixels.

A finished item has one output, whose blob is there.
"""

import hashlib
from typing import Any

from opal.blobs import get_blobs
from opal.documents import (
    CompleteItem,
    CompleteJob,
    FailItem,
    Failure,
    InspectedPhoto,
    Item,
    ItemRef,
    JobRef,
    JobSettlement,
    Output,
    PackagedJob,
    Picture,
    ReviewRequest,
)
from opal.names import WORK, outputs_of_item
from opal.state import get_store
from opal.state.contract import Partition
from opal.state.transition import get_item, get_job
from tests.telemetry.fresh_app import fresh_app

PICTURE = b"a finished picture"
_ACTIVITIES = {f.get_function_name(): f.get_user_function() for f in fresh_app().get_functions()}


def complete_item(partition: Partition, item_id: str) -> None:
    """Bring a queued item to its good end."""
    item = _item(partition, item_id)
    path = f"{outputs_of_item(item.tenant_id, item.job_id, item.item_id)}white/square.jpg"
    get_blobs().write(path, PICTURE, "image/jpeg")
    output = Output(
        scene="white",
        preset="square",
        path=path,
        width=4,
        height=3,
        bytes=len(PICTURE),
        sha256=hashlib.sha256(PICTURE).hexdigest(),
        content_type="image/jpeg",
    )
    done = CompleteItem(item=ItemRef.of(item), photo=InspectedPhoto(), stages={}, outputs=(output,))
    run("complete_item", done.dump())


def fail_item(partition: Partition, item_id: str) -> None:
    """Bring an item to a bad end."""
    failure = Failure(code="no_product_found", message="There is nothing in the picture.")
    failed = FailItem(item=ItemRef.of(_item(partition, item_id)), failure=failure, stage="segment")
    run("fail_item", failed.dump())


def ask_for_review(partition: Partition, item_id: str) -> None:
    """Bring a queued item to where a person must look at its cut-out."""
    item = _item(partition, item_id)
    path = f"{WORK}/{item.tenant_id}/segment/{item_id}.png"
    get_blobs().write(path, PICTURE, "image/png")
    asked = ReviewRequest(
        item=ItemRef.of(item),
        about="cutout",
        subject=hashlib.sha256(PICTURE).hexdigest(),
        reasons=("confidence 0.7 is below 0.8",),
        pictures=(Picture(name="cutout", path=path),),
    )
    run("ask_for_review", asked.dump())


def finish_job(partition: Partition) -> None:
    """Package and close a job whose items have all ended."""
    job = get_job(get_store(), partition)
    assert job is not None
    ref = JobRef(**job.model_dump(include=set(JobRef.model_fields)))
    settled = JobSettlement.parse(run("settle_job", ref.dump()))
    assert settled.verdict == "finish"
    package = PackagedJob.parse(run("package_job", ref.dump()))
    closing = CompleteJob(job=ref, package=package, settled_at=settled.settled_at)
    assert run("complete_job", closing.dump())["closed"]


def run(activity: str, request: dict[str, Any]) -> dict[str, Any]:
    """The answer of an activity of the app."""
    answer: dict[str, Any] = _ACTIVITIES[activity](request)
    return answer


def _item(partition: Partition, item_id: str) -> Item:
    item = get_item(get_store(), partition, item_id)
    assert item is not None
    return item
