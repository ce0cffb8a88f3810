"""What orchestrations and activities hand each other: small JSON, blob paths, never pixels."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from opal.documents.base import Document
from opal.documents.failure import Failure
from opal.documents.jobs import Consistency, Item, Output
from opal.documents.retry import RetryPolicy
from opal.documents.reviews import About, Picture
from opal.documents.webhooks import DeliveryRef
from opal.gate import FidelityLimits
from opal.recipe import ExportPreset, Placement, Recipe, Scene, UpscaleModel

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels."""


class JobRef(Document):
    """Names a job."""

    tenant_id: str
    job_id: str
    trace_id: str


class ItemRef(JobRef):
    """Names one revision of an item."""

    item_id: str
    revision: int

    @classmethod
    def of(cls, item: Item) -> "ItemRef":
        """The item's present revision."""
        return ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))


class ProcessItem(Document):
    """Input of the orchestration `process_item`."""

    item: ItemRef
    raw_path: str
    source_etag: str
    recipe: Recipe
    retry: RetryPolicy = RetryPolicy()


class FinishJob(Document):
    """Input of the orchestration `finish_job`."""

    job: JobRef
    retry: RetryPolicy = RetryPolicy()


class InspectRequest(Document):
    """Input of `inspect_photo`; `recipe` is what will be made of the photo, and paid for."""

    item: ItemRef
    raw_path: str
    recipe: Recipe | None = None


class InspectedPhoto(Document):
    """Answer of `inspect_photo`; `skip` says why this run has nothing to do, if so."""

    skip: str | None = None
    sha256: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)
    elapsed_ms: float = 0.0


class StageResult(Document):
    """A stage's blob: its path, size in pixels and bytes, digest, and who made it how.

    `reused` is True when the blob was found instead of made.
    """

    path: str
    width: int
    height: int
    bytes: int
    sha256: str
    model: dict[str, str] = Field(default_factory=dict)
    quality: dict[str, Any] = Field(default_factory=dict)
    timings_ms: dict[str, float] = Field(default_factory=dict)
    reused: bool = False


class SegmentRequest(Document):
    """Input of `segment_product`: the photo, its version, its digest; without `refine` the
    cut-out's edge stays as the net gives it."""

    item: ItemRef
    raw_path: str
    source_etag: str
    photo_sha256: str
    refine: bool = True


class ReviewRequest(Document):
    """Input of `ask_for_review` and `settle_review`: what a person is to look at, and why.

    `subject` is a digest of it; see `Review`.
    """

    item: ItemRef
    about: About
    subject: str
    reasons: tuple[str, ...]
    pictures: tuple[Picture, ...]


class PlaceRequest(Document):
    """Input of `place_product`: the cut-out, the scene, and every frame that it must serve."""

    item: ItemRef
    cutout: StageResult
    scene: Scene
    exports: tuple[ExportPreset, ...]
    placement: Placement = Placement()


class UpscaleRequest(Document):
    """Input of `upscale_photo`: the placed scene, to be enlarged as far as the exports need.

    `floor` is whether the scene has one. `model` is the recipe's choice of what enlarges; None
    leaves it to the endpoint.
    """

    item: ItemRef
    cutout: StageResult
    placed: StageResult
    exports: tuple[ExportPreset, ...]
    placement: Placement = Placement()
    floor: bool = True
    model: UpscaleModel | None = None


class ExportRequest(Document):
    """Input of `export_variant`: the picture to crop (None for exports of the cut-out alone).

    A file below `limits` is held back, unless a person has approved it. It says what it was made
    from and by: `photo_sha256`, and `made_by`, the models by stage; `generated` is whether the
    scene is from a prompt.
    """

    item: ItemRef
    cutout: StageResult
    picture: StageResult | None
    photo_sha256: str = ""
    made_by: dict[str, dict[str, str]] = Field(default_factory=dict)
    generated: bool = False
    scene: str
    floor: bool = True
    preset: ExportPreset
    exports: tuple[ExportPreset, ...]
    placement: Placement = Placement()
    limits: FidelityLimits = FidelityLimits()
    approved: bool = False


class CompleteItem(Document):
    """Input of `complete_item`: all that the item's document keeps, no held output among it."""

    item: ItemRef
    photo: InspectedPhoto
    stages: dict[str, StageResult]
    outputs: tuple[Output, ...]

    @model_validator(mode="after")
    def _all_out(self) -> Self:
        """What is stored is packed and offered for download."""
        if any(output.held for output in self.outputs):
            raise ValueError("outputs: one waits for a person and is not finished")
        return self


class FailItem(Document):
    """Input of `fail_item`."""

    item: ItemRef
    failure: Failure
    stage: str


class ItemOutcome(Document):
    """Answer of `complete_item` and `fail_item`: is the job's last item done with this one?

    `deliveries` are the webhooks to start about it.
    """

    superseded: bool = False
    job_settled: bool = False
    deliveries: tuple[DeliveryRef, ...] = ()


class JobSettlement(Document):
    """Answer of `settle_job`: wait `wait_s` seconds and ask again, finish now, or leave it."""

    verdict: Literal["wait", "finish", "leave"]
    wait_s: float = 0.0
    settled_at: str = ""


class PackagedJob(Document):
    """Answer of `package_job`; `path` is None when the job has no output.

    `consistency` is of the products in its outputs. `reopened` counts items whose outputs were
    gone and that are therefore made again.
    """

    path: str | None = None
    files: int = 0
    bytes: int = 0
    reopened: int = 0
    consistency: Consistency | None = None


class CompleteJob(Document):
    """Input of `complete_job`: the package, and the settlement that it was made for."""

    job: JobRef
    package: PackagedJob
    settled_at: str


class JobOutcome(Document):
    """Answer of `complete_job`: was the job closed, and which webhooks are to start about it?"""

    closed: bool
    deliveries: tuple[DeliveryRef, ...] = ()


class CanceledItems(Document):
    """Answer of `cancel_items`: how many were canceled, and whether more are left."""

    canceled: int = 0
    more: bool = False
    deliveries: tuple[DeliveryRef, ...] = ()
