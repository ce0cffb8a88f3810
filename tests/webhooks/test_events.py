"""What receivers are told."""

from datetime import UTC, datetime

import pytest

from opal.documents import ITEM_FINAL, Failure, ItemStatus, JobStatus, Picture, Review
from opal.state.transition import get_item, get_job
from opal.webhooks.events import EventType, event_of
from tests.webhooks.pipeline import BROKEN, HERE, TRACE, begin_job, complete

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def job(store):
    begin_job(store, NOON, "mug", "pot")
    return get_job(store, HERE)


@pytest.fixture
def item(store, job):
    return get_item(store, HERE, "mug")


def ended(document, status, **more):
    return document.model_copy(update={"status": status, "updated_at": NOON, **more})


def test_an_items_end_is_told_small(item):
    event = event_of(ended(item, ItemStatus.COMPLETED))
    assert event.type is EventType.ITEM_COMPLETED
    assert event.payload == {
        "type": "item.completed",
        "timestamp": "2026-06-01T12:00:00+00:00",
        "data": {
            "tenant_id": "demo",
            "job_id": "summer",
            "item_id": "mug",
            "status": "completed",
            "trace_id": TRACE,
        },
    }


def test_a_failure_is_told_with_its_code_and_nothing_of_our_insides(item):
    broken = Failure(code="photo_corrupt", message="No.", retryable=True, retry_after_s=5)
    event = event_of(ended(item, ItemStatus.FAILED, error=broken))
    assert event.payload["data"]["error"] == {"code": "photo_corrupt", "message": "No."}


def test_an_earlier_failure_is_not_told_of_an_item_that_was_canceled(item):
    event = event_of(ended(item, ItemStatus.CANCELED, error=BROKEN))
    assert event.type is EventType.ITEM_CANCELED
    assert "error" not in event.payload["data"]


def test_a_photo_that_waits_for_a_person_is_told_with_the_reasons_and_no_paths(item):
    review = Review(
        review_id="0a" * 8,
        revision=1,
        about="cutout",
        subject="5f" * 32,
        reasons=("confidence 0.7 is below 0.8",),
        pictures=(Picture(name="cutout", path="work/demo/segment/x.png"),),
        asked_at=NOON,
        deadline=NOON,
    )
    event = event_of(item.model_copy(update={"status": ItemStatus.REVIEW, "reviews": (review,)}))
    assert event.type is EventType.ITEM_REVIEW
    assert event.payload["data"]["review"] == {
        "review_id": "0a" * 8,
        "about": "cutout",
        "reasons": ["confidence 0.7 is below 0.8"],
        "asked_at": "2026-06-01T12:00:00Z",
        "deadline": "2026-06-01T12:00:00Z",
    }
    assert "work/" not in str(event.payload)


def test_a_jobs_end_is_told_with_its_counters(job):
    event = event_of(ended(job, JobStatus.PARTIAL, completed_at=NOON))
    assert event.type is EventType.JOB_PARTIAL
    assert event.payload["data"]["counters"]["total"] == 2
    assert "item_id" not in event.payload["data"]


@pytest.mark.parametrize("status", sorted(set(ItemStatus) - ITEM_FINAL))
def test_nothing_is_told_of_an_item_that_goes_on(item, status):
    assert event_of(ended(item, status)) is None


@pytest.mark.parametrize("status", [JobStatus.CREATED, JobStatus.PROCESSING])
def test_nothing_is_told_of_a_job_that_goes_on(job, status):
    assert event_of(ended(job, status)) is None


def test_every_end_has_its_event(item, job):
    ends = [
        *(event_of(ended(item, s)) for s in ItemStatus),
        *(event_of(ended(job, s)) for s in JobStatus),
    ]
    told = {event.type for event in ends if event}
    assert told == set(EventType) - {EventType.ITEM_REVIEW}  # waits for a person, and is no end


def test_the_same_end_has_the_same_id_whenever_it_is_looked_at(store, settings):
    [ref] = begin_job(store, NOON, "mug")
    complete(store, settings, ref, NOON)
    once, again = (event_of(get_item(store, HERE, "mug")) for _ in range(2))
    assert once == again


def test_another_revision_item_job_tenant_or_status_is_another_event(item, job):
    done = ended(item, ItemStatus.COMPLETED)
    others = [
        done,
        *(
            done.model_copy(update=change)
            for change in (
                {"revision": 2},
                {"item_id": "pot"},
                {"job_id": "winter"},
                {"tenant_id": "rival"},
                {"status": ItemStatus.FAILED},
            )
        ),
        ended(job, JobStatus.COMPLETED, completed_at=NOON),
        ended(job, JobStatus.COMPLETED, completed_at=NOON.replace(hour=13)),
    ]
    assert len({event_of(other).id for other in others}) == len(others)
