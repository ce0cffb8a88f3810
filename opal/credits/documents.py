"""The documents of the container `ledger`; all of a tenant's lie in one partition."""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Literal

from opal.documents import Document, ItemRef, StoredDocument, sort_key_of
from opal.state.containers import Container
from opal.state.contract import Partition


def ledger_of(tenant_id: str) -> Partition:
    """The partition of a tenant's ledger."""
    return Partition(tenant_id, container=Container.LEDGER)


class Balance(StoredDocument):
    """What a tenant can spend, and what is held for photos under way.

    `available` is below zero only when credits were refunded that had been spent already.
    `month_budget` overrides the setting of this name, if it is not None.
    """

    id: Literal["balance"] = "balance"
    kind: Literal["balance"] = "balance"
    tenant_id: str
    available: int = 0
    held: int = 0
    month_budget: int | None = None


class Spending(StoredDocument):
    """What a budget counts: the credits that are held or charged, of a job or of a UTC month."""

    id: str
    kind: Literal["spending"] = "spending"
    tenant_id: str
    committed: int = 0


class Charge(ItemRef):
    """What a revision of an item costs at most, and what tells it from other work.

    `amount` has `enlarging` credits for each of `scenes`, which are charged only for those that
    had to be enlarged.
    """

    source_etag: str
    recipe_digest: str
    amount: int
    scenes: int = 0
    enlarging: int = 0

    @property
    def work_id(self) -> str:
        """Names the work, this recipe on this photo: what is charged once."""
        text = f"{self.source_etag}/{self.recipe_digest}"
        return f"{self.job_id}.{self.item_id}.{hashlib.sha256(text.encode()).hexdigest()[:20]}"


def revision_id(ref: ItemRef) -> str:
    """Names the revision of an item: what is held once."""
    return f"{ref.job_id}.{ref.item_id}.r{ref.revision}"


class HoldStatus(StrEnum):
    """`open → captured | released`; a hold ends once."""

    OPEN = "open"
    CAPTURED = "captured"
    RELEASED = "released"


class Hold(StoredDocument, Charge):
    """Credits that are set aside for a revision of an item.

    `turn` counts the holds under this id: an item that expired and came back begins again with
    its first revision. `month` (UTC, `YYYY-MM`) is the one whose budget it counts in. `due_at`
    is when the sweeper looks what became of the item.
    """

    id: str
    kind: Literal["hold"] = "hold"
    status: HoldStatus = HoldStatus.OPEN
    turn: int = 1
    month: str
    created_at: datetime
    ended_at: datetime | None = None
    due_at: datetime


class Reason(StrEnum):
    """Why an entry was made."""

    HOLD = "hold"
    CAPTURE = "capture"
    RELEASE = "release"
    GRANT = "grant"
    PURCHASE = "purchase"
    REFUND = "refund"


class Entry(StoredDocument):
    """A change of the balance; entries are only ever added.

    The sums of `available` and `held` over all entries are the balance; `delta` is what the
    tenant has more or less by this one. `ref` names the cause: an item's revision, a payment,
    or the caller's own text.
    """

    id: str
    kind: Literal["entry"] = "entry"
    tenant_id: str
    reason: Reason
    available: int
    held: int
    delta: int
    ref: str
    note: str = ""
    job_id: str | None = None
    item_id: str | None = None
    created_at: datetime
    sort_key: str


class EntryPage(Document):
    """Entries, newest first, and where the next page begins; None at the end."""

    entries: tuple[Entry, ...]
    continuation: str | None


def new_entry(
    tenant_id: str,
    reason: Reason,
    id: str,
    ref: str,
    now: datetime,
    *,
    available: int = 0,
    held: int = 0,
    note: str = "",
) -> Entry:
    """The entry `entry.{reason}.{id}`."""
    whole = entry_id(reason, id)
    return Entry(
        id=whole,
        tenant_id=tenant_id,
        reason=reason,
        available=available,
        held=held,
        delta=available + held,
        ref=ref,
        note=note,
        created_at=now,
        sort_key=sort_key_of(now, whole),
    )


def entry_id(reason: Reason, id: str) -> str:
    """The id of an entry's document."""
    return f"entry.{reason.value}.{id}"
