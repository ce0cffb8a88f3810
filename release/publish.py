"""Publishes a package to a Flex Consumption app as it is: `python -m release.publish`.

This is the deployment API that `azd deploy` and `az functionapp deployment source config-zip` use,
without the remote build, which has been done to a package that ran before. The token is read from
standard input, so that no argument shows it.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any

import requests

_TIMEOUT_S = (10.0, 600.0)
_UNKNOWN_AT_FIRST = 10


class Status(IntEnum):
    """The states of a deployment that are its last."""

    CANCELED = -1
    FAILED = 3
    SUCCESS = 4
    CONFLICT = 5
    PARTIAL = 6


class PublishFailed(Exception):
    """The package does not run; the text says why."""


def publish(host: str, token: str, package: Path, limit_s: float, pause_s: float = 2.0) -> None:
    """Upload the package and wait until it is deployed; raises `PublishFailed`.

    `host` is the app's deployment host, with its scheme.
    """
    with requests.Session() as session:
        session.auth = _signer(token)
        deployment = _upload(session, host, package)
        _wait(session, f"{host}/api/deployments/{deployment}", time.monotonic() + limit_s, pause_s)


def _upload(session: requests.Session, host: str, package: Path) -> str:
    with package.open("rb") as data:
        response = _request(
            session,
            "POST",
            f"{host}/api/publish?RemoteBuild=false&Deployer=opal",
            data=data,
            headers={"Content-Type": "application/zip"},
        )
    if response.status_code == 409:
        raise PublishFailed("another deployment of this app is under way; try again after it")
    identity = _json(response)
    if response.status_code != 202 or not isinstance(identity, str) or not identity:
        why = response.text[:300]
        raise PublishFailed(f"the package is not taken: {response.status_code} {why}")
    return identity


def _wait(session: requests.Session, address: str, deadline: float, pause_s: float) -> None:
    """Until the deployment ends. It is unknown at first, and again once its worker is recycled."""
    seen, unknown = False, 0
    while time.monotonic() < deadline:
        response = _request(session, "GET", address)
        if response.status_code == 404:
            unknown += 1
            if seen:
                return
            if unknown > _UNKNOWN_AT_FIRST:
                raise PublishFailed("the deployment never began")
        elif response.status_code in (200, 202):
            seen = True
            if _has_ended(_json(response)):
                return
        else:
            raise PublishFailed(f"the deployment's state is not told: {response.status_code}")
        time.sleep(pause_s)
    raise PublishFailed("the deployment did not end in time")


def _has_ended(state: Any) -> bool:
    status = state.get("status") if isinstance(state, dict) else None
    if status == Status.SUCCESS:
        return True
    if status in set(Status):
        why = state.get("status_text") or "no reason given"
        raise PublishFailed(f"{Status(status).name.lower()}: {why}")
    return False


def _request(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    try:
        return session.request(method, url, timeout=_TIMEOUT_S, allow_redirects=False, **options)
    except requests.RequestException as error:
        raise PublishFailed(f"no answer from the app's host ({type(error).__name__})") from None


def _signer(token: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """Given to `requests` as `auth`, because a .netrc entry would replace a header."""

    def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    return sign


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def main(arguments: Sequence[str], token: str) -> int:
    """Publish; the exit status is 0 when the package runs."""
    parser = argparse.ArgumentParser(prog="python -m release.publish", description=__doc__)
    parser.add_argument("--host", required=True, help="the app's deployment host, its name only")
    parser.add_argument("--package", required=True, type=Path, help="a zip that was built before")
    parser.add_argument("--limit", type=float, default=900, help="seconds that it may take (900)")
    given = parser.parse_args(arguments)
    try:
        publish(f"https://{given.host}", token, given.package, given.limit)
    except (PublishFailed, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin.read().strip()))
