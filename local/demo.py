"""The demonstration: photos in, exports out, one picture of all of it."""

import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from azure.storage.blob import BlobServiceClient
from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.config import StackConfig
from local.contact_sheet import write_contact_sheet
from local.stack import running_stack
from opal.names import outputs_of_job

_TENANT = "demo"
_PHOTOS = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp"}
_LIMIT_S = 1800.0
_FINAL = {"completed", "partial", "failed", "canceled"}


def run_demo(config: StackConfig, photos: Path, out: Path) -> int:
    """Drop the folder's photos, follow their job, download the results to `out/<job>`.

    Answers 0 when photos came through, else 1; those that did not are named with the reason.
    """
    console = Console()
    files = find_photos(photos)
    if not files:
        console.print(f"No photos in {photos} (looked for {', '.join(sorted(_PHOTOS))}).")
        return 1
    started = time.monotonic()
    job_id = datetime.now(UTC).strftime("demo-%Y%m%d-%H%M%S")
    console.print(f"Starting Azurite, the model endpoint and the function host ({config.folder}) …")
    with running_stack(config):
        storage = BlobServiceClient.from_connection_string(config.storage_connection)
        console.print(f"Dropping {len(files)} photos into [bold]raw/{_TENANT}/{job_id}/[/bold]")
        raw = storage.get_container_client("raw")
        for file in files:
            with file.open("rb") as data:
                raw.upload_blob(f"{_TENANT}/{job_id}/{file.name}", data, overwrite=True)
        job = _follow(console, config, job_id)
        folder = _download(storage, job, out / job_id)
    sheet = write_contact_sheet(job, files, folder)
    _report(console, job, folder, sheet, time.monotonic() - started)
    return 0 if job["counters"]["completed"] else 1


def find_photos(folder: Path) -> list[Path]:
    """The photos of a folder (not of its subfolders), or one photo given by its path."""
    files = [folder] if folder.is_file() else sorted(folder.glob("*"))
    return [f for f in files if f.suffix.lower() in _PHOTOS and not f.name.startswith(".")]


def _follow(console: Console, config: StackConfig, job_id: str) -> Any:
    """Show the job's progress until it is final; answers the job with all its items."""
    deadline = time.monotonic() + _LIMIT_S
    with Live(console=console, refresh_per_second=4) as live:
        while time.monotonic() < deadline:
            job = _get_job(config, job_id)
            if job is not None:
                live.update(_table(job, _stages(config)))
                if job["status"] in _FINAL:
                    return job
            time.sleep(0.5)
    raise TimeoutError(f"The job {job_id} did not finish in {_LIMIT_S:g} s.")


def _get_job(config: StackConfig, job_id: str) -> Any:
    """The job with all pages of its items, or None if it does not exist yet."""
    url = f"{config.host_url}/v1/jobs/{job_id}"
    query = {"tenant": _TENANT, "limit": "200"}
    items: list[Any] = []
    while True:
        answer = requests.get(url, params=query, timeout=30)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        job = answer.json()
        items.extend(job["items"])
        if job["continuation"] is None:
            return job | {"items": items}
        query["continuation"] = job["continuation"]


def _stages(config: StackConfig) -> dict[str, str]:
    """What each running item is at, from the orchestrations' custom status."""
    url = f"{config.host_url}/runtime/webhooks/durabletask/instances"
    running = requests.get(url, params={"runtimeStatus": "Running"}, timeout=30).json()
    statuses = [instance["customStatus"] or {} for instance in running]
    return {status["item_id"]: status["stage"] for status in statuses if "item_id" in status}


def _table(job: Any, stages: dict[str, str]) -> Table:
    counters = job["counters"]
    done = counters["completed"] + counters["failed"]
    table = Table(title=f"{job['job_id']}: {job['status']}, {done} of {counters['total']}")
    for column in ("photo", "status", "stage", "exports", "seconds"):
        table.add_column(column, justify="left" if column != "seconds" else "right")
    for item in job["items"]:
        table.add_row(
            item["filename"],
            item["status"],
            stages.get(item["item_id"], item["failed_stage"] or ""),
            str(len(item["outputs"]) or ""),
            _seconds(item),
        )
    return table


def _seconds(item: Any) -> str:
    if not item["processing_started_at"] or not item["processing_completed_at"]:
        return ""
    begun = datetime.fromisoformat(item["processing_started_at"])
    return (
        f"{(datetime.fromisoformat(item['processing_completed_at']) - begun).total_seconds():.1f}"
    )


def _download(storage: BlobServiceClient, job: Any, folder: Path) -> Path:
    """Write every output to `folder/<item>/<scene>/<preset>`, and the job's ZIP."""
    if folder.exists():
        shutil.rmtree(folder)
    prefix = outputs_of_job(job["tenant_id"], job["job_id"])
    paths = [output["path"] for item in job["items"] for output in item["outputs"]]
    if job["package_path"]:
        paths.append(job["package_path"])
    for path in paths:
        target = folder / path.removeprefix(prefix)
        target.parent.mkdir(parents=True, exist_ok=True)
        container, name = path.split("/", 1)
        with target.open("wb") as file:
            storage.get_blob_client(container, name).download_blob().readinto(file)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _report(console: Console, job: Any, folder: Path, sheet: Path, seconds: float) -> None:
    counters = job["counters"]
    files = sum(len(item["outputs"]) for item in job["items"])
    console.print(
        f"\n{counters['completed']} of {counters['total']} photos, {files} files,"
        f" {seconds:.0f} s in all"
    )
    for item in job["items"]:
        if item["error"]:
            reason = item["error"]
            console.print(f"  {item['filename']}: {reason['code']}: {reason['message']}")
    console.print(f"  contact sheet  {sheet}")
    console.print(f"  exports        {folder}/<photo>/<scene>/<preset>")
    if job["package_path"]:
        console.print(f"  all in one     {folder / 'job.zip'}")
    sys.stdout.flush()
