"""What was submitted of a folder, so that a second run pays for nothing again.

A photo is told by its name and the SHA-256 of its content. A run submits the photos that are in
none of the folder's jobs yet, as a job of their own. A job is noted before it is ordered, under
an idempotency key that is made of the order and of the photos' digests: a run that was killed
before it heard the job's id orders the same again and finds it, and so does one that lost this
note, as long as no photo was added since the first run.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from opal.api.jobs import NewItem, NewJob
from opal.client.photos import content_type_of
from opal.documents import Document
from opal.job_options import JobOptions


class LocalPhoto(NamedTuple):
    """A photo on the disk, and its SHA-256."""

    file: Path
    sha256: str


class Stamp(Document):
    """What a file looked like when its SHA-256 was taken; while it does, it has not changed."""

    size: int
    mtime_ns: int
    sha256: str


class PlannedJob(Document):
    """A job that is to be ordered (while `job_id` is None) or was; `digests` by file name."""

    key: str
    order: NewJob
    digests: dict[str, str]
    job_id: str | None = None


class Submission(Document):
    """A folder's jobs. `turn` is another one each time that it begins anew on purpose."""

    folder: str
    url: str
    turn: str = ""
    jobs: tuple[PlannedJob, ...] = ()
    stamps: dict[str, Stamp] = Field(default_factory=dict)

    def with_job(self, job: PlannedJob) -> "Submission":
        """With this job, in the place of the one under its key if there is one."""
        if any(known.key == job.key for known in self.jobs):
            jobs = tuple(job if known.key == job.key else known for known in self.jobs)
        else:
            jobs = (*self.jobs, job)
        return self.model_copy(update={"jobs": jobs})

    def without_job(self, key: str) -> "Submission":
        """Without the job under this key."""
        return self.model_copy(update={"jobs": tuple(job for job in self.jobs if job.key != key)})

    def from_the_beginning(self) -> "Submission":
        """As if nothing had been submitted; the same photos make another job then."""
        return self.model_copy(update={"jobs": (), "turn": secrets.token_hex(8)})


class Wishes(NamedTuple):
    """What is to be made of the photos, and what all of it may cost at most."""

    options: JobOptions
    profile_id: str | None = None
    budget: int | None = None

    @property
    def digest(self) -> str:
        """Tells wishes apart that make different pictures; a budget does not."""
        options = self.options.model_dump(mode="json", exclude_none=True)
        return _digest([options, self.profile_id])


def plan(
    submission: Submission, photos: Sequence[LocalPhoto], wishes: Wishes, per_job: int
) -> list[PlannedJob]:
    """The jobs to order for the photos that are in none yet, at most `per_job` in each.

    The budget is shared out by how many photos a job has.
    """
    known = {known for job in submission.jobs for known in job.digests.items()}
    new = [photo for photo in photos if (photo.file.name, photo.sha256) not in known]
    jobs = []
    for start in range(0, len(new), per_job):
        part = new[start : start + per_job]
        budget = _share(wishes.budget, start, len(part), len(new))
        order = NewJob(
            items=_items(part),
            options=wishes.options,
            brand_profile_id=wishes.profile_id,
            budget=budget,
        )
        digests = {photo.file.name: photo.sha256 for photo in part}
        key = _digest([submission.turn, order.dump(), digests])
        jobs.append(PlannedJob(key=key, order=order, digests=digests))
    return jobs


def _items(photos: Iterable[LocalPhoto]) -> tuple[NewItem, ...]:
    return tuple(
        NewItem(filename=photo.file.name, content_type=content_type_of(photo.file))
        for photo in photos
    )


def _share(budget: int | None, start: int, count: int, total: int) -> int | None:
    """The part of `count` photos from `start`; all parts add up to the budget."""
    if budget is None:
        return None
    return budget * (start + count) // total - budget * start // total


def _digest(what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()
