"""Names: what a raw blob's path means, and the ids that are derived from it.

A drop is `{tenant}/{folder…}/{filename}`; its folder is its job. Ids are derived from names,
so that an event delivered twice names the same thing twice. They are ASCII, safe in paths and
URLs, and carry a digest wherever the name itself had to be changed.
"""

import hashlib
import re
from enum import StrEnum
from pathlib import PurePosixPath

from opal.documents.base import Document
from opal.errors import InvalidInput, NameRejected

RAW = "raw"
WORK = "work"
OUTPUTS = "outputs"
DEAD_LETTERS = "dead-letters"
"""Where Event Grid puts the events that it could not deliver; on one machine there is none."""
RECIPE_FILE = "job.json"
ROOT_JOB = "inbox"
"""The job of photos that lie directly in the tenant's folder."""
UNASSIGNED = "_unassigned"
"""Where drops without a usable tenant are recorded; no tenant can have this name."""

_TENANT = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_API_JOB = re.compile(r"job-[0-9a-f]{32}")
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_DIGEST_DIGITS = 12
_DIGEST_ENDING = re.compile(rf"(.*-)?[0-9a-f]{{{_DIGEST_DIGITS}}}")
_PHOTO_EXTENSIONS = frozenset(
    {"jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "tif", "tiff", "bmp"}
    | {"heic", "heif", "avif", "svg"}
)


class DropKind(StrEnum):
    """What a dropped file is."""

    PHOTO = "photo"
    RECIPE = "recipe"
    IGNORED = "ignored"


class Drop(Document):
    """A dropped file, understood. `reason` says why an ignored one is ignored."""

    kind: DropKind
    tenant_id: str
    job_id: str
    folder: str
    filename: str
    item_id: str
    path: str
    reason: str | None = None


def is_tenant(name: str) -> bool:
    """True for a valid tenant id."""
    return _TENANT.fullmatch(name) is not None


def require_tenant(name: str) -> str:
    """The tenant id, if it is one; raises `InvalidInput` with code `tenant_invalid`."""
    if not is_tenant(name):
        raise InvalidInput(
            "A tenant id is 1 to 63 of a-z, 0-9, - and _, and begins with a letter or digit.",
            code="tenant_invalid",
        )
    return name


def job_id_of(folder: str) -> str:
    """The job id of a folder: the folder itself if plain, else a slug with its digest."""
    if folder == "":
        return ROOT_JOB
    if _PLAIN.fullmatch(folder) and not _DIGEST_ENDING.fullmatch(folder) and folder != ROOT_JOB:
        return folder
    return _slug_with_digest(folder)


def api_job_id(digits: str) -> str:
    """The id of a job from the API, by 32 hex digits; no folder has such an id."""
    return f"job-{digits}"


def api_item_id(number: int, filename: str) -> str:
    """The id of the n-th item (from 1) of an API job: two items may have one filename, and ids
    sort in the order of the request."""
    return f"{number:04d}-{item_id_of(filename)}"


def upload_path(tenant_id: str, job_id: str, item_id: str, filename: str) -> str:
    """Where the photo of an API job's item is uploaded to: `raw/{tenant}/{job}/{item}/{name}`."""
    return f"{RAW}/{tenant_id}/{job_id}/{item_id}/{filename}"


def upload_target(drop: Drop) -> tuple[str, str] | None:
    """The (job id, item id) of an API job that a dropped file looks like an upload to."""
    job_id, _, item_id = drop.folder.partition("/")
    if _API_JOB.fullmatch(job_id) and item_id and "/" not in item_id:
        return job_id, item_id
    return None


def outputs_of_job(tenant_id: str, job_id: str) -> str:
    """The folder of all that a job puts out, with a slash at its end."""
    return f"{OUTPUTS}/{tenant_id}/{job_id}/"


def outputs_of_item(tenant_id: str, job_id: str, item_id: str) -> str:
    """The folder of an item's exports, with a slash at its end."""
    return f"{outputs_of_job(tenant_id, job_id)}{item_id}/"


def review_of_item(tenant_id: str, job_id: str, item_id: str) -> str:
    """The folder of an item's exports that wait for a person, with a slash at its end."""
    return f"{WORK}/{tenant_id}/review/{job_id}/{item_id}/"


def package_path(tenant_id: str, job_id: str) -> str:
    """Where the ZIP of all of a job's exports lies."""
    return f"{outputs_of_job(tenant_id, job_id)}job.zip"


def item_id_of(filename: str) -> str:
    """The item id of a file name, unique among the files of a folder."""
    return _slug_with_digest(filename, PurePosixPath(filename).stem)


def instance_id_of(tenant_id: str, job_id: str, item_id: str, revision: int) -> str:
    """The orchestration's instance id of an item's revision: readable, at most 100 characters."""
    digest = hashlib.sha256(f"{tenant_id}/{job_id}/{item_id}".encode()).hexdigest()[:16]
    return f"item-{item_id[:48]}-{digest}-r{revision}"


def understand_drop(path: str) -> Drop:
    """Read the path of a blob in the raw container.

    Raises `NameRejected` with code `tenant_missing`, `tenant_invalid` or `name_rejected`.
    """
    segments = path.split("/")
    if any(segment in {".", ".."} for segment in segments):
        raise NameRejected("The name has a dot segment, which storage clients rewrite.")
    if "" in segments[1:-1]:
        raise NameRejected("The name has an empty folder (//), which storage clients rewrite.")
    if len(segments) < 2:
        raise NameRejected(
            "The file lies outside any tenant's folder; drop it into <tenant>/<job>/.",
            code="tenant_missing",
        )
    tenant_id, *folders, filename = segments
    if not is_tenant(tenant_id):
        raise NameRejected(
            "The first folder is not a valid tenant id (a-z, 0-9, - and _, up to 63).",
            code="tenant_invalid",
        )
    folder = "/".join(folders)
    kind, reason = _kind_of(filename)
    return Drop(
        kind=kind,
        tenant_id=tenant_id,
        job_id=job_id_of(folder),
        folder=folder,
        filename=filename,
        item_id=item_id_of(filename),
        path=f"{RAW}/{path}",
        reason=reason,
    )


def _kind_of(filename: str) -> tuple[DropKind, str | None]:
    if filename == RECIPE_FILE:
        return DropKind.RECIPE, None
    if filename == "" or filename.startswith("."):
        return DropKind.IGNORED, "hidden files are not photos"
    extension = PurePosixPath(filename).suffix.lower().lstrip(".")
    if extension not in _PHOTO_EXTENSIONS:
        return DropKind.IGNORED, f"files ending in .{extension[:20]} are not photos"
    return DropKind.PHOTO, None


def _slug_with_digest(name: str, readable: str | None = None) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", (readable or name).lower()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_DIGITS]
    return f"{slug}-{digest}" if slug else digest
