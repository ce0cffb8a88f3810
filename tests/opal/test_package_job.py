"""Packaging: one ZIP of all that was made, streamed; what is gone is made again."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from activities.package_job import bp
from opal.documents import (
    CompleteItem,
    Failure,
    InspectedPhoto,
    Item,
    ItemRef,
    ItemStatus,
    JobRef,
    Output,
    PackagedJob,
)
from opal.errors import InternalError
from opal.job_options import default_recipe
from opal.names import understand_drop
from opal.state import get_store
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.contract import Partition
from opal.state.progress import complete_item, fail_item
from opal.state.transition import get_item, get_job

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HERE = Partition("demo", "summer")
ZIP = "outputs/demo/summer/job.zip"
JOB = JobRef(tenant_id="demo", job_id="summer", trace_id="trace")

pytestmark = pytest.mark.usefixtures("app")


def user_function(blueprint: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The function behind a blueprint's only builder, as the Functions worker calls it."""
    [builder] = blueprint._function_builders
    function: Callable[[dict[str, Any]], dict[str, Any]] = builder._function.get_user_function()
    return function


def package() -> PackagedJob:
    return PackagedJob.parse(user_function(bp)(JOB.dump()))


def claimed(name: str) -> ItemRef:
    drop = understand_drop(f"demo/summer/{name}")
    job = ensure_job(get_store(), drop, default_recipe, "trace", NOW)
    item = claim_item(get_store(), job, drop, Source("etag", 1), NOW, 60)
    assert item is not None
    return ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))


def completed(blobs: Any, name: str, pictures: dict[str, bytes]) -> Item:
    """An item with one output for each `scene/preset`."""
    ref = claimed(name)
    outputs = []
    for scene_and_preset, data in pictures.items():
        scene, preset = scene_and_preset.split("/")
        path = f"outputs/demo/summer/{ref.item_id}/{scene}/{preset}.jpg"
        blobs.write(path, data, "image/jpeg")
        outputs.append(
            Output(
                scene=scene,
                preset=preset,
                path=path,
                width=10,
                height=10,
                bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
                content_type="image/jpeg",
            )
        )
    done = CompleteItem(item=ref, photo=InspectedPhoto(), stages={}, outputs=tuple(outputs))
    complete_item(get_store(), done, NOW, 60)
    item = get_item(get_store(), HERE, ref.item_id)
    assert item is not None
    return item


def packed(blobs: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(blobs.read(ZIP))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_package_holds_every_output_of_every_completed_item(blobs):
    mug = completed(blobs, "mug.jpg", {"white/square": b"one", "studio/square": b"two"})
    cup = completed(blobs, "cup.jpg", {"white/square": b"three"})
    answer = package()
    assert (answer.path, answer.files, answer.bytes, answer.reopened) == (ZIP, 3, 11, 0)
    assert packed(blobs) == {
        f"{mug.item_id}/white/square.jpg": b"one",
        f"{mug.item_id}/studio/square.jpg": b"two",
        f"{cup.item_id}/white/square.jpg": b"three",
    }


def test_items_that_failed_or_are_under_way_are_left_out(blobs):
    completed(blobs, "mug.jpg", {"white/square": b"one"})
    claimed("cup.jpg")
    failure = Failure(code="x", message="x")
    fail_item(get_store(), claimed("pot.jpg"), failure, "inspect_photo", NOW, 60)
    assert package().files == 1


def test_a_job_without_outputs_has_no_package(blobs):
    claimed("mug.jpg")
    assert package() == PackagedJob()
    assert blobs.properties(ZIP) is None


def test_packaging_again_replaces_the_package(blobs):
    completed(blobs, "mug.jpg", {"white/square": b"one"})
    first = package()
    assert package() == first
    completed(blobs, "cup.jpg", {"white/square": b"two"})
    assert package().files == 2
    assert len(packed(blobs)) == 2


def test_a_package_of_more_items_than_a_page_and_larger_than_a_block_is_whole(blobs):
    big = bytes(range(256)) * 20_000
    completed(blobs, "big.jpg", {"white/square": big, "studio/square": big[::-1]})
    for number in range(110):
        completed(blobs, f"{number}.jpg", {"white/square": str(number).encode()})
    assert package().files == 112
    contents = packed(blobs)
    assert len(contents) == 112
    assert big in contents.values()


def test_an_output_that_is_gone_reopens_its_item_and_no_other(blobs):
    mug = completed(blobs, "mug.jpg", {"white/square": b"one", "studio/square": b"two"})
    cup = completed(blobs, "cup.jpg", {"white/square": b"three"})
    blobs.delete(mug.outputs[1].path)
    assert package() == PackagedJob(reopened=1)
    statuses = [get_item(get_store(), HERE, i.item_id).status for i in (mug, cup)]
    assert statuses == [ItemStatus.QUEUED, ItemStatus.COMPLETED]
    counters = get_job(get_store(), HERE).counters
    assert (counters.queued, counters.completed, counters.total) == (1, 1, 2)


def test_a_package_that_could_not_be_made_whole_leaves_the_old_one(blobs):
    completed(blobs, "mug.jpg", {"white/square": b"one"})
    package()
    cup = completed(blobs, "cup.jpg", {"white/square": b"two"})
    blobs.delete(cup.outputs[0].path)
    package()
    assert len(packed(blobs)) == 1


def test_a_message_that_cannot_be_read_is_an_internal_error():
    with pytest.raises(InternalError) as caught:
        user_function(bp)({"tenant_id": "demo"})
    assert not caught.value.retryable
