"""The transitions of a job as a whole: its recipe, its settlement, its end."""

from datetime import datetime, timedelta

from opal.documents import (
    JOB_FINAL,
    CompleteJob,
    Failure,
    Job,
    JobSettlement,
    JobSource,
    JobStatus,
)
from opal.recipe import Recipe
from opal.state.contract import ChangedMeanwhile, Partition, Replace, StateStore
from opal.state.transition import (
    Announce,
    partition_of,
    racing,
    replace_if_unchanged,
    require_job,
)
from opal.telemetry.metrics import record_job


def set_recipe(
    store: StateStore,
    partition: Partition,
    recipe: Recipe | None,
    failure: Failure | None,
    etag: str,
    now: datetime,
    announce: Announce = lambda _: (),
) -> Job:
    """Give a job the recipe of a `job.json`, or the error of one that can't be used."""

    def attempt() -> Job:
        stored, job = require_job(store, partition)
        if job.recipe_etag == etag:
            return job
        status = _status_with_recipe(job, failure)
        changed = job.model_copy(
            update={
                "recipe": recipe or job.recipe,
                "recipe_etag": etag,
                "refitting": True,
                "error": failure,
                "status": status,
                "completed_at": _end_with_recipe(job, status, now),
                "updated_at": now,
                "due_at": now,
            }
        )
        told = announce(changed) if status is not job.status else ()
        written = store.write(partition, [Replace(changed.dump(), stored.etag), *told])
        return Job.parse(written[0].document)

    return racing(attempt)


def end_refitting(store: StateStore, partition: Partition, etag: str) -> None:
    """Note that all items have been fitted to the recipe of this `job.json`."""

    def attempt() -> None:
        stored, job = require_job(store, partition)
        if job.refitting and job.recipe_etag == etag:
            changed = job.model_copy(update={"refitting": False})
            store.write(partition, [Replace(changed.dump(), stored.etag)])

    racing(attempt)


def settle_job(
    store: StateStore, partition: Partition, now: datetime, settle_s: float
) -> JobSettlement:
    """Say whether a job can be finished.

    A dropped folder has no declared end, so its job is finished once nothing new has come for
    `settle_s` seconds; a job from the API knows its items and needs no wait.
    """
    _, job = require_job(store, partition)
    if not job.settled or job.status in JOB_FINAL:
        return JobSettlement(verdict="leave")
    quiet_at = job.last_item_at + timedelta(seconds=settle_s)
    waits = job.source is JobSource.DROP and job.cancel_requested_at is None
    if waits and now < quiet_at:
        return JobSettlement(verdict="wait", wait_s=(quiet_at - now).total_seconds())
    return JobSettlement(verdict="finish", settled_at=job.updated_at.isoformat())


def complete_job(
    store: StateStore,
    done: CompleteJob,
    now: datetime,
    announce: Announce = lambda _: (),
    ttl_s: int | None = None,
) -> bool:
    """Close the job if nothing came since it settled; False leaves it open.

    With `ttl_s` the job is forgotten that many seconds later, if nothing happens to it.
    """
    partition = Partition(done.job.tenant_id, done.job.job_id)
    stored, job = require_job(store, partition)
    if job.status in JOB_FINAL:
        return False
    if job.updated_at.isoformat() != done.settled_at or not job.settled:
        return False
    changed = job.model_copy(
        update={
            "status": _final_status(job),
            "package_path": done.package.path,
            "consistency": done.package.consistency,
            "completed_at": now,
            "updated_at": now,
            "ttl": ttl_s,
        }
    )
    try:
        store.write(partition, [Replace(changed.dump(), stored.etag), *announce(changed)])
    except ChangedMeanwhile:
        return False
    record_job(changed.status.value, (now - job.created_at).total_seconds())
    return True


def postpone_job(store: StateStore, job: Job, due_at: datetime) -> None:
    """Have the sweeper look at the job again later; a job that moved meanwhile is left alone."""
    replace_if_unchanged(store, partition_of(job), job, due_at=due_at)


def _status_with_recipe(job: Job, failure: Failure | None) -> JobStatus:
    if failure is not None:
        return JobStatus.FAILED
    if job.error is None:
        return job.status
    return JobStatus.PROCESSING if job.counters.total else JobStatus.CREATED


def _end_with_recipe(job: Job, status: JobStatus, now: datetime) -> datetime | None:
    if status is job.status:
        return job.completed_at
    return now if status is JobStatus.FAILED else None


def _final_status(job: Job) -> JobStatus:
    counters = job.counters
    if counters.canceled and job.cancel_requested_at is not None:
        return JobStatus.CANCELED
    if counters.completed == counters.total:
        return JobStatus.COMPLETED
    if counters.canceled == counters.total:
        return JobStatus.CANCELED
    return JobStatus.PARTIAL if counters.completed else JobStatus.FAILED
