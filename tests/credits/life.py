"""What the credits' tests share: a job with a photo, its run, and the books' balance."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from opal.credits.accounts import balance, job_account, month_account
from opal.credits.documents import Charge, Entry, Hold, HoldStatus, Spending, ledger_of
from opal.credits.items import hold_or_block, settle_credits
from opal.documents import (
    CompleteItem,
    Failure,
    InspectedPhoto,
    InspectRequest,
    Item,
    ItemRef,
    Job,
    StageResult,
)
from opal.names import item_id_of, understand_drop
from opal.recipe import ExportPreset, ExportSource, Recipe, Scene
from opal.settings import Settings
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.contract import Partition, Replace, StateStore
from opal.state.iterating import all_documents
from opal.state.progress import begin_item, complete_item, fail_item
from opal.state.transition import get_item, get_job

TENANT, JOB = "demo", "summer"
HERE = Partition(TENANT, JOB)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEASE = 60.0
MUG = item_id_of("mug.jpg")
BROKEN = Failure(code="photo_corrupt", message="The photo can't be read.")
SQUARE = ExportPreset(name="square", width=2000, height=2000)
CUTOUT = ExportPreset(
    name="cutout", source=ExportSource.CUTOUT, width=2000, height=2000, format="png"
)


def recipe_of(*scenes: str, exports: tuple[ExportPreset, ...] = (SQUARE,)) -> Recipe:
    return Recipe(scenes=tuple(Scene(name=name) for name in scenes), exports=exports)


PLAIN = recipe_of("white")
"""Costs 4: segment, place, upscale and export once each."""
STUDIO = recipe_of("studio")
"""Costs 5: the studio is one more."""


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class Figures(NamedTuple):
    """A tenant's balance."""

    available: int
    held: int


def figures(store: StateStore, tenant_id: str = TENANT) -> Figures:
    owned = balance(store, tenant_id)
    return Figures(owned.available, owned.held)


def spent(store: StateStore, account: str) -> int:
    stored = store.read(ledger_of(TENANT), account)
    return Spending.parse(stored.document).committed if stored else 0


def entries(store: StateStore, tenant_id: str = TENANT) -> list[Entry]:
    return [Entry.parse(d) for d in all_documents(store, ledger_of(tenant_id), "entry")]


def reasons(store: StateStore) -> list[str]:
    """Why the entries were made, in alphabetical order."""
    return sorted(entry.reason.value for entry in entries(store))


def holds(store: StateStore) -> list[Hold]:
    return [Hold.parse(d) for d in all_documents(store, ledger_of(TENANT), "hold")]


def assert_books_balance(store: StateStore) -> None:
    """The entries add up to the balance, the open holds to what is held, the rest to budgets."""
    made, found = entries(store), figures(store)
    assert sum(entry.available for entry in made) == found.available
    assert sum(entry.held for entry in made) == found.held
    assert all(entry.delta == entry.available + entry.held for entry in made)
    still_open = [hold for hold in holds(store) if hold.status is HoldStatus.OPEN]
    assert sum(hold.amount for hold in still_open) == found.held
    committed = -sum(e.available for e in made if e.reason in {"hold", "release", "capture"})
    counted = list(all_documents(store, ledger_of(TENANT), "spending"))
    months = [d for d in counted if d["id"].startswith(month_account(""))]
    assert sum(month["committed"] for month in months) == committed
    assert spent(store, job_account(JOB)) == committed


def charge(revision: int = 1, amount: int = 4, etag: str = "content-1", item: str = MUG) -> Charge:
    return Charge(
        tenant_id=TENANT,
        job_id=JOB,
        item_id=item,
        revision=revision,
        trace_id="trace",
        source_etag=etag,
        recipe_digest=PLAIN.digest,
        amount=amount,
    )


def take(
    store: StateStore, name: str = "mug.jpg", content: str = "content-1", recipe: Recipe = PLAIN
) -> ItemRef:
    """A photo comes; names the run that is to start."""
    drop = understand_drop(f"{TENANT}/{JOB}/{name}")
    job = ensure_job(store, drop, lambda: recipe, "trace", NOW)
    item = claim_item(store, job, drop, Source(content, 1000), NOW, LEASE)
    assert item is not None
    return ref_of(item)


def ref_of(item: Item) -> ItemRef:
    return ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))


def item_of(store: StateStore, ref: ItemRef) -> Item:
    item = get_item(store, HERE, ref.item_id)
    assert item is not None
    return item


def job_of(store: StateStore) -> Job:
    job = get_job(store, HERE)
    assert job is not None
    return job


def give_budget(store: StateStore, budget: int) -> None:
    """Limit what the job may cost."""
    stored = store.read(HERE, "job")
    assert stored is not None
    store.write(HERE, [Replace({**stored.document, "budget": budget}, stored.etag)])


def inspect(store: StateStore, settings: Settings, ref: ItemRef, now: datetime = NOW) -> str | None:
    """What `inspect_photo` does to the store: begin, and then hold."""
    skip = begin_item(store, ref, now, LEASE)
    if skip is not None:
        return skip
    work = InspectRequest(item=ref, raw_path="raw/demo/summer/mug.jpg", recipe=PLAIN)
    return hold_or_block(store, settings, work, now)


def complete(
    store: StateStore,
    settings: Settings,
    ref: ItemRef,
    now: datetime = NOW,
    *,
    enlarged: bool = True,
) -> None:
    """What `complete_item` does to the store."""
    placed = stage("work/placed.png")
    after = stage("work/larger.png") if enlarged else placed
    stages = {"place.white": placed, "upscale.white": after}
    done = CompleteItem(item=ref, photo=InspectedPhoto(), stages=stages, outputs=())
    complete_item(store, done, now, LEASE)
    settle_credits(store, settings, ref, now)


def fail(store: StateStore, settings: Settings, ref: ItemRef, now: datetime = NOW) -> None:
    """What `fail_item` does to the store."""
    fail_item(store, ref, BROKEN, "segment_product", now, LEASE)
    settle_credits(store, settings, ref, now)


def stage(path: str) -> StageResult:
    return StageResult(path=path, width=10, height=10, bytes=10, sha256="0" * 64)
