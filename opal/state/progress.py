"""How an item goes on: begun, completed or failed, and its lease."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from opal.documents import (
    ITEM_FINAL,
    CompleteItem,
    Completion,
    Failure,
    Item,
    ItemOutcome,
    ItemRef,
    ItemStatus,
    Job,
    Stage,
    StageResult,
)
from opal.state.contract import Replace, StateStore
from opal.state.transition import (
    Announce,
    get_job,
    job_patch,
    moved_counters,
    partition_of,
    racing,
    replace_if_unchanged,
    require_item,
)


def begin_item(store: StateStore, ref: ItemRef, now: datetime, lease_s: float) -> str | None:
    """Mark the item as processing and renew its lease; a text says why there is nothing to do."""
    partition = partition_of(ref)

    def attempt() -> str | None:
        stored, item = require_item(store, partition, ref.item_id)
        if item.revision != ref.revision:
            return "superseded by a newer revision"
        if item.status in ITEM_FINAL:
            return f"already {item.status.value}"
        changed = item.model_copy(
            update={
                "status": ItemStatus.PROCESSING,
                "stage": Stage.INSPECT,
                "processing_started_at": item.processing_started_at or now,
                "updated_at": now,
                "due_at": now + timedelta(seconds=lease_s),
                "waiting_since": item.waiting_since or now,
            }
        )
        moved = moved_counters(item, ItemStatus.PROCESSING, Stage.INSPECT)
        store.write(
            partition,
            [Replace(changed.dump(), stored.etag), job_patch(moved, now, lease_s)],
        )
        return None

    return racing(attempt)


def complete_item(
    store: StateStore,
    done: CompleteItem,
    now: datetime,
    lease_s: float,
    announce: Announce = lambda _: (),
    ttl_s: int | None = None,
) -> ItemOutcome:
    """Store what was made of the item and count it as completed.

    With `ttl_s` the item is forgotten that many seconds later, if nothing happens to it.
    """
    changes = {
        "photo": {**done.photo.facts, "sha256": done.photo.sha256},
        "stages": {name: stage.path for name, stage in done.stages.items()},
        "outputs": done.outputs,
        "quality": {name: stage.quality for name, stage in done.stages.items()},
        "ai_metadata": {name: stage.model for name, stage in done.stages.items() if stage.model},
        "timings_ms": {
            "inspect": done.photo.elapsed_ms,
            **{name: _total_ms(stage.timings_ms) for name, stage in done.stages.items()},
        },
        "error": None,
        "failed_stage": None,
        "ttl": ttl_s,
    }
    completion = Completion(revision=done.item.revision, enlarged=_enlarged(done.stages))
    return _finish_item(
        store,
        done.item,
        ItemStatus.COMPLETED,
        changes,
        now,
        lease_s,
        announce,
        (completion,),
    )


def fail_item(
    store: StateStore,
    ref: ItemRef,
    failure: Failure,
    stage: str,
    now: datetime,
    lease_s: float,
    announce: Announce = lambda _: (),
    ttl_s: int | None = None,
) -> ItemOutcome:
    """Store why and in which stage the item failed, and count it as failed."""
    changes = {"error": failure, "failed_stage": stage, "ttl": ttl_s}
    return _finish_item(store, ref, ItemStatus.FAILED, changes, now, lease_s, announce)


def _finish_item(
    store: StateStore,
    ref: ItemRef,
    status: ItemStatus,
    changes: Mapping[str, object],
    now: datetime,
    lease_s: float,
    announce: Announce,
    completions: tuple[Completion, ...] = (),
) -> ItemOutcome:
    partition = partition_of(ref)

    def attempt() -> ItemOutcome:
        stored, item = require_item(store, partition, ref.item_id)
        if item.revision != ref.revision:
            return ItemOutcome(superseded=True)
        if item.status in ITEM_FINAL:
            job = get_job(store, partition)
            return ItemOutcome(job_settled=job is not None and job.settled)
        changed = item.model_copy(
            update={
                **changes,
                "status": status,
                "stage": None,
                "completions": item.completions + completions,
                "processing_completed_at": now,
                "updated_at": now,
                "waiting_since": None,
            }
        )
        _, job_after, *_ = store.write(
            partition,
            [
                Replace(changed.dump(), stored.etag),
                job_patch(moved_counters(item, status), now, lease_s),
                *announce(changed),
            ],
        )
        return ItemOutcome(job_settled=Job.parse(job_after.document).settled)

    return racing(attempt)


def renew_item(
    store: StateStore, item: Item, now: datetime, lease_s: float, *, restart: bool
) -> bool:
    """Push the item's lease ahead; with `restart`, count it. False if it moved meanwhile."""
    return replace_if_unchanged(
        store,
        partition_of(item),
        item,
        due_at=now + timedelta(seconds=lease_s),
        restarts=item.restarts + int(restart),
    )


def _enlarged(stages: Mapping[str, StageResult]) -> int:
    """How many scenes were enlarged; one that was large enough is passed on as it was placed."""
    placed = {stage.path for name, stage in stages.items() if name.startswith("place.")}
    after = [stage.path for name, stage in stages.items() if name.startswith("upscale.")]
    return sum(path not in placed for path in after)


def _total_ms(timings: dict[str, float]) -> float:
    return timings.get("total", 0.0)
