"""Bringing a folder's photos to the service, whatever earlier runs have done of it."""

from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from opal.api.jobs import Filename
from opal.cli.digesting import digested
from opal.cli.errors import CliError
from opal.cli.submission import LocalPhoto, Wishes
from opal.cli.submission_file import SubmissionFile
from opal.cli.submitting import Missing, Submitter
from opal.cli.transfers import Transfer, transfer_all
from opal.client import OpalClient
from opal.client.photos import CONTENT_TYPES, find_photos

_NAME: TypeAdapter[str] = TypeAdapter(Filename)


class Sent(NamedTuple):
    """The folder's jobs, and how many photos this run brought over.

    `failed` are the photos that the jobs still wait for, `refused` the files that no job was
    told of, each with the reason.
    """

    jobs: list[str]
    uploaded: int
    failed: dict[str, str]
    refused: dict[str, str]


def send(
    client: OpalClient,
    file: SubmissionFile,
    folder: Path,
    wishes: Wishes,
    *,
    per_job: int,
    parallel: int,
    console: Console,
) -> Sent:
    """Upload what is missing, then order and upload what is new, one job after the other.

    Raises `CliError` if there is nothing.
    """
    found, refused = _takeable(find_photos(folder))
    if not found and not file.submission.jobs:
        endings = ", ".join(sorted(CONTENT_TYPES))
        raise CliError(f"There are no photos in {folder} (files ending in {endings}).")
    photos, stamps = digested(found, file.submission.stamps, console)
    file.save(file.submission.model_copy(update={"stamps": stamps}))
    by_name = {photo.file.name: photo for photo in photos}
    submitter = Submitter(client, file, parallel)
    uploaded = 0
    failed: dict[str, str] = {}
    for missing in chain([submitter.resume(by_name)], submitter.order(photos, wishes, per_job)):
        here, gone = _split(missing, by_name)
        transfers = [_transfer(client, one, by_name[one.filename].file) for one in here]
        broken = transfer_all("Uploading", transfers, parallel, console) if transfers else {}
        uploaded += len(transfers) - len(broken)
        failed |= gone | broken
    jobs = [str(job.job_id) for job in file.submission.jobs]
    return Sent(jobs, uploaded, failed, refused)


def _takeable(files: Iterable[Path]) -> tuple[list[Path], dict[str, str]]:
    """The files whose names the service takes, and why for the others."""
    taken: list[Path] = []
    refused: dict[str, str] = {}
    for file in files:
        try:
            _NAME.validate_python(file.name)
            taken.append(file)
        except ValidationError:
            name = file.name.encode("utf-8", "replace").decode()
            refused[name] = (
                "its name can't be taken: at most 200 characters, without backslash and control"
                " characters, and with neither dot nor space at either end"
            )
    return taken, refused


def _split(
    missing: Iterable[Missing], photos: Mapping[str, LocalPhoto]
) -> tuple[list[Missing], dict[str, str]]:
    """What can be uploaded, and why for the others."""
    here: list[Missing] = []
    gone: dict[str, str] = {}
    for one in missing:
        if one.filename in photos:
            here.append(one)
        else:
            gone[one.filename] = (
                f"it was announced to {one.job_id}, but is not in the folder any more; the job"
                " waits for it until its deadline, or until it is canceled"
            )
    return here, gone


def _transfer(client: OpalClient, one: Missing, file: Path) -> Transfer:
    return Transfer(
        one.filename,
        file.stat().st_size,
        lambda progress: client.upload_photo(one.job_id, one.item_id, file, progress=progress),
    )
