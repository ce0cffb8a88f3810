"""The whole stack, on its own ports and folder, behind a proxy that counts endpoint calls."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from azure.storage.blob import BlobServiceClient, ContainerClient

from local.config import StackConfig, app_environment
from local.stack import Stack, running_stack
from opal.client import ApiError, ClientError, OpalClient
from opal.client.retrying import Patience
from opal.keys import Role, create_key
from opal.settings import load_settings
from opal.state import open_store
from tests.conftest import free_port
from tests.system.endpoint_proxy import EndpointProxy

TENANT = "shop"
FAST = {
    "OPAL_LEASE": "4",
    "OPAL_SWEEP_SCHEDULE": "*/2 * * * * *",
    "OPAL_SWEEP_GRACE": "3",
    "OPAL_JOB_SETTLE": "1",
    "OPAL_RETRY_FIRST": "0.25",
    "OPAL_RETRY_CAP": "1",
    "OPAL_ENDPOINT_TIMEOUT": "20",
    "OPAL_RATE_LIMIT": "100000",
}
FINAL = {"completed", "partial", "failed", "canceled"}


class Opal:
    """A running stack, and what a user does with it."""

    def __init__(self, stack: Stack, proxy: EndpointProxy, environment: Mapping[str, str]) -> None:
        self.stack = stack
        self.proxy = proxy
        self.settings = load_settings(app_environment(stack.config, environment))
        self._keys: dict[str, str] = {}
        self.storage = BlobServiceClient.from_connection_string(stack.config.storage_connection)

    def container(self, name: str) -> ContainerClient:
        return self.storage.get_container_client(name)

    def drop(self, folder: str, name: str, data: bytes, tenant: str = TENANT) -> None:
        path = "/".join(part for part in (tenant, folder, name) if part)
        self.container("raw").upload_blob(path, data, overwrite=True)

    def key(self, tenant: str = TENANT) -> str:
        """An API key of the tenant, with every role."""
        if tenant not in self._keys:
            store = open_store(self.settings)
            _, self._keys[tenant] = create_key(store, tenant, Role.ADMIN, "", datetime.now(UTC))
            store.close()
        return self._keys[tenant]

    def ask(
        self, method: str, path: str, body: Any = None, tenant: str = TENANT, **headers: str
    ) -> requests.Response:
        """A request to the API with the tenant's key."""
        return requests.request(
            method,
            f"{self.stack.config.host_url}{path}",
            json=body,
            headers={"X-API-Key": self.key(tenant), **headers},
            timeout=30,
        )

    def job(self, job_id: str, tenant: str = TENANT) -> Any:
        """The job with all its items, or None."""
        url = self.stack.config.host_url
        with OpalClient(url, self.key(tenant), patience=Patience(retries=0)) as client:
            try:
                return client.whole_job(job_id).dump()
            except ApiError as error:
                if error.status != 404:
                    raise
                return None

    def job_or_none(self, job_id: str, tenant: str = TENANT) -> Any:
        """The same, or None while the host does not answer."""
        try:
            return self.job(job_id, tenant)
        except ClientError:
            return None

    def wait(
        self,
        job_id: str,
        *,
        total: int | None = None,
        tenant: str = TENANT,
        limit_s: float = 120,
        revive: bool = False,
    ) -> Any:
        """The job once it is final (and has that many items)."""
        deadline = time.monotonic() + limit_s
        job = None
        while time.monotonic() < deadline:
            if revive:
                self.stack.revive()
            job = self.job_or_none(job_id, tenant)
            if (
                job
                and job["status"] in FINAL
                and (total is None or job["counters"]["total"] == total)
            ):
                return job
            time.sleep(0.1)
        raise AssertionError(f"{job_id} was not final after {limit_s} s: {job}")

    def filenames(self, job_id: str, tenant: str = TENANT) -> list[str]:
        job = self.job(job_id, tenant)
        return [item["filename"] for item in job["items"]] if job else []

    def until(self, condition: Callable[[], object], limit_s: float = 60) -> None:
        deadline = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < deadline, "the condition never came true"
            time.sleep(0.1)

    def outputs(self, job_id: str, tenant: str = TENANT) -> list[str]:
        prefix = f"{tenant}/{job_id}/"
        names = self.container("outputs").list_blob_names(name_starts_with=prefix)
        return [name.removeprefix(prefix) for name in names]


@contextmanager
def running_opal(folder: Path, **environment: str) -> Iterator[Opal]:
    config = StackConfig(free_port(), free_port(), free_port(), folder)
    proxy = EndpointProxy(config.endpoint_url)
    settings = dict(os.environ) | FAST | {"OPAL_ENDPOINT_URL": proxy.url} | environment
    try:
        with running_stack(config, settings) as stack:
            yield Opal(stack, proxy, settings)
    finally:
        proxy.close()


@pytest.fixture(scope="session")
def opal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opal]:
    """One stack for the tests that leave it whole."""
    with running_opal(tmp_path_factory.mktemp("stack")) as running:
        yield running
