"""The stages of an item that is processing."""

from datetime import datetime, timedelta

from opal.documents import ItemRef, ItemStatus, Stage
from opal.errors import RunEnded
from opal.state.contract import Replace, StateStore
from opal.state.transition import (
    job_patch,
    moved_counters,
    partition_of,
    racing,
    require_item,
)

_ORDER = list(Stage)


def enter_stage(
    store: StateStore, ref: ItemRef, stage: Stage, now: datetime, lease_s: float
) -> None:
    """Note that the item has come to a stage, and renew its lease; one read if it is there.

    Raises `RunEnded` when the run has nothing more to do: the item was canceled, has a newer
    revision, or is finished. No stage is paid for after that.
    """
    partition = partition_of(ref)

    def attempt() -> None:
        stored, item = require_item(store, partition, ref.item_id)
        if item.revision != ref.revision or item.status is not ItemStatus.PROCESSING:
            raise RunEnded(f"The item is {item.status.value}, in revision {item.revision}.")
        if item.stage is not None and _ORDER.index(item.stage) >= _ORDER.index(stage):
            return
        changed = item.model_copy(
            update={
                "stage": stage,
                "updated_at": now,
                "due_at": now + timedelta(seconds=lease_s),
            }
        )
        moved = moved_counters(item, ItemStatus.PROCESSING, stage)
        store.write(
            partition, [Replace(changed.dump(), stored.etag), job_patch(moved, now, lease_s)]
        )

    racing(attempt)
