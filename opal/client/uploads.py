"""Uploads: a photo's bytes go straight to storage, to an address that takes this one file."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO

import requests

from opal.api.uploads import (
    COMPLETE_UPLOAD,
    GRANT_UPLOAD,
    UploadCompleted,
    UploadGrant,
    UploadRef,
    UploadRequest,
)
from opal.client.errors import TransferFailed
from opal.client.photos import content_type_of
from opal.client.transport import Transport

_THERE_ALREADY = "BlobAlreadyExists"
Progress = Callable[[int], object]
"""Told how many bytes of a file have gone by; less than before when a transfer begins anew."""


class UploadCalls(Transport):
    """Every method raises `ApiError`, `AnswerInvalid` or `Unreachable`."""

    def grant_upload(self, request: UploadRequest) -> UploadGrant:
        """A signed address to upload an announced photo to."""
        return self._ask(GRANT_UPLOAD, UploadGrant, body=request)

    def complete_upload(self, request: UploadRef) -> UploadCompleted:
        """Say that a photo is uploaded; said again, it changes nothing."""
        return self._ask(COMPLETE_UPLOAD, UploadCompleted, body=request)

    def upload_photo(
        self,
        job_id: str,
        item_id: str,
        file: Path,
        *,
        replace: bool = False,
        progress: Progress = lambda _: None,
    ) -> UploadCompleted:
        """Upload the photo of an announced item, piece by piece from the disk.

        What is there already stays as it is, so that no photo is processed and paid for twice
        by accident; `replace` makes a new one of it. Raises `TransferFailed` and `OSError` too.
        """
        self.put_photo(job_id, item_id, file, replace=replace, progress=progress)
        return self.complete_upload(UploadRef(job_id=job_id, item_id=item_id))

    def put_photo(
        self,
        job_id: str,
        item_id: str,
        file: Path,
        *,
        replace: bool = False,
        progress: Progress = lambda _: None,
    ) -> None:
        """As `upload_photo`, without saying that it is complete: storage's own event says so."""
        grant = self.grant_upload(
            UploadRequest(job_id=job_id, item_id=item_id, content_type=content_type_of(file))
        )
        self._put(grant, file, replace, progress)

    def _put(self, grant: UploadGrant, file: Path, replace: bool, progress: Progress) -> None:
        headers = grant.headers if replace else {**grant.headers, "If-None-Match": "*"}
        with _Watched(file, progress) as data:
            try:
                # An empty file would be sent in chunks, which storage refuses.
                body: IO[bytes] | bytes = data if file.stat().st_size else b""
                response = self._storage.put(
                    grant.upload_url, data=body, headers=headers, timeout=self._timeout
                )
            except requests.RequestException as error:
                # Without its text and its cause, which show the signed address.
                raise TransferFailed(
                    f"Storage does not take it ({type(error).__name__})."
                ) from None
        if response.status_code >= 300 and _code(response) != _THERE_ALREADY:
            raise refused(response)


class _Watched(io.FileIO):
    """A file that tells how far it has been read."""

    def __init__(self, file: Path, progress: Progress) -> None:
        super().__init__(file)
        self._progress = progress

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(-1 if size is None else size)
        self._progress(self.tell())
        return data or b""


def refused(response: requests.Response) -> TransferFailed:
    """What storage says instead of doing what it was asked."""
    said = _code(response) or "no reason given"
    return TransferFailed(f"Storage answers {response.status_code} ({said}).", response.status_code)


def _code(response: requests.Response) -> str:
    return response.headers.get("x-ms-error-code", "")
