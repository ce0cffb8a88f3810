"""Following jobs until they are final, or nothing moves but what waits for a person."""

import time
from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from opal.api.jobs import JobSummary, JobView
from opal.cli.errors import FAILED, WAITING
from opal.cli.surroundings import Surroundings, counted
from opal.client import OpalClient
from opal.documents import JOB_FINAL, JobStatus

_PAUSE_S = 2.0


def follow_all(client: OpalClient, job_ids: Iterable[str], console: Console) -> list[JobView]:
    """Show each job's progress until all are final or rest; answers them, with a page of items
    each."""
    views: dict[str, JobView] = {}
    with _bars(console) as bars:
        tasks = {job_id: bars.add_task(job_id, total=1.0, said="") for job_id in job_ids}
        while True:
            for job_id, task in tasks.items():
                if job_id in views and views[job_id].status in JOB_FINAL:
                    continue
                before = said(views[job_id]) if job_id in views else ""
                views[job_id] = client.get_job(job_id)
                now = said(views[job_id])
                bars.update(task, completed=views[job_id].progress, said=now)
                if not console.is_terminal and now != before:
                    console.print(f"{job_id}: {now}", soft_wrap=True)
            if all(view.status in JOB_FINAL or view.rests for view in views.values()):
                return list(views.values())
            time.sleep(_PAUSE_S)


def said(job: JobSummary) -> str:
    """A job's status and counters in words."""
    counters = job.counters
    counts = {name: getattr(counters, name) for name in ("failed", "canceled", "blocked")}
    counts["in review"] = counters.review
    extra = "".join(f", {count} {name}" for name, count in counts.items() if count)
    return f"{job.status.value}, {counters.completed} of {counters.total} completed{extra}"


def report(here: Surroundings, jobs: Iterable[JobView]) -> int:
    """Say how jobs ended, or what they wait for; answers the exit status."""
    status = 0
    for job in jobs:
        if job.status is JobStatus.COMPLETED:
            continue
        if job.rests:
            status = WAITING
            waiting = counted(job.counters.review, "photo")
            here.note(f"{job.job_id}: {waiting} of {job.counters.total} waiting for a person")
            here.note(f"  python -m opal reviews {job.job_id}   says why, and until when")
            continue
        status = max(status, FAILED)
        here.note(f"{job.job_id}: {said(job)}")
        if job.error is not None:
            here.note(f"  {job.error.message} ({job.error.code})")
        here.note(f"  python -m opal status {job.job_id}   says why")
        here.note(f"  python -m opal retry {job.job_id}    makes what failed again")
    return status


def _bars(console: Console) -> Progress:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[said]}", markup=False),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console, disable=not console.is_terminal)
