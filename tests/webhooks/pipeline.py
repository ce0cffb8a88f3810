"""Items and jobs that come to their ends, as the pipeline brings them there."""

from datetime import datetime, timedelta
from typing import Any

from opal.documents import (
    CompleteItem,
    CompleteJob,
    Counters,
    Failure,
    InspectedPhoto,
    Item,
    ItemOutcome,
    ItemRef,
    ItemStatus,
    Job,
    JobRef,
    JobStatus,
    PackagedJob,
)
from opal.recipe import ExportPreset, Recipe, Scene
from opal.settings import Settings
from opal.state.contract import Create, Partition, StateStore
from opal.state.jobs import complete_job
from opal.state.progress import complete_item, fail_item
from opal.state.transition import get_job
from opal.webhooks.delivery import Delivery
from opal.webhooks.endpoints import EndpointRequest, create_endpoint
from opal.webhooks.outbox import Outbox

TENANT = "demo"
HERE = Partition(TENANT, "summer")
TRACE = "0af7651916cd43dd8448eb211c80319c"
JOB = JobRef(tenant_id=TENANT, job_id="summer", trace_id=TRACE)
BROKEN = Failure(code="photo_corrupt", message="The photo can't be read.")
RECIPE = Recipe(
    scenes=(Scene(name="white"),), exports=(ExportPreset(name="shop", width=100, height=100),)
)


def register(store: StateStore, settings: Settings, url: str, now: datetime, **more: Any) -> Any:
    """An endpoint of the tenant, with its secret."""
    return create_endpoint(store, settings, TENANT, EndpointRequest(url=url, **more), now)


def begin_job(store: StateStore, now: datetime, *names: str) -> list[ItemRef]:
    """A job whose items are all being processed."""
    counters = Counters(total=len(names), processing=len(names))
    job = Job(
        **JOB.model_dump(),
        status=JobStatus.PROCESSING,
        recipe=RECIPE,
        counters=counters,
        created_at=now,
        updated_at=now,
        last_item_at=now,
        due_at=now,
    )
    items = [
        Item(
            id=f"item.{name}",
            **JOB.model_dump(),
            item_id=name,
            filename=f"{name}.jpg",
            status=ItemStatus.PROCESSING,
            raw_path=f"raw/demo/summer/{name}.jpg",
            recipe_digest=RECIPE.digest,
            created_at=now,
            updated_at=now,
            due_at=now + timedelta(days=1),
        )
        for name in names
    ]
    store.write(HERE, [Create(document.dump()) for document in (job, *items)])
    return [ItemRef(**JOB.model_dump(), item_id=name, revision=1) for name in names]


def complete(store: StateStore, settings: Settings, ref: ItemRef, now: datetime) -> ItemOutcome:
    """What the activity `complete_item` does."""
    outbox = Outbox(store, settings, TENANT, now)
    done = CompleteItem(item=ref, photo=InspectedPhoto(sha256="00"), stages={}, outputs=())
    outcome = complete_item(store, done, now, settings.lease_s, outbox.operations)
    return outbox.of_item(ref, outcome)


def fail(store: StateStore, settings: Settings, ref: ItemRef, now: datetime) -> ItemOutcome:
    """What the activity `fail_item` does."""
    outbox = Outbox(store, settings, TENANT, now)
    outcome = fail_item(
        store, ref, BROKEN, "segment_product", now, settings.lease_s, outbox.operations
    )
    return outbox.of_item(ref, outcome)


def close(store: StateStore, settings: Settings, now: datetime) -> tuple[bool, Any]:
    """What the activity `complete_job` does."""
    job = get_job(store, HERE)
    assert job is not None
    outbox = Outbox(store, settings, TENANT, now)
    done = CompleteJob(job=JOB, package=PackagedJob(), settled_at=job.updated_at.isoformat())
    closed = complete_job(store, done, now, outbox.operations)
    return closed, outbox.deliveries_about(HERE, "job")


def deliveries(store: StateStore) -> list[Delivery]:
    """All deliveries of the job."""
    return [Delivery.parse(d) for d in store.page(HERE, "delivery", 100).documents]
