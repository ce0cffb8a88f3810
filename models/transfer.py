"""Reads inputs from and writes outputs to blob storage over signed URLs."""

import base64
import functools
import json
import time
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from models.errors import EndpointError
from models.settings import Settings

_CHUNK = 1 << 20
_CONNECT_TIMEOUT_S = 5
_METADATA_LIMIT = 7000
_BLOB_API_VERSION = "2021-12-02"
_TRANSIENT = {408, 429}


@functools.cache
def session() -> requests.Session:
    """The process's one session: pooled, blind to proxies and .netrc, following no redirect."""
    retry = Retry(total=2, connect=2, read=1, status=0, redirect=0, other=0, backoff_factor=0.2)
    made = requests.Session()
    made.trust_env = False  # .netrc would add an Authorization header, which voids a signed URL
    for scheme in ("https://", "http://"):
        made.mount(scheme, HTTPAdapter(pool_connections=8, pool_maxsize=32, max_retries=retry))
    return made


def download(url: str, field: str, settings: Settings) -> bytes:
    """Read a blob whole.

    Raises EndpointError: 413 `input_too_large` above the settings' limit, 400 `input_unreadable`
    for an answer that will not change (403, 404, redirects), and 502 `input_unavailable`,
    retryable, for server errors, broken connections and time-outs.
    """
    settings.allowed.check(field, url)
    deadline = time.monotonic() + settings.transfer_timeout_s
    try:
        with session().get(
            url, stream=True, timeout=_timeouts(settings), allow_redirects=False
        ) as response:
            _check_status(response.status_code, field, "read", 400)
            return _read(response, field, settings.max_input_bytes, deadline)
    except requests.RequestException as error:
        raise _unavailable("input_unavailable", f"{field} could not be read", error) from None


def _read(response: requests.Response, field: str, limit: int, deadline: float) -> bytes:
    too_large = EndpointError(413, "input_too_large", f"{field} exceeds {limit} bytes")
    if int(response.headers.get("Content-Length") or 0) > limit:
        raise too_large
    data = bytearray()
    for chunk in response.iter_content(_CHUNK):
        data += chunk
        if len(data) > limit:
            raise too_large
        if time.monotonic() > deadline:
            raise EndpointError(
                502, "input_unavailable", f"{field} was read too slowly", retryable=True
            )
    return bytes(data)


def upload(url: str, data: bytes, described: Mapping[str, Any], settings: Settings) -> None:
    """Write a PNG as a block blob, with `described` in its metadata under `opal`.

    The metadata lets whoever finds the blob later know how it was made. Raises EndpointError: 400
    `output_refused` for an answer that will not change, 502 `output_unavailable`, retryable.
    """
    settings.allowed.check("output_url", url)
    headers = {
        "Content-Type": "image/png",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-version": _BLOB_API_VERSION,
        "x-ms-meta-opal": encode_metadata(described),
    }
    try:
        with session().put(
            url, data=data, headers=headers, timeout=_timeouts(settings), allow_redirects=False
        ) as response:
            _check_status(response.status_code, "output_url", "written", 400)
    except requests.RequestException as error:
        raise _unavailable("output_unavailable", "output_url could not be written", error) from None


def encode_metadata(described: Mapping[str, Any]) -> str:
    """base64url of compact JSON, at most 7,000 characters: quality is left out if it must be."""
    for document in (described, {**described, "quality": {}}):
        text = json.dumps(document, separators=(",", ":"), sort_keys=True)
        encoded = base64.urlsafe_b64encode(text.encode()).decode("ascii")
        if len(encoded) <= _METADATA_LIMIT:
            return encoded
    return base64.urlsafe_b64encode(b"{}").decode("ascii")


def _timeouts(settings: Settings) -> tuple[float, float]:
    return _CONNECT_TIMEOUT_S, settings.transfer_timeout_s


def _check_status(status: int, field: str, verb: str, final: int) -> None:
    side = "input" if verb == "read" else "output"
    if 200 <= status < 300:
        return
    if status >= 500 or status in _TRANSIENT:
        raise EndpointError(
            502, f"{side}_unavailable", f"storage answered {status} for {field}", retryable=True
        )
    code = "input_unreadable" if side == "input" else "output_refused"
    raise EndpointError(final, code, f"{field} cannot be {verb}: storage answered {status}")


def _unavailable(code: str, message: str, error: Exception) -> EndpointError:
    # The exception's own text holds the URL with its signature; its class says enough.
    return EndpointError(502, code, f"{message} ({type(error).__name__})", retryable=True)
