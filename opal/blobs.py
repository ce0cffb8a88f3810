"""Blobs: read, write, list, and signed URLs, over one cached client.

Paths are `container/blob`. On Azure the client signs in by managed identity and signs URLs
with a user delegation key; with a connection string (one machine) it signs with the account's
key. Errors are `NotFound`, or `DependencyDown` when they may pass.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from azure.core.exceptions import (
    AzureError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.identity import DefaultAzureCredential
from azure.storage.blob import (
    BlobClient,
    BlobProperties,
    BlobSasPermissions,
    BlobServiceClient,
    ContainerClient,
    ContentSettings,
    ExponentialRetry,
    UserDelegationKey,
    generate_blob_sas,
)

from opal.errors import DependencyDown, NotFound
from opal.settings import Settings, get_settings

_CLOCK_SKEW = timedelta(minutes=10)


def etag_of(properties: BlobProperties) -> str:
    """The blob's ETag without quotes, which listings and single reads treat differently."""
    return str(properties.etag).strip('"')


class Blobs:
    """The storage account of this deployment."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        timeouts: dict[str, Any] = {
            "connection_timeout": 10,
            "read_timeout": settings.blob_timeout_s,
            "retry_policy": ExponentialRetry(initial_backoff=1, increment_base=2, retry_total=3),
            "max_single_get_size": 64 * 1024 * 1024,
        }
        if settings.storage_connection is not None:
            self._service = BlobServiceClient.from_connection_string(
                settings.storage_connection, **timeouts
            )
        else:
            credential = DefaultAzureCredential(
                managed_identity_client_id=settings.identity_client_id
            )
            self._service = BlobServiceClient(
                str(settings.storage_uri), credential=credential, **timeouts
            )
        self._delegation_lock = threading.Lock()
        self._delegation: tuple[datetime, UserDelegationKey] | None = None

    def ensure_containers(self, names: Iterable[str]) -> None:
        """Create the containers that do not exist yet."""
        with _translated():
            for name in names:
                try:
                    self._service.create_container(name)
                except ResourceExistsError:
                    continue

    def ping(self) -> None:
        """Ask storage a small question; raises `DependencyDown` when it can't answer."""
        with _translated():
            next(iter(self._service.list_containers(results_per_page=1).by_page()), None)

    def properties(self, path: str) -> BlobProperties | None:
        """The blob's properties with metadata, or None if there is no such blob."""
        with _translated():
            try:
                return self._client(path).get_blob_properties()
            except ResourceNotFoundError:
                return None

    def read(self, path: str) -> bytes:
        """The whole blob; raises `NotFound`."""
        with _translated():
            return self._client(path).download_blob().readall()

    def chunks(self, path: str) -> Iterator[bytes]:
        """The blob in pieces of at most 4 MiB."""
        with _translated():
            yield from self._client(path).download_blob().chunks()

    def write(
        self,
        path: str,
        data: bytes | Iterable[bytes],
        content_type: str,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Create or replace a block blob; an iterable is streamed in blocks."""
        with _translated():
            self._client(path).upload_blob(
                data,
                overwrite=True,
                metadata=dict(metadata or {}),
                content_settings=ContentSettings(content_type=content_type),
                max_concurrency=1,
            )

    def delete(self, path: str) -> None:
        """Delete the blob if it is there."""
        with _translated():
            try:
                self._client(path).delete_blob()
            except ResourceNotFoundError:
                return

    def list_names(self, container: str, prefix: str) -> list[str]:
        """The names of all blobs of a container that begin with `prefix`."""
        with _translated():
            return list(
                self._service.get_container_client(container).list_blob_names(
                    name_starts_with=prefix
                )
            )

    def page(
        self, container: str, continuation: str | None, size: int
    ) -> tuple[list[BlobProperties], str | None]:
        """One page of a container's blobs in name order, and where the next page begins."""
        with _translated():
            pages: Any = (
                self._service.get_container_client(container)
                .list_blobs(results_per_page=size)
                .by_page(continuation)
            )
            blobs = list(next(pages, []))
            return blobs, pages.continuation_token or None

    def container(self, name: str) -> ContainerClient:
        """The client of a container, for callers that watch one."""
        return self._service.get_container_client(name)

    def read_url(self, path: str, lifetime_s: float | None = None) -> str:
        """A short-lived URL that reads this blob and nothing else."""
        return self._signed_url(path, BlobSasPermissions(read=True), lifetime_s)

    def write_url(self, path: str) -> str:
        """A short-lived URL that creates or replaces this blob and nothing else."""
        return self._signed_url(path, BlobSasPermissions(create=True, write=True))

    def _client(self, path: str) -> BlobClient:
        container, name = path.split("/", 1)
        return self._service.get_blob_client(container, name)

    def _signed_url(
        self, path: str, permission: BlobSasPermissions, lifetime_s: float | None = None
    ) -> str:
        container, name = path.split("/", 1)
        now = datetime.now(UTC)
        key = getattr(self._service.credential, "account_key", None)
        with _translated():
            signature = generate_blob_sas(
                account_name=str(self._service.account_name),
                container_name=container,
                blob_name=name,
                account_key=key,
                user_delegation_key=None if key else self._delegation_key(now),
                permission=permission,
                start=now - _CLOCK_SKEW,
                expiry=now + timedelta(seconds=lifetime_s or self._settings.sas_lifetime_s),
            )
        return f"{self._client(path).url}?{signature}"

    def _delegation_key(self, now: datetime) -> UserDelegationKey:
        """The key that signs URLs, asked for anew when it would not outlive them."""
        with self._delegation_lock:
            lifetime = timedelta(
                seconds=max(self._settings.sas_lifetime_s, self._settings.download_lifetime_s)
            )
            if self._delegation is None or self._delegation[0] < now + lifetime:
                expiry = now + min(lifetime + timedelta(hours=12), timedelta(days=7))
                key = self._service.get_user_delegation_key(now - _CLOCK_SKEW, expiry)
                self._delegation = (expiry, key)
            return self._delegation[1]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ResourceNotFoundError as error:
        raise NotFound("The blob does not exist.", code="blob_missing") from error
    except AzureError as error:
        raise DependencyDown(
            f"Blob storage did not do what it was asked ({type(error).__name__})."
        ) from error


@cache
def get_blobs() -> Blobs:
    """The blobs of this process."""
    return Blobs(get_settings())
