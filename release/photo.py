"""The real thing: one small photo through the API, from its order to its files."""

import secrets
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter

from opal.api.downloads import SignedOutput
from opal.api.jobs import CreatedJob, JobView, NewItem, NewJob
from opal.api.uploads import UploadRef
from opal.client import ClientError, OpalClient
from opal.documents import JOB_FINAL, ItemStatus, JobStatus
from opal.job_options import JobOptions
from release.checks import CheckFailed

NAME = "smoke-test.jpg"
_PAUSE_S = 1.0
# The smallest job that goes through every stage. No person is asked: what is tested is the service.
OPTIONS = JobOptions.parse({"scenes": ["white"], "exports": ["web_thumb", "cutout"], "gate": "off"})


def check_photo(url: str, key: str, limit_s: float, event_limit_s: float) -> str:
    """A photo that storage's event brings in becomes pictures, all in the trace it was sent in.

    Each photo has `limit_s` seconds, and its event `event_limit_s` of them. When the event of the
    first is late, because what takes it in has to start, there is a second one.
    """
    found, by_event = _make_photo(url, key, limit_s, event_limit_s)
    if not by_event:
        found, by_event = _make_photo(url, key, limit_s, event_limit_s)
    if not by_event:
        raise CheckFailed(f"{found}, but no event told of the upload within {event_limit_s:g} s")
    return found


def _make_photo(url: str, key: str, limit_s: float, event_limit_s: float) -> tuple[str, bool]:
    """What came of one photo, and whether an event brought it in."""
    trace_id = secrets.token_hex(16)
    started = time.monotonic()
    try:
        with OpalClient(url, key, trace_id=trace_id) as client, tempfile.TemporaryDirectory() as to:
            file = Path(to) / NAME
            draw_photo(file)
            # Sent again after a lost answer, this stays one job.
            order = NewJob(items=(NewItem(filename=NAME),), options=OPTIONS)
            created = client.create_job(order, idempotency_key=f"smoke-{trace_id}")
            _same_trace("the answer to the order", created.trace_id, trace_id)
            item_id = created.items[0].item_id
            client.put_photo(created.job_id, item_id, file)
            by_event = _taken_in(client, created, event_limit_s)
            if not by_event:
                client.complete_upload(UploadRef(job_id=created.job_id, item_id=item_id))
            job = _wait(client, created, started + limit_s)
            _same_trace("the job", job.trace_id, trace_id)
            for item in job.items:
                _same_trace("the photo", item.trace_id, trace_id)
            files = _fetch(client, created, Path(to))
    except ClientError as error:
        raise CheckFailed(f"{error} (trace {trace_id})") from error
    return f"{files} files in {time.monotonic() - started:.0f} s (trace {trace_id})", by_event


def draw_photo(file: Path) -> None:
    """A box with a label before a light wall, in a colour of its own each time, so that no stage
    finds the work of an earlier test."""
    picture = Image.new("RGB", (640, 480), (228, 228, 224))
    draw = ImageDraw.Draw(picture)
    colour = (20 + secrets.randbelow(100), 20 + secrets.randbelow(100), 20 + secrets.randbelow(100))
    draw.rectangle((200, 120, 440, 380), fill=colour)
    draw.rectangle((250, 190, 390, 260), fill=(250, 220, 120))
    picture.filter(ImageFilter.GaussianBlur(1)).save(file, "JPEG", quality=92)


def _taken_in(client: OpalClient, created: CreatedJob, limit_s: float) -> bool:
    """Whether the uploaded photo is taken in, without anybody saying that it is there."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        [item] = client.get_job(created.job_id).items
        if item.status is not ItemStatus.CREATED:
            return True
        time.sleep(_PAUSE_S)
    return False


def _wait(client: OpalClient, created: CreatedJob, deadline: float) -> JobView:
    while True:
        job = client.get_job(created.job_id)
        if job.status in JOB_FINAL:
            break
        if time.monotonic() > deadline:
            raise CheckFailed(f"{_told(job)} and should be done")
        time.sleep(_PAUSE_S)
    if job.status is not JobStatus.COMPLETED:
        errors = [item.error.code for item in job.items if item.error] or ["no reason given"]
        raise CheckFailed(f"{_told(job)}: {', '.join(errors)}")
    return job


def _told(job: JobView) -> str:
    return f"job {job.job_id} (trace {job.trace_id}) is {job.status.value}"


def _fetch(client: OpalClient, created: CreatedJob, folder: Path) -> int:
    """How many files came, each with its SHA-256 and what it says of itself."""
    outputs = client.outputs(created.job_id, created.items[0].item_id).outputs
    wanted = set(OPTIONS.exports or ())
    missing = wanted - {output.preset for output in outputs}
    if missing:
        raise CheckFailed(f"job {created.job_id} has no {', '.join(sorted(missing))}")
    for number, output in enumerate(outputs):
        file = folder / f"output-{number}"
        client.download(output.url, file, output.sha256)
        _require_picture(file, output)
    return len(outputs)


def _require_picture(file: Path, output: SignedOutput) -> None:
    try:
        with Image.open(file) as picture:
            picture.load()
            size = picture.size
    except OSError:
        raise CheckFailed(f"{output.path} is no picture") from None
    if size != (output.width, output.height) or file.stat().st_size != output.bytes:
        raise CheckFailed(f"{output.path} is not of the size that the API tells")


def _same_trace(what: str, told: str, sent: str) -> None:
    if told != sent:
        raise CheckFailed(f"{what} is in trace {told}, not in {sent} as sent")
