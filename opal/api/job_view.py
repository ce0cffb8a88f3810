"""What the API shows of a job: reads the job's document and one page, however large the job."""

from opal.documents import Item, Job, Json
from opal.errors import InvalidInput, NotFound
from opal.state.contract import ContinuationInvalid, Partition, StateStore
from opal.state.transition import get_job

_MAX_LIMIT = 200
_IGNORED_SHOWN = 20


def job_view(
    store: StateStore, *, tenant_id: str, job_id: str, limit: str, continuation: str | None
) -> Json:
    """A job with a page of its items; raises `NotFound` or `InvalidInput`."""
    if not limit.isdecimal() or len(limit) > 9 or not 1 <= int(limit) <= _MAX_LIMIT:
        raise InvalidInput(f"limit must be 1 to {_MAX_LIMIT}", code="request_invalid")
    partition = Partition(tenant_id, job_id)
    job = get_job(store, partition)
    if job is None:
        raise NotFound("No such job.", code="job_missing")
    try:
        page = store.page(partition, "item", int(limit), continuation)
    except ContinuationInvalid as error:
        raise InvalidInput(f"continuation: {error}", code="request_invalid") from error
    view = _job(job)
    view["items"] = [_item(Item.parse(document)) for document in page.documents]
    view["continuation"] = page.continuation
    if job.counters.ignored:
        ignored = store.page(partition, "ignored", _IGNORED_SHOWN).documents
        view["ignored"] = [{key: d[key] for key in ("filename", "reason")} for d in ignored]
    return view


def _job(job: Job) -> Json:
    total = job.counters.total
    shown = job.dump()
    for internal in ("id", "kind", "recipe_etag", "due_at", "last_item_at", "recipe"):
        del shown[internal]
    shown["progress"] = round(job.counters.final / total, 4) if total else 0.0
    shown["scenes"] = [scene.name for scene in job.recipe.scenes]
    shown["exports"] = [preset.name for preset in job.recipe.exports]
    return shown


def _item(item: Item) -> Json:
    shown = item.dump()
    for internal in ("id", "kind", "tenant_id", "job_id", "source_etag", "recipe_digest", "due_at"):
        del shown[internal]
    return shown
