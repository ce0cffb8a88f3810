"""Jobs over HTTP: what is asked and answered."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from opal.api.operation import Operation
from opal.documents import (
    Consistency,
    Counters,
    Document,
    Failure,
    ItemStatus,
    JobSource,
    JobStatus,
    Output,
    Review,
    Stage,
)
from opal.documents.numbers import whole
from opal.job_options import JobOptions
from opal.keys import Role
from opal.paging import PageQuery
from opal.texts import LongText

_NEVER = r"/\\\x00-\x1f\x7f-\x9f\ue000-\uf8ff\ufffe\uffff"
"""What separates folders, and what Azure's blob storage takes in no name."""
Filename = Annotated[
    str, StringConstraints(pattern=rf"^[^ .{_NEVER}]([^{_NEVER}]{{0,198}}[^ .{_NEVER}])?$")
]
"""1 to 200 characters; no slash, backslash or control character, no dot or space at either end."""


Budget = Annotated[int, Field(ge=0, le=2**53), BeforeValidator(whole)]
MAX_ITEMS = 1000


class NewItem(Document):
    """A photo that will be uploaded; `prompt` is its own for scenes that are made from one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    filename: Filename
    content_type: str | None = Field(default=None, pattern=r"^image/[a-z0-9.+-]{1,60}$")
    prompt: LongText | None = None


class NewJob(Document):
    """A job to create. `tenant_id`, where given, must be the key's own.

    `budget` is the most credits that the job may cost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant_id: str | None = Field(default=None, max_length=63)
    brand_profile_id: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    items: tuple[NewItem, ...] = Field(min_length=1, max_length=MAX_ITEMS)
    options: JobOptions = JobOptions()
    budget: Budget | None = None


class AnnouncedItem(Document):
    """An item whose photo can be uploaded now."""

    item_id: str
    filename: str


class CreatedJob(Document):
    """A job that was created, or that was created before under the same idempotency key."""

    job_id: str
    tenant_id: str
    status: JobStatus
    trace_id: str
    items: tuple[AnnouncedItem, ...]


class JobSummary(Document):
    """A job without its items. `progress` is the share (0 to 1) of its items that are final."""

    job_id: str
    tenant_id: str
    source: JobSource
    folder: str
    status: JobStatus
    profile_id: str | None
    scenes: tuple[str, ...]
    exports: tuple[str, ...]
    counters: Counters
    progress: float
    trace_id: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    cancel_requested_at: datetime | None
    budget: int | None
    package_path: str | None
    consistency: Consistency | None
    error: Failure | None

    @property
    def rests(self) -> bool:
        """Whether nothing moves in the job any more but what waits for a person."""
        counters = self.counters
        return counters.review > 0 and counters.final + counters.review >= counters.total


class ItemView(Document):
    """A photo of a job. `progress` is 0 to 1, by the stage that it has come to; `review` is the
    latest question to a person about this revision."""

    item_id: str
    filename: str
    status: ItemStatus
    stage: Stage | None
    progress: float
    revision: int
    restarts: int
    raw_path: str
    source_bytes: int
    content_type: str | None
    prompt: str | None
    trace_id: str
    created_at: datetime
    updated_at: datetime
    processing_started_at: datetime | None
    processing_completed_at: datetime | None
    photo: dict[str, Any]
    stages: dict[str, str]
    outputs: tuple[Output, ...]
    quality: dict[str, Any]
    ai_metadata: dict[str, Any]
    timings_ms: dict[str, float]
    review: Review | None
    error: Failure | None
    failed_stage: str | None


class StageFractions(Document):
    """The share (0 to 1) of the job's items that have got through each stage."""

    inspect: float
    segment: float
    place: float
    export: float


class IgnoredFile(Document):
    """A file of the folder that is not a photo."""

    filename: str
    reason: str


class JobView(JobSummary):
    """A job with one page of its items; the answer's cost does not grow with the job."""

    stages: StageFractions
    items: tuple[ItemView, ...]
    continuation: str | None
    ignored: tuple[IgnoredFile, ...] = ()


class JobPage(Document):
    """Jobs, newest first."""

    jobs: tuple[JobSummary, ...]
    continuation: str | None


class JobQuery(PageQuery):
    """Which of the job's items to answer."""

    status: ItemStatus | None = None


class JobsQuery(PageQuery):
    """Which jobs to list."""

    status: JobStatus | None = None


class RetriedItem(Document):
    """An item that was queued again, and the revision that it now is."""

    job_id: str
    item_id: str
    status: Literal[ItemStatus.QUEUED]
    revision: int


_JOB = {"job_id": "$response.body#/job_id"}
_ITEM = {**_JOB, "item_id": "$response.body#/items/0/item_id"}
CREATE_JOB = Operation(
    id="create_job",
    method="POST",
    path="/v1/jobs",
    tag="Jobs",
    summary="Create a job and announce its photos",
    role=Role.WRITE,
    body=NewJob,
    answers={202: CreatedJob},
    failures=(
        *("profile_missing", "recipe_invalid", "engine_unavailable", "credits_insufficient"),
        *("idempotency_key_reused", "job_budget_exhausted", "month_budget_exhausted"),
    ),
    headers=("Idempotency-Key",),
    answer_headers=("Location", "Retry-After"),
    links={
        "get_job": _JOB,
        "cancel_job": _JOB,
        "get_package": _JOB,
        "grant_upload": _ITEM,
        "complete_upload": _ITEM,
        "get_outputs": _ITEM,
        "retry_item": _ITEM,
        "get_review": _ITEM,
        "decide_review": _ITEM,
    },
)
LIST_JOBS = Operation(
    id="list_jobs",
    method="GET",
    path="/v1/jobs",
    tag="Jobs",
    summary="List jobs, newest first",
    role=Role.READ,
    query=JobsQuery,
    answers={200: JobPage},
    failures=("continuation_invalid",),
)
GET_JOB = Operation(
    id="get_job",
    method="GET",
    path="/v1/jobs/{job_id}",
    tag="Jobs",
    summary="How far a job is, with a page of its items",
    role=Role.READ,
    query=JobQuery,
    answers={200: JobView},
    failures=("job_missing", "continuation_invalid"),
    answer_headers=("Retry-After",),
)
CANCEL_JOB = Operation(
    id="cancel_job",
    method="POST",
    path="/v1/jobs/{job_id}/cancel",
    tag="Jobs",
    summary="Cancel what is not finished; finished photos stay",
    role=Role.WRITE,
    answers={202: JobSummary},
    failures=("job_missing", "job_final"),
    answer_headers=("Location", "Retry-After"),
)
RETRY_ITEM = Operation(
    id="retry_item",
    method="POST",
    path="/v1/jobs/{job_id}/items/{item_id}/retry",
    tag="Jobs",
    summary="Make a failed or canceled photo again; its finished stages are reused",
    role=Role.WRITE,
    answers={202: RetriedItem},
    failures=(
        *("item_missing", "job_missing", "item_not_final", "item_completed"),
        "upload_missing",
    ),
    answer_headers=("Location", "Retry-After"),
)
OPERATIONS = (CREATE_JOB, LIST_JOBS, GET_JOB, CANCEL_JOB, RETRY_ITEM)
