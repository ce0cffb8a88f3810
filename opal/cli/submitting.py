"""Which photos are missing: of jobs that earlier runs ordered, and of jobs that are ordered now.

What is missing is asked of the server each time; the submission's note only says which jobs are
the folder's. So it does not matter where a run before this one ended.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from opal.api.uploads import UploadRef
from opal.cli.errors import CliError
from opal.cli.parallel import workers
from opal.cli.submission import LocalPhoto, PlannedJob, Wishes, plan
from opal.cli.submission_file import SubmissionFile
from opal.client import ApiError, OpalClient
from opal.documents import ItemStatus

_NEVER_CAME = "upload_missing"


class Missing(NamedTuple):
    """An announced photo that the server does not have."""

    job_id: str
    item_id: str
    filename: str


class Submitter:
    """One folder's submission against one API, asked `parallel` things at once."""

    def __init__(self, client: OpalClient, file: SubmissionFile, parallel: int) -> None:
        self._client = client
        self._file = file
        self._parallel = parallel

    def resume(self, photos: Mapping[str, LocalPhoto]) -> list[Missing]:
        """What earlier runs announced and did not bring over.

        A photo that has changed meanwhile goes up as it is now, in the place of the one before.
        """
        missing: list[Missing] = []
        for noted in self._file.submission.jobs:
            job = noted if noted.job_id else self._order(noted)
            found = self._settle(list(self._unseen(str(job.job_id))))
            here = [one.filename for one in found if one.filename in photos]
            digests = job.digests | {name: photos[name].sha256 for name in here}
            if digests != job.digests:
                changed = job.model_copy(update={"digests": digests})
                self._file.save(self._file.submission.with_job(changed))
            missing += found
        return missing

    def order(
        self, photos: Sequence[LocalPhoto], wishes: Wishes, per_job: int
    ) -> Iterator[list[Missing]]:
        """Order the photos that are in no job yet, one job after the other; what is missing of
        each, which is all of it."""
        for planned in plan(self._file.submission, photos, wishes, per_job):
            yield list(self._unseen(str(self._order(planned).job_id)))

    def _order(self, planned: PlannedJob) -> PlannedJob:
        """Note the job, order it, note its id. One that is refused is not noted any more."""
        self._file.save(self._file.submission.with_job(planned))
        try:
            created = self._client.create_job(planned.order, planned.key)
        except ApiError as error:
            if not error.retryable:
                self._file.save(self._file.submission.without_job(planned.key))
            raise
        ordered = planned.model_copy(update={"job_id": created.job_id})
        self._file.save(self._file.submission.with_job(ordered))
        return ordered

    def _unseen(self, job_id: str) -> Iterator[Missing]:
        """The job's photos of which the server knows nothing but the name."""
        try:
            for item in self._client.items(job_id, ItemStatus.CREATED):
                yield Missing(job_id, item.item_id, item.filename)
            for item in self._client.items(job_id, ItemStatus.FAILED):
                if item.error is not None and item.error.code == _NEVER_CAME:
                    yield Missing(job_id, item.item_id, item.filename)
        except ApiError as error:
            if error.code != "job_missing":
                raise
            raise CliError(
                f"The job {job_id} of this folder is not there any more. With --again the folder"
                " is submitted, and paid for, from the beginning."
            ) from error

    def _settle(self, unseen: Sequence[Missing]) -> list[Missing]:
        """Say of each photo that it is uploaded; those of which that is not true are answered."""
        with workers(self._parallel) as pool:
            there = pool.map(self._is_there, unseen)
            return [one for one, found in zip(unseen, there, strict=True) if not found]

    def _is_there(self, one: Missing) -> bool:
        try:
            self._client.complete_upload(UploadRef(job_id=one.job_id, item_id=one.item_id))
        except ApiError as error:
            if error.code != "blob_missing":
                raise
            return False
        return True
