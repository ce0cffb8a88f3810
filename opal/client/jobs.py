"""Jobs: create, list, follow, cancel, retry."""

import time
from collections.abc import Iterator

from opal.api.jobs import (
    CANCEL_JOB,
    CREATE_JOB,
    GET_JOB,
    LIST_JOBS,
    RETRY_ITEM,
    CreatedJob,
    ItemView,
    JobPage,
    JobQuery,
    JobsQuery,
    JobSummary,
    JobView,
    NewJob,
    RetriedItem,
)
from opal.client.paging import PAGE, pages
from opal.client.transport import Transport
from opal.documents import JOB_FINAL, ItemStatus, JobStatus


class JobCalls(Transport):
    """Every method raises `ApiError`, `AnswerInvalid` or `Unreachable`."""

    def create_job(self, order: NewJob, idempotency_key: str | None = None) -> CreatedJob:
        """Create a job and announce its photos.

        Under an idempotency key (1 to 255 printable ASCII characters, no space) the same order
        is one job, however often it is sent; only then is it sent again when no answer comes.
        """
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._ask(
            CREATE_JOB, CreatedJob, body=order, headers=headers, once=idempotency_key is None
        )

    def list_jobs(self, status: JobStatus | None = None) -> Iterator[JobSummary]:
        """All jobs (in a status), newest first; each page is asked for when it is come to."""
        for page in pages(
            lambda after: self._ask(
                LIST_JOBS,
                JobPage,
                query=JobsQuery(limit=PAGE, continuation=after, status=status),
            )
        ):
            yield from page.jobs

    def get_job(
        self,
        job_id: str,
        *,
        status: ItemStatus | None = None,
        limit: int = 50,
        continuation: str | None = None,
    ) -> JobView:
        """A job with one page of its items (in a status), at most 200."""
        query = JobQuery(limit=limit, continuation=continuation, status=status)
        return self._ask(GET_JOB, JobView, path={"job_id": job_id}, query=query)

    def items(self, job_id: str, status: ItemStatus | None = None) -> Iterator[ItemView]:
        """All items of a job (in a status); each page is asked for when it is come to."""
        for page in self._views(job_id, status):
            yield from page.items

    def whole_job(self, job_id: str) -> JobView:
        """A job with all its items, by as many requests as they have pages."""
        views = list(self._views(job_id, None))
        items = tuple(item for view in views for item in view.items)
        return views[-1].model_copy(update={"items": items})

    def follow(self, job_id: str, pause_s: float = 2.0, limit: int = 50) -> Iterator[JobView]:
        """The job as it is now and every `pause_s` seconds from then on, until it is final.

        That can take days where photos wait for a person; `JobSummary.rests` says that all
        others are done.
        """
        while True:
            view = self.get_job(job_id, limit=limit)
            yield view
            if view.status in JOB_FINAL:
                return
            time.sleep(pause_s)

    def cancel_job(self, job_id: str) -> JobSummary:
        """Cancel what is not finished of a job."""
        return self._ask(CANCEL_JOB, JobSummary, path={"job_id": job_id})

    def retry_item(self, job_id: str, item_id: str) -> RetriedItem:
        """Make a failed or canceled photo again."""
        path = {"job_id": job_id, "item_id": item_id}
        return self._ask(RETRY_ITEM, RetriedItem, path=path, once=True)

    def _views(self, job_id: str, status: ItemStatus | None) -> Iterator[JobView]:
        return pages(
            lambda after: self.get_job(job_id, status=status, limit=PAGE, continuation=after)
        )
