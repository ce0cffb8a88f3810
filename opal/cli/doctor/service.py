"""The service as a caller sees it: its address, its health, the clock, the key."""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import requests

from opal.api.system import HEALTHZ, READYZ
from opal.cli.connection import Connection
from opal.cli.doctor.findings import Finding, ok, skipped, wrong
from opal.cli.errors import reason
from opal.client import ApiError, ClientError, OpalClient
from opal.client.retrying import Patience
from opal.documents.readiness import Readiness

_TIMEOUT_S = (3.0, 15.0)
_SKEW_S = 60.0
_LOG = "Look at the log of the app"
_ADVICE = {
    "store": f"{_LOG}; check OPAL_STATE_PATH or the Cosmos DB account.",
    "blobs": f"{_LOG}; check OPAL_STORAGE, and that Azurite or the account is up.",
    "endpoint": f"{_LOG}; check OPAL_ENDPOINT_URL, and that the endpoint is up.",
}


def check_service(connection: Connection, key_file: Path) -> Iterator[Finding]:
    """Look at the API and the key; what can't be looked at without an answer is left out."""
    yield _address(connection.url)
    if key_file.exists():
        yield _key_file(key_file)
    try:
        health = requests.get(
            connection.url + HEALTHZ.path, timeout=_TIMEOUT_S, allow_redirects=False
        )
    except requests.RequestException as error:
        yield wrong(
            "api",
            f"{connection.url} does not answer ({type(error).__name__})",
            "Start it (make run), or say where it is: OPAL_URL=https://…",
        )
        return
    if not _is_opal(health):
        yield wrong(
            "api",
            f"what answers at {connection.url} is not OPAL (status {health.status_code})",
            "Check OPAL_URL; another program may have the port.",
        )
        return
    yield ok("api", connection.url)
    yield _clock(health.headers.get("Date"))
    yield from _readiness(connection.url)
    yield _key(connection)


def _address(url: str) -> Finding:
    parts = urlsplit(url)
    if parts.scheme == "https" or _is_loopback(parts.hostname or ""):
        return ok("address", "the key travels encrypted, or not at all")
    return wrong(
        "address",
        f"the key goes to {parts.hostname} unencrypted",
        "Use the https address of the API.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _key_file(file: Path) -> Finding:
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077 == 0:
        return ok("key file", f"only you can read {file}")
    return wrong("key file", f"others can read {file} (mode {mode:o})", f"chmod 600 {file}")


def _is_opal(response: requests.Response) -> bool:
    try:
        return response.status_code == 200 and response.json() == {"status": "ok"}
    except ValueError:
        return False


def _clock(date: str | None) -> Finding:
    try:
        theirs = parsedate_to_datetime(date or "")
    except ValueError:
        return skipped("clock", "the server does not say what time it is")
    ahead_s = (datetime.now(UTC) - theirs.replace(tzinfo=theirs.tzinfo or UTC)).total_seconds()
    if abs(ahead_s) <= _SKEW_S:
        return ok("clock", f"within {_SKEW_S:g} s of the server's")
    side = "ahead of" if ahead_s > 0 else "behind"
    return wrong(
        "clock",
        f"{abs(ahead_s):.0f} s {side} the server's",
        "Set the clock (timedatectl set-ntp true); signed addresses work by the clock.",
    )


def _readiness(url: str) -> Iterator[Finding]:
    try:
        response = requests.get(url + READYZ.path, timeout=_TIMEOUT_S, allow_redirects=False)
        report = Readiness.parse(response.json())
    except (requests.RequestException, ValueError):
        yield wrong("ready", "the app can't say whether it is ready", f"{_LOG}.")
        return
    for name, check in report.checks.items():
        if check.ok:
            yield ok(f"app's {name}", f"answers the app in {check.ms:g} ms")
        else:
            yield wrong(
                f"app's {name}",
                f"does not answer the app ({check.code})",
                _ADVICE.get(name, f"{_LOG}."),
            )


def _key(connection: Connection) -> Finding:
    if not connection.key:
        return wrong(
            "key",
            "there is none",
            "Set OPAL_API_KEY; an operator makes one: python -m opal keys create --tenant …",
        )
    try:
        with OpalClient(connection.url, connection.key, patience=Patience(retries=0)) as client:
            next(client.list_jobs(), None)
    except ApiError as error:
        if error.status == 401:
            return wrong(
                "key",
                "the API does not know it, or it was revoked",
                "Make one: python -m opal keys create --tenant …, and set OPAL_API_KEY.",
            )
        return wrong("key", reason(error), "Try again later, or look at the log of the app.")
    except ClientError as error:
        return wrong("key", str(error), "Try again later, or look at the log of the app.")
    return ok("key", f"valid for the tenant {connection.tenant_id}")
