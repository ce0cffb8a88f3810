"""Uploads over HTTP: what is asked and answered."""

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from opal.api.jobs import Filename
from opal.api.operation import Operation
from opal.documents import Document, ItemStatus
from opal.keys import Role


class UploadRef(Document):
    """The announced item that a photo is for. `filename`, where given, must be the item's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant_id: str | None = Field(default=None, max_length=63)
    job_id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    item_id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")
    filename: Filename | None = None


class UploadRequest(UploadRef):
    """Asks where to upload a photo to."""

    content_type: str | None = Field(default=None, pattern=r"^image/[a-z0-9.+-]{1,60}$")


class UploadGrant(Document):
    """Where to PUT the photo's bytes, with which headers, and until when.

    The address creates or replaces this one blob and does nothing else. Photos of more than
    `max_bytes` are refused when they are processed.
    """

    method: Literal["PUT"] = "PUT"
    upload_url: str
    headers: dict[str, str]
    raw_blob_path: str
    expires_at: datetime
    max_bytes: int


class UploadCompleted(Document):
    """The photo is there; `status` is its item's."""

    ok: Literal[True] = True
    status: ItemStatus


GRANT_UPLOAD = Operation(
    id="grant_upload",
    method="POST",
    path="/v1/uploads/sas",
    tag="Uploads",
    summary="Ask for a signed address to upload one photo to",
    role=Role.WRITE,
    body=UploadRequest,
    answers={200: UploadGrant},
    failures=("item_missing", "item_final"),
)
COMPLETE_UPLOAD = Operation(
    id="complete_upload",
    method="POST",
    path="/v1/uploads/complete",
    tag="Uploads",
    summary="Say that a photo is uploaded; storage's own event says the same",
    role=Role.WRITE,
    body=UploadRef,
    answers={200: UploadCompleted},
    failures=("item_missing", "blob_missing"),
)
OPERATIONS = (GRANT_UPLOAD, COMPLETE_UPLOAD)
