"""Master-key signatures: HMAC-SHA256 over method, resource type, resource link and date."""

import base64
import hashlib
import hmac
from email.utils import parsedate_to_datetime
from time import time
from urllib.parse import parse_qs, unquote

from tests.cosmos_server.answers import Refusal
from tests.cosmos_server.routing import Request, Route

_CLOCK_SKEW_S = 900


def signature(key: str, method: str, resource_type: str, link: str, date: str) -> str:
    """The signature of a request, as base64 text."""
    text = f"{method.lower()}\n{resource_type.lower()}\n{link}\n{date.lower()}\n\n"
    digest = hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def check_signature(key: str, request: Request, route: Route) -> None:
    """Raise `Refusal` unless the request is signed with the key, and not long ago."""
    date = request.header("x-ms-date")
    token = parse_qs(unquote(request.header("authorization")).replace("+", "%2B"))
    given = token.get("sig", [""])[0]
    expected = signature(key, request.method, route.resource_type, route.link, date)
    if not date or not hmac.compare_digest(given, expected):
        raise Refusal(401, "The input authorization token can't serve the request.", charge=0.0)
    if abs(parsedate_to_datetime(date).timestamp() - time()) > _CLOCK_SKEW_S:
        raise Refusal(403, "The authorization token is not valid at the current time.", charge=0.0)
