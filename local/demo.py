"""The demonstration: photos in, exports out, one picture of all of it."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from azure.storage.blob import BlobServiceClient
from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.config import StackConfig
from local.contact_sheet import write_contact_sheet
from local.key import ensure_local_key
from local.stack import running_stack
from opal.api.jobs import ItemView, JobView
from opal.cli.connection import Connection
from opal.cli.downloading import download_job
from opal.client import ApiError, OpalClient
from opal.client.photos import CONTENT_TYPES, find_photos
from opal.documents import JOB_FINAL
from opal.names import RAW

_LIMIT_S = 1800.0
_DOWNLOADS = 4


def run_demo(config: StackConfig, photos: Path, out: Path) -> int:
    """Drop the folder's photos, follow their job, download the results to `out/<job>`.

    Answers 0 when photos came through, else 1; those that did not are named with the reason.
    """
    console = Console()
    files = find_photos(photos)
    if not files:
        console.print(f"No photos in {photos} (looked for {', '.join(sorted(CONTENT_TYPES))}).")
        return 1
    started = time.monotonic()
    job_id = datetime.now(UTC).strftime("demo-%Y%m%d-%H%M%S")
    console.print(f"Starting Azurite, the model endpoint and the function host ({config.folder}) …")
    with running_stack(config):
        key = ensure_local_key(config)
        drop = f"{Connection(config.host_url, key).tenant_id}/{job_id}"
        console.print(f"Dropping {len(files)} photos into [bold]{RAW}/{drop}/[/bold]")
        _drop(config, drop, files)
        with OpalClient(config.host_url, key) as opal:
            job = _follow(console, opal, job_id)
            folder = _download(console, opal, job, out)
    sheet = write_contact_sheet(job, files, folder)
    _report(console, job, folder, sheet, time.monotonic() - started)
    return 0 if job.counters.completed else 1


def _drop(config: StackConfig, folder: str, files: Sequence[Path]) -> None:
    storage = BlobServiceClient.from_connection_string(config.storage_connection)
    raw = storage.get_container_client(RAW)
    for file in files:
        with file.open("rb") as data:
            raw.upload_blob(f"{folder}/{file.name}", data, overwrite=True)


def _follow(console: Console, opal: OpalClient, job_id: str) -> JobView:
    """Show the job's progress until it is final, or rests until a person has decided; answers the
    job with all its items."""
    deadline = time.monotonic() + _LIMIT_S
    with Live(console=console, refresh_per_second=4) as live:
        while time.monotonic() < deadline:
            job = _get_job(opal, job_id)
            if job is not None:
                live.update(_table(job))
                if job.status in JOB_FINAL or job.rests:
                    return job
            time.sleep(0.5)
    raise TimeoutError(f"The job {job_id} did not finish in {_LIMIT_S:g} s.")


def _get_job(opal: OpalClient, job_id: str) -> JobView | None:
    """The job with all its items, or None while nothing that was dropped has been noticed."""
    try:
        return opal.whole_job(job_id)
    except ApiError as error:
        if error.code != "job_missing":
            raise
        return None


def _table(job: JobView) -> Table:
    done = job.counters.completed + job.counters.failed
    table = Table(title=f"{job.job_id}: {job.status}, {done} of {job.counters.total}")
    for column in ("photo", "status", "stage", "exports", "seconds"):
        table.add_column(column, justify="left" if column != "seconds" else "right")
    for item in job.items:
        table.add_row(
            item.filename,
            item.status,
            item.stage or item.failed_stage or "",
            str(len(item.outputs) or ""),
            _seconds(item),
        )
    return table


def _seconds(item: ItemView) -> str:
    if item.processing_started_at is None or item.processing_completed_at is None:
        return ""
    return f"{(item.processing_completed_at - item.processing_started_at).total_seconds():.1f}"


def _download(console: Console, opal: OpalClient, job: JobView, out: Path) -> Path:
    """Write every output to `out/<job>/<item>/<scene>/<preset>`, and the job's ZIP."""
    got = download_job(opal, job.job_id, out, _DOWNLOADS, console)
    for name, reason in got.failed.items():
        console.print(f"  {name}: {reason}")
    if job.package_path:
        opal.download(opal.package(job.job_id).url, got.folder / "job.zip")
    got.folder.mkdir(parents=True, exist_ok=True)
    return got.folder


def _report(console: Console, job: JobView, folder: Path, sheet: Path, seconds: float) -> None:
    files = sum(len(item.outputs) for item in job.items)
    console.print(
        f"\n{job.counters.completed} of {job.counters.total} photos, {files} files,"
        f" {seconds:.0f} s in all"
    )
    for item in job.items:
        if item.error:
            console.print(f"  {item.filename}: {item.error.code}: {item.error.message}")
        elif item.review is not None and item.review.decision is None:
            reasons = "; ".join(item.review.reasons)
            console.print(f"  {item.filename} waits for a person: {reasons}")
            console.print(f"    decide with `make run` and `python -m opal reviews {job.job_id}`")
    console.print(f"  contact sheet  {sheet}")
    console.print(f"  exports        {folder}/<photo>/<scene>/<preset>")
    if job.package_path:
        console.print(f"  all in one     {folder / 'job.zip'}")
    sys.stdout.flush()
