"""Requests to the API: signed, traced, timed, tried again where that can help, and judged."""

import secrets
from collections.abc import Callable, Mapping
from typing import Self, TypeVar
from urllib.parse import quote, urlsplit

import requests
from pydantic import ValidationError
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from opal.api.operation import Operation
from opal.client.errors import AnswerInvalid, ApiError, Unreachable
from opal.client.retrying import Patience
from opal.documents import Document

D = TypeVar("D", bound=Document)
_NOTHING: Mapping[str, str] = {}
_PATIENCE = Patience()


class Transport:
    """A pool of connections to one API, with one key. Threads may share it.

    `timeout_s` is to connect, and to wait for each part of an answer. All requests tell
    `trace_id` (32 hex digits); without one, each tells one of its own.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout_s: tuple[float, float] = (5.0, 60.0),
        patience: Patience = _PATIENCE,
        pool: int = 16,
        trace_id: str | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._key = api_key
        self._timeout = timeout_s
        self._trace_id = trace_id
        self._repeatable = _session(patience.repeatable, pool, self._sign)
        self._once = _session(patience.once, pool, self._sign)
        # Apart from the API's, so that the key never goes to storage.
        self._storage = _session(patience.storage, pool, _unsigned)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of all connections."""
        for session in (self._repeatable, self._once, self._storage):
            session.close()

    def _ask(
        self,
        operation: Operation,
        kind: type[D],
        *,
        path: Mapping[str, str] = _NOTHING,
        query: Document | None = None,
        body: Document | None = None,
        headers: Mapping[str, str] = _NOTHING,
        once: bool = False,
    ) -> D:
        """The document that answers an operation; `once` is for what must not happen twice.

        Raises `ApiError`, `AnswerInvalid`, `Unreachable`.
        """
        response = self._send(
            operation, path=path, query=query, body=body, headers=headers, once=once
        )
        return read_document(kind, response)

    def _send(
        self,
        operation: Operation,
        *,
        path: Mapping[str, str] = _NOTHING,
        query: Document | None = None,
        body: Document | None = None,
        headers: Mapping[str, str] = _NOTHING,
        once: bool = False,
    ) -> requests.Response:
        """The successful response to an operation; raises `ApiError` or `Unreachable`."""
        given = {name: quote(value, safe="") for name, value in path.items()}
        # As UTF-8: the escapes of plain JSON would triple a body, whose length is limited. A null
        # that was asked for is sent: in a gate it switches a limit off.
        data = body.model_dump_json(exclude_unset=True).encode() if body else None
        try:
            response = (self._once if once else self._repeatable).request(
                operation.method,
                self.base_url + operation.path.format(**given),
                params=_parameters(query),
                data=data,
                headers={**({"Content-Type": "application/json"} if data else {}), **headers},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise Unreachable(
                f"{self.base_url} does not answer ({type(error).__name__})."
            ) from error
        if response.status_code >= 300:
            raise ApiError.of(response)
        return response

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Given to `requests` as `auth`, because a .netrc entry would come on top of a header."""
        request.headers["X-API-Key"] = self._key
        trace_id = self._trace_id or secrets.token_hex(16)
        request.headers["traceparent"] = f"00-{trace_id}-{secrets.token_hex(8)}-01"
        return request


def read_document(kind: type[D], response: requests.Response) -> D:
    """The document in a response; raises `AnswerInvalid`."""
    try:
        return kind.parse(response.json())
    except (ValueError, ValidationError):
        raise AnswerInvalid(
            f"{urlsplit(response.url).netloc} answers, but not as this API does."
        ) from None


def _parameters(query: Document | None) -> dict[str, str]:
    given = query.model_dump(mode="json", exclude_none=True) if query else {}
    return {n: str(v).lower() if isinstance(v, bool) else str(v) for n, v in given.items()}


def _session(
    retry: Retry,
    pool: int,
    auth: Callable[[requests.PreparedRequest], requests.PreparedRequest],
) -> requests.Session:
    session = requests.Session()
    session.auth = auth
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=pool, max_retries=retry)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """For signed addresses, which another authorization would spoil."""
    return request
