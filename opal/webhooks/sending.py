"""Sending one webhook: to a checked address, without redirects, within a time, and little read.

The time is the whole attempt's, from the lookup to the end of the answer, so that a receiver
that sends a byte now and then holds nobody up. The status alone decides; the rest of the answer
is read for politeness, up to 64 KiB, and thrown away.
"""

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from opal.errors import WebhookUrlRefused
from opal.webhooks.destination import Destination, Resolver, check_destination, system_addresses
from opal.webhooks.sealing import SecretBox

_KEYLESS = SecretBox()
_MAX_ANSWER = 64 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt: an HTTP status, or the code of what prevented one.

    Codes: `timeout`, `unreachable`, `tls_failed`, `answer_invalid`, `internal_error`,
    `secret_unreadable`, or that of a refused URL. `retry_after` is the receiver's header.
    """

    ms: float
    status: int | None = None
    error: str | None = None
    retry_after: str = ""

    @property
    def delivered(self) -> bool:
        """True for 2xx."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Sender:
    """How webhooks are sent: how long an attempt may take, who is reached, whom we trust.

    `trust` holds what receivers' certificates are checked against; the system's if None. `box`
    opens the secrets that sign.
    """

    timeout_s: float
    allow_local: bool = False
    resolve: Resolver = system_addresses
    trust: ssl.SSLContext | None = None
    box: SecretBox = _KEYLESS

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST it once, and say what came of it; never raises for that."""
        begun = time.monotonic()
        status, error, retry_after = None, None, ""
        try:
            destination = check_destination(url, allow_local=self.allow_local, resolve=self.resolve)
            left_s = self.timeout_s - (time.monotonic() - begun)
            trust = self.trust or _system_trust()
            status, retry_after = asyncio.run(_post(destination, headers, body, left_s, trust))
        except WebhookUrlRefused as refused:
            error = refused.code
        except Exception as failure:
            error = _code_of(failure)
        ms = round((time.monotonic() - begun) * 1000, 1)
        return Answer(ms=ms, status=status, error=error, retry_after=retry_after)


async def _post(
    destination: Destination,
    headers: Mapping[str, str],
    body: bytes,
    timeout_s: float,
    trust: ssl.SSLContext,
) -> tuple[int, str]:
    """The answer's status and `Retry-After`."""
    import aiohttp

    from opal.webhooks.pinning import pinned_connector

    async with (
        aiohttp.ClientSession(
            connector=pinned_connector(destination, trust),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            # 0 would mean no limit.
            timeout=aiohttp.ClientTimeout(total=max(timeout_s, 0.001)),
        ) as session,
        session.post(
            destination.url, headers=headers, data=body, allow_redirects=False
        ) as response,
    ):
        with contextlib.suppress(aiohttp.ClientError, OSError, EOFError):
            await response.content.readexactly(_MAX_ANSWER)
        return response.status, response.headers.get("Retry-After", "")


def _code_of(failure: Exception) -> str:
    import aiohttp

    if isinstance(failure, TimeoutError):
        return "timeout"
    if isinstance(failure, aiohttp.ClientSSLError | ssl.SSLError):
        return "tls_failed"
    if isinstance(failure, aiohttp.ClientResponseError):
        return "answer_invalid"
    if isinstance(failure, aiohttp.ClientError | OSError):
        return "unreachable"
    _log.error("a webhook could not be sent", exc_info=failure)
    return "internal_error"


@cache
def _system_trust() -> ssl.SSLContext:
    return ssl.create_default_context()
