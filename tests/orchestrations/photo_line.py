"""Stand-ins for the pipeline's activities, under the same names, over the real documents."""

import time
from collections.abc import Callable
from typing import Any

from opal.documents import (
    Asked,
    CanceledItems,
    CompleteItem,
    CompleteJob,
    DeliveryRef,
    Document,
    ExportRequest,
    FailItem,
    InspectedPhoto,
    InspectRequest,
    ItemOutcome,
    ItemRef,
    JobOutcome,
    JobRef,
    JobSettlement,
    Output,
    PackagedJob,
    PlaceRequest,
    ProcessItem,
    RetryPolicy,
    ReviewRequest,
    SegmentRequest,
    Settlement,
    StageResult,
    StartDeliveries,
    UpscaleRequest,
)
from opal.gate import Fidelity
from opal.recipe import ExportPreset, ExportSource, Recipe, Scene
from orchestrations import finish_job, process_item, stop_job
from tests.orchestrations.orchestrator_world import World

ITEM = ItemRef(
    tenant_id="demo", job_id="autumn", trace_id="0af7651916cd43dd8448eb211c80319c",
    item_id="chair-1f2e3d4c", revision=1,
)  # fmt: skip
JOB = JobRef(tenant_id="demo", job_id="autumn", trace_id=ITEM.trace_id)
RETRY = RetryPolicy(attempts=3, first_s=0.01, factor=2, cap_s=0.02)
DIGEST = "5f" * 32
SCENES = (Scene(name="white"), Scene(name="studio", background="#d8cfc4"))
SHOP, WIDE, STORY = (
    ExportPreset(name="shop", width=1600, height=1600, fill=0.85),
    ExportPreset(name="wide", width=1920, height=1080, format="webp"),
    ExportPreset(name="story", width=1080, height=1920),
)
CUTOUT = ExportPreset(
    name="cutout", source=ExportSource.CUTOUT, width=2000, height=2000, format="png"
)
RECIPE = Recipe(scenes=SCENES, exports=(SHOP, WIDE, STORY, CUTOUT))
ANSWERED_BY = {
    "inspect_photo": InspectRequest,
    "segment_product": SegmentRequest,
    "place_product": PlaceRequest,
    "upscale_photo": UpscaleRequest,
    "export_variant": ExportRequest,
    "ask_for_review": ReviewRequest,
    "settle_review": ReviewRequest,
    "complete_item": CompleteItem,
    "fail_item": FailItem,
    "settle_job": JobRef,
    "package_job": JobRef,
    "complete_job": CompleteJob,
    "start_deliveries": StartDeliveries,
    "cancel_items": JobRef,
}
POOR = Fidelity.model_construct(**{**dict.fromkeys(Fidelity.model_fields, 0.0), "ssim": 0.9})
TOLD = DeliveryRef(delivery_id=f"autumn.{'5f' * 12}", **JOB.model_dump())


def work(recipe: Recipe = RECIPE) -> dict[str, Any]:
    """The input of `process_item` for the chair."""
    return ProcessItem(
        item=ITEM,
        raw_path="raw/demo/autumn/chair.jpg",
        source_etag="0x8DC0FFEE",
        recipe=recipe,
        retry=RETRY,
    ).dump()


class Line:
    """The pipeline's app: real orchestrations, activities that answer what the test sets.

    `errors` holds what an activity raises before it begins to answer. `quality` is the cut-out's;
    `unfaithful` names outputs that are held back unless they are approved. Each look at a review
    answers the next of `looks`; an event that is given with one is raised just before the answer.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.errors: dict[str, list[Exception]] = {}
        self.skip: str | None = None
        self.quality: dict[str, Any] = {}
        self.unfaithful: set[str] = set()
        self.asked_of: tuple[DeliveryRef, ...] = ()
        self.looks: list[tuple[Settlement, str | None]] = []
        self.looked_at: list[float] = []
        self.outcome = ItemOutcome()
        self.settlements = [JobSettlement(verdict="finish", settled_at="2026-03-01T08:00:00Z")]
        self.package = PackagedJob(path="outputs/demo/autumn/job.zip", files=7, bytes=123_456)
        self.closed = True
        self.job_deliveries: tuple[DeliveryRef, ...] = ()
        self.cancellations = [CanceledItems()]
        for blueprint in (process_item.bp, finish_job.bp, stop_job.bp):
            world.app.register_functions(blueprint)
        for name in ANSWERED_BY:
            world.activity(self._activity(name, getattr(self, f"_{name}")), name)

    def asked(self, name: str) -> list[Any]:
        """The documents that an activity was called with, in order."""
        return [ANSWERED_BY[name].parse(payload) for payload in self.world.named(name)]

    def count(self) -> dict[str, int]:
        """How often each activity that was called at all was called."""
        return {name: len(calls) for name in ANSWERED_BY if (calls := self.world.named(name))}

    def _activity(self, name: str, answer: Callable[[Any], Document | Any]) -> Any:
        def run(payload: Any) -> Any:
            request = ANSWERED_BY[name].parse(payload)
            if self.errors.get(name):
                raise self.errors[name].pop(0)
            made = answer(request)
            return made.dump() if isinstance(made, Document) else made

        return run

    def _inspect_photo(self, _: InspectRequest) -> InspectedPhoto:
        facts = {"width": 4000, "height": 3000, "format": "JPEG", "notes": []}
        return InspectedPhoto(skip=self.skip, sha256=DIGEST, facts=facts, elapsed_ms=41.5)

    def _segment_product(self, _: SegmentRequest) -> StageResult:
        cutout = stage("segment", "chair")
        return cutout.model_copy(update={"quality": {**cutout.quality, **self.quality}})

    def _ask_for_review(self, _: ReviewRequest) -> Asked:
        return Asked(deliveries=self.asked_of)

    def _settle_review(self, _: ReviewRequest) -> Settlement:
        self.looked_at.append(time.monotonic())
        settlement, event = self.looks.pop(0)
        if event is not None:
            self.world.raise_event(event, {})
        return settlement

    def _place_product(self, request: PlaceRequest) -> StageResult:
        return stage("place", f"{request.scene.name}{request.scene.background or ''}")

    def _upscale_photo(self, request: UpscaleRequest) -> StageResult:
        return stage("upscale", request.placed.path.rsplit("/", 1)[-1])

    def _export_variant(self, request: ExportRequest) -> Output:
        preset = request.preset
        name = f"{request.scene}/{preset.name}"
        held = name in self.unfaithful and not request.approved
        folder = f"{'work' if held else 'outputs'}/demo/autumn/{ITEM.item_id}/{request.scene}"
        return Output(
            scene=request.scene,
            preset=preset.name,
            path=f"{folder}/{preset.name}.{preset.extension}",
            width=preset.width,
            height=preset.height,
            bytes=345_678,
            sha256=DIGEST,
            content_type="image/jpeg",
            fidelity=POOR if held else None,
            held=held,
        )

    def _complete_item(self, _: CompleteItem) -> ItemOutcome:
        return self.outcome

    def _fail_item(self, _: FailItem) -> ItemOutcome:
        return self.outcome

    def _settle_job(self, _: JobRef) -> JobSettlement:
        return self.settlements.pop(0) if len(self.settlements) > 1 else self.settlements[0]

    def _package_job(self, _: JobRef) -> PackagedJob:
        return self.package

    def _complete_job(self, _: CompleteJob) -> JobOutcome:
        return JobOutcome(closed=self.closed, deliveries=self.job_deliveries)

    def _cancel_items(self, _: JobRef) -> CanceledItems:
        return self.cancellations.pop(0)

    def _start_deliveries(self, request: StartDeliveries) -> dict[str, int]:
        return {"started": len(request.deliveries)}


def stage(name: str, key: str) -> StageResult:
    """A stage's answer, as large as real ones are."""
    return StageResult(
        path=f"work/demo/{name}/{key}",
        width=4000,
        height=3000,
        bytes=8_600_000,
        sha256=DIGEST,
        model={"name": f"opal-{name}", "version": "1.2.0", "sha256": DIGEST},
        quality={"product_box": [812, 455, 2210, 2101], "coverage": 0.387},
        timings_ms={"download": 41.2, "infer": 312.9, "encode": 173.0, "upload": 60.4},
    )
