"""The stored documents of a job: the job itself and its items.

Both live in one logical partition, `(tenant_id, job_id)`, so that one transaction can move an
item and the job's counters together.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from opal.documents.base import Document, StoredDocument
from opal.documents.failure import Failure
from opal.documents.reviews import Review
from opal.gate import Fidelity
from opal.recipe import Recipe


class JobStatus(StrEnum):
    """`created → processing → completed | partial | failed | canceled`."""

    CREATED = "created"
    PROCESSING = "processing"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELED = "canceled"


class ItemStatus(StrEnum):
    """`created → uploaded → queued → processing → (review →) completed | failed | canceled`.

    From `queued` or `processing` an item without credit goes to `blocked`, and back to `queued`
    when there is credit again. From `review`, where a person looks at it, it goes back to
    `processing` once it is approved.
    """

    CREATED = "created"
    UPLOADED = "uploaded"
    QUEUED = "queued"
    PROCESSING = "processing"
    REVIEW = "review"
    BLOCKED = "blocked"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"


class Stage(StrEnum):
    """What an item that is processing is at, in this order."""

    INSPECT = "inspect"
    SEGMENT = "segment"
    PLACE = "place"
    EXPORT = "export"


ITEM_FINAL = frozenset({ItemStatus.COMPLETED, ItemStatus.FAILED, ItemStatus.CANCELED})
JOB_FINAL = frozenset(
    {JobStatus.COMPLETED, JobStatus.PARTIAL, JobStatus.FAILED, JobStatus.CANCELED}
)


class JobSource(StrEnum):
    """How photos reach the job: dropped into a folder, or uploaded through the API."""

    DROP = "drop"
    API = "api"


class Counters(Document):
    """How many items of a job are in each status, and in all; kept by atomic increments."""

    total: int = 0
    ignored: int = 0
    created: int = 0
    uploaded: int = 0
    queued: int = 0
    processing: int = 0
    review: int = 0
    blocked: int = 0
    completed: int = 0
    failed: int = 0
    canceled: int = 0

    @property
    def final(self) -> int:
        """Items that nothing will happen to any more."""
        return self.completed + self.failed + self.canceled

    @property
    def settled(self) -> bool:
        """True when the job has items and all of them are final."""
        return self.total > 0 and self.final >= self.total


class StageCounts(Document):
    """How many items that are processing are at each stage."""

    inspect: int = 0
    segment: int = 0
    place: int = 0
    export: int = 0


class Output(Document):
    """One finished file: where it lies, its size in pixels and bytes, its digest.

    `fidelity` compares its product with the source's. One that is `held` did not keep the
    recipe's limits: it lies in the work container until a person approves it.
    """

    scene: str
    preset: str
    path: str
    width: int
    height: int
    bytes: int
    sha256: str
    content_type: str
    fidelity: Fidelity | None = None
    held: bool = False


class Consistency(Document):
    """How alike the products of so many items stand in their frames.

    `baseline_spread`: standard deviation of the line that a product stands on, or is centred on,
    as a share of the frame's height; `scale_spread`: that of the share of the frame's limiting
    side that it fills. Both are of the export where they are widest; 0 is all alike.
    """

    items: int
    baseline_spread: float
    scale_spread: float


class Job(StoredDocument):
    """A job: one folder of drops, or one API request.

    `declared` is how many items an API request announced; a folder announces none. `budget` is
    the most credits that the job may cost, if it has a limit. `refitting` is True until all
    items have been looked at since the recipe changed. `request_digest` tells a repeated
    request from another one under the same idempotency key.
    """

    id: Literal["job"] = "job"
    kind: Literal["job"] = "job"
    tenant_id: str
    job_id: str
    source: JobSource = JobSource.DROP
    folder: str = ""
    status: JobStatus = JobStatus.CREATED
    recipe: Recipe
    recipe_etag: str | None = None
    refitting: bool = False
    request_digest: str | None = None
    declared: int = 0
    budget: int | None = None
    cancel_requested_at: datetime | None = None
    counters: Counters = Counters()
    stages: StageCounts = StageCounts()
    trace_id: str
    created_at: datetime
    updated_at: datetime
    last_item_at: datetime
    completed_at: datetime | None = None
    due_at: datetime
    package_path: str | None = None
    consistency: Consistency | None = None
    error: Failure | None = None
    sort_key: str = ""

    @property
    def settled(self) -> bool:
        """True when all items are there, and nothing will happen to any of them any more."""
        return self.counters.settled and self.counters.total >= self.declared


class Completion(Document):
    """A revision of an item that was completed, which is to be paid even when a newer one has
    followed; `enlarged` is how many of its scenes were."""

    revision: int
    enlarged: int = 0


class Item(StoredDocument):
    """One photo of a job.

    `revision` counts the times that its content or its job's recipe changed; an orchestration
    works for one revision and stops when it meets a newer one. `completions` are of the
    revisions that came to a good end. `due_at` is when the sweeper looks whether the item still
    moves. `waiting_since` is when OPAL began to owe it work: set while it is queued or
    processing, and not while it waits for a person or for credit. `recipe` is the item's own,
    where it has one; `recipe_digest` names the recipe of its job that it was last fitted to.
    `prompt` is its own, for scenes that are made from one. `reviews` are the latest questions to
    a person, oldest first.
    """

    id: str
    kind: Literal["item"] = "item"
    tenant_id: str
    job_id: str
    item_id: str
    filename: str
    status: ItemStatus = ItemStatus.QUEUED
    stage: Stage | None = None
    raw_path: str
    source_etag: str = ""
    source_bytes: int = 0
    content_type: str | None = None
    prompt: str | None = None
    revision: int = 1
    completions: tuple[Completion, ...] = ()
    recipe_digest: str
    recipe: Recipe | None = None
    reviews: tuple[Review, ...] = ()
    restarts: int = 0
    trace_id: str
    created_at: datetime
    updated_at: datetime
    due_at: datetime
    waiting_since: datetime | None = None
    processing_started_at: datetime | None = None
    processing_completed_at: datetime | None = None
    photo: dict[str, Any] = Field(default_factory=dict)
    stages: dict[str, str] = Field(default_factory=dict)
    outputs: tuple[Output, ...] = ()
    quality: dict[str, Any] = Field(default_factory=dict)
    ai_metadata: dict[str, Any] = Field(default_factory=dict)
    timings_ms: dict[str, float] = Field(default_factory=dict)
    error: Failure | None = None
    failed_stage: str | None = None

    @property
    def review(self) -> Review | None:
        """The latest question to a person about the present revision."""
        last = self.reviews[-1] if self.reviews else None
        return last if last is not None and last.revision == self.revision else None

    def recipe_in(self, job: Job) -> Recipe:
        """What is made of this photo, with its own prompt where it has one."""
        return (self.recipe or job.recipe).with_prompt(self.prompt)
