"""What the API shows of a job: reads the job's document and one page, however large the job."""

from opal.api.jobs import (
    IgnoredFile,
    ItemView,
    JobPage,
    JobQuery,
    JobsQuery,
    JobSummary,
    JobView,
    StageFractions,
)
from opal.documents import ITEM_FINAL, Item, ItemStatus, Job, Json, Stage
from opal.errors import NotFound
from opal.paging import ask_for_page
from opal.state.containers import Container
from opal.state.contract import Partition, StateStore
from opal.state.transition import get_job

_IGNORED_SHOWN = 20
_PROGRESS = {Stage.INSPECT: 0.05, Stage.SEGMENT: 0.1, Stage.PLACE: 0.4, Stage.EXPORT: 0.7}
"""How far an item is when it enters a stage, by the usual share of time that each takes."""
_IN_REVIEW = {"cutout": _PROGRESS[Stage.PLACE], "fidelity": 0.95}


def job_view(store: StateStore, tenant_id: str, job_id: str, query: JobQuery) -> JobView:
    """A job with a page of its items; raises `NotFound` or `InvalidInput`."""
    partition = Partition(tenant_id, job_id)
    job = get_job(store, partition)
    if job is None:
        raise NotFound("No such job.", code="job_missing")
    page = ask_for_page(
        lambda limit, after: store.page(partition, "item", limit, after, status=query.status), query
    )
    ignored: tuple[Json, ...] = ()
    if job.counters.ignored:
        ignored = store.page(partition, "ignored", _IGNORED_SHOWN).documents
    return JobView.parse(
        {
            **_shown(job),
            "stages": _fractions(job),
            "items": [item_view(Item.parse(document)) for document in page.documents],
            "continuation": page.continuation,
            "ignored": [IgnoredFile.parse(document) for document in ignored],
        }
    )


def job_summary(job: Job) -> JobSummary:
    """A job without its items."""
    return JobSummary.parse(_shown(job))


def job_page(store: StateStore, tenant_id: str, query: JobsQuery) -> JobPage:
    """A tenant's jobs, newest first; raises `InvalidInput`."""
    page = ask_for_page(
        lambda limit, after: store.newest(
            Container.JOBS, tenant_id, "job", limit, after, status=query.status
        ),
        query,
    )
    jobs = tuple(job_summary(Job.parse(document)) for document in page.documents)
    return JobPage(jobs=jobs, continuation=page.continuation)


def item_view(item: Item) -> ItemView:
    """A photo of a job."""
    return ItemView(**item.model_dump(), review=item.review, progress=_progress(item))


def _shown(job: Job) -> dict[str, object]:
    total = max(job.counters.total, job.declared)
    return {
        **job.model_dump(exclude={"recipe", "stages"}),
        "progress": round(job.counters.final / total, 4) if total else 0.0,
        "profile_id": job.recipe.profile_id,
        "scenes": tuple(scene.name for scene in job.recipe.scenes),
        "exports": tuple(preset.name for preset in job.recipe.exports),
    }


def _fractions(job: Job) -> StageFractions:
    total = max(job.counters.total, job.declared, 1)
    at = job.stages.model_dump()
    through, fractions = job.counters.completed, {}
    for stage in reversed(Stage):
        fractions[stage.value] = round(through / total, 4)
        through += at[stage.value]
    return StageFractions(**fractions)


def _progress(item: Item) -> float:
    if item.status in ITEM_FINAL:
        return 1.0
    if item.status is ItemStatus.REVIEW and item.review is not None:
        return _IN_REVIEW[item.review.about]
    if item.status is not ItemStatus.PROCESSING or item.stage is None:
        return 0.0
    return _PROGRESS[item.stage]
