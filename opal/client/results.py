"""Results: where finished files are, and how they come to the disk."""

import hashlib
from pathlib import Path

import requests

from opal.api.downloads import GET_OUTPUTS, GET_PACKAGE, ItemOutputs, SignedPackage
from opal.client.errors import DigestMismatch, TransferFailed
from opal.client.transport import Transport
from opal.client.uploads import Progress, refused

_PIECE = 1024 * 1024


class ResultCalls(Transport):
    """Every method raises `ApiError`, `AnswerInvalid` or `Unreachable`."""

    def outputs(self, job_id: str, item_id: str) -> ItemOutputs:
        """The finished files of a photo, with addresses that work for some minutes."""
        path = {"job_id": job_id, "item_id": item_id}
        return self._ask(GET_OUTPUTS, ItemOutputs, path=path)

    def package(self, job_id: str) -> SignedPackage:
        """All finished files of a job in one ZIP, with an address that works for some minutes."""
        return self._ask(GET_PACKAGE, SignedPackage, path={"job_id": job_id})

    def download(
        self,
        url: str,
        file: Path,
        sha256: str | None = None,
        *,
        progress: Progress = lambda _: None,
    ) -> None:
        """Write what a signed address gives to `file`, which is there whole or not at all.

        Folders are made as needed. Raises `TransferFailed`, `DigestMismatch` when the file is
        not the one of this digest, and `OSError`.
        """
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.part")
        try:
            self._get(url, part, progress)
            if sha256 is not None and sha256_of(part) != sha256:
                raise DigestMismatch("It arrived damaged, or was replaced meanwhile.")
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)

    def _get(self, url: str, part: Path, progress: Progress) -> None:
        got = 0
        try:
            with self._storage.get(url, stream=True, timeout=self._timeout) as response:
                if response.status_code >= 300:
                    raise refused(response)
                with part.open("wb") as data:
                    for piece in response.iter_content(_PIECE):
                        got += data.write(piece)
                        progress(got)
        except requests.RequestException as error:
            # Without its text and its cause, which show the signed address.
            raise TransferFailed(f"Storage broke off ({type(error).__name__}).") from None


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hex digits; raises `OSError`."""
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
