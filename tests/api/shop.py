"""A tenant with a key of each role, who asks the API over HTTP."""

import secrets
from datetime import UTC, datetime
from typing import Any

import requests

from opal.keys import Role, create_key
from opal.state import get_store
from opal.state.contract import Partition
from tests.api import factory

Json = dict[str, Any]
PHOTO = b"\xff\xd8 a photo, as far as storage cares"


class Shop:
    """`key` is the key of each role; without `role` a request has the strongest."""

    def __init__(self, url: str, connection: requests.Session) -> None:
        self.url = url
        self.name = f"shop-{secrets.token_hex(6)}"
        self.connection = connection
        now = datetime.now(UTC)
        self.key = {
            role: create_key(get_store(), self.name, role, "tests", now)[1] for role in Role
        }

    def ask(
        self,
        method: str,
        path: str,
        *,
        role: Role = Role.ADMIN,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        signed = {"X-API-Key": self.key[role], **(headers or {})}
        return self.connection.request(
            method, self.url + path, headers=signed, timeout=60, allow_redirects=False, **options
        )

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.ask("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> requests.Response:
        return self.ask("POST", path, json=body, **options)

    def put(self, path: str, body: object, **options: Any) -> requests.Response:
        return self.ask("PUT", path, json=body, **options)

    def delete(self, path: str, **options: Any) -> requests.Response:
        return self.ask("DELETE", path, **options)

    def new_job(self, *filenames: str, **fields: Any) -> Json:
        """Create a job of these photos, or of one."""
        items = [{"filename": name} for name in filenames or ("mug.jpg",)]
        return ok(self.post("/v1/jobs", {"items": items, **fields}), 202)

    def grant(self, job: Json, number: int = 0) -> Json:
        """Where to upload a photo of a new job to."""
        return ok(self.post("/v1/uploads/sas", reference(job, number)))

    def upload(self, job: Json, number: int = 0, photo: bytes = PHOTO) -> requests.Response:
        """Upload a photo, and say so; the answer to that."""
        grant = self.grant(job, number)
        stored = requests.put(grant["upload_url"], photo, headers=grant["headers"], timeout=60)
        assert stored.status_code == 201, stored.text
        return self.post("/v1/uploads/complete", reference(job, number))

    def job(self, job_id: str, **params: Any) -> Json:
        return ok(self.get(f"/v1/jobs/{job_id}", params=params))

    def items(self, job: Json, **params: Any) -> list[Json]:
        items: list[Json] = self.job(job["job_id"], **params)["items"]
        return items

    def complete(self, job: Json, number: int = 0) -> None:
        """Have an item of a new job uploaded and processed."""
        ok(self.upload(job, number))
        factory.complete_item(self.partition(job), job["items"][number]["item_id"])

    def fail(self, job: Json, number: int = 0) -> None:
        """Have an item of a new job uploaded, and fail."""
        ok(self.upload(job, number))
        factory.fail_item(self.partition(job), job["items"][number]["item_id"])

    def ask_for_review(self, job: Json, number: int = 0) -> None:
        """Have an item of a new job uploaded, and wait for a person."""
        ok(self.upload(job, number))
        factory.ask_for_review(self.partition(job), job["items"][number]["item_id"])

    def finished_job(self, *filenames: str, **fields: Any) -> Json:
        """A new job of which everything is done."""
        job = self.new_job(*filenames, **fields)
        for number in range(len(job["items"])):
            self.complete(job, number)
        factory.finish_job(self.partition(job))
        return job

    def partition(self, job: Json) -> Partition:
        return Partition(self.name, job["job_id"])


def reference(job: Json, number: int = 0) -> Json:
    """An item of a new job, as uploads name it."""
    return {"job_id": job["job_id"], "item_id": job["items"][number]["item_id"]}


def ok(response: requests.Response, status: int = 200) -> Json:
    """The body of an answer that must have this status."""
    assert response.status_code == status, response.text
    body: Json = response.json()
    return body


def problem(response: requests.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    assert response.headers["Content-Type"] == "application/problem+json", response.text
    body = response.json()
    assert body["status"] == response.status_code
    return response.status_code, body["code"]
