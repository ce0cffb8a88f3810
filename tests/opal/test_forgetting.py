"""Finished work is forgotten after its time, where one is set, and never made again for that."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from opal.documents import (
    CompleteItem,
    CompleteJob,
    Failure,
    InspectedPhoto,
    ItemRef,
    JobRef,
    PackagedJob,
)
from opal.intake import take_in
from opal.settings import load_settings
from opal.state.canceling import retry_item
from opal.state.claims import Source
from opal.state.contract import Partition
from opal.state.jobs import complete_job, settle_job
from opal.state.progress import complete_item, fail_item
from opal.state.transition import get_item, get_job
from opal.sweeping import take_in_missed

HERE = Partition("demo", "summer")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BROKEN = Failure(code="photo_truncated", message="The photo ends before its end.")


@pytest.fixture
def mug(store, blobs, settings) -> ItemRef:
    take_in(store, blobs, settings, "demo/summer/mug.jpg", Source("etag", 1), NOW)
    [document] = store.page(HERE, "item", 10).documents
    return ItemRef(**{name: document[name] for name in ItemRef.model_fields})


def close(store, ttl_s: int | None) -> None:
    settlement = settle_job(store, HERE, NOW + timedelta(hours=1), 0.0)
    ref = JobRef(tenant_id="demo", job_id="summer", trace_id="trace")
    done = CompleteJob(job=ref, package=PackagedJob(), settled_at=settlement.settled_at)
    assert complete_job(store, done, NOW, ttl_s=ttl_s)


def test_a_finished_item_and_its_job_are_gone_after_their_time(store, mug):
    done = CompleteItem(item=mug, photo=InspectedPhoto(), stages={}, outputs=())
    complete_item(store, done, NOW, 60.0, ttl_s=1)
    close(store, 1)
    assert get_item(store, HERE, mug.item_id) is not None
    time.sleep(1.1)
    assert get_item(store, HERE, mug.item_id) is None
    assert get_job(store, HERE) is None


def test_what_is_taken_up_again_stays(store, mug):
    fail_item(store, mug, BROKEN, "inspect_photo", NOW, 60.0, ttl_s=1)
    close(store, 1)
    retry_item(store, HERE, mug.item_id, NOW, 60.0)
    time.sleep(1.1)
    assert get_item(store, HERE, mug.item_id) is not None
    assert get_job(store, HERE) is not None


def test_without_a_set_time_nothing_is_forgotten(store, mug):
    fail_item(store, mug, BROKEN, "inspect_photo", NOW, 60.0)
    close(store, None)
    for id in ("job", f"item.{mug.item_id}"):
        assert "ttl" not in store.read(HERE, id).document


@pytest.mark.parametrize(
    ("age", "taken"), [(timedelta(hours=20), True), (timedelta(days=3), False)]
)
def test_a_photo_whose_item_may_be_forgotten_is_not_taken_for_a_missed_one(
    store, blobs, environment, age, taken
):
    settings = load_settings({**environment, "OPAL_JOB_TTL": "172800"})
    blobs.write("raw/demo/summer/mug.jpg", b"photo", "image/jpeg")
    starts = take_in_missed(store, blobs, settings, datetime.now(UTC) + age)
    assert bool(starts) == taken
