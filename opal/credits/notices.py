"""Reading Mollie's notices: a form, or JSON, that names a payment and says no more."""

import json
import re
from urllib.parse import parse_qs

from opal.errors import RequestMalformed

_PAYMENT_ID = re.compile(r"tr_[A-Za-z0-9]{1,64}")


def payment_id_of(body: bytes) -> str:
    """The payment that a notice is about.

    Raises `RequestMalformed` with code `payment_id_missing` or `payment_id_invalid`.
    """
    text = body.decode("utf-8", "replace").strip()
    given = _in_json(text) if text.startswith("{") else parse_qs(text).get("id", [None])[0]
    if given is None or given == "":
        raise RequestMalformed("The notice names no payment.", code="payment_id_missing")
    if not isinstance(given, str) or not _PAYMENT_ID.fullmatch(given):
        raise RequestMalformed("This is not the id of a payment.", code="payment_id_invalid")
    return given


def _in_json(text: str) -> object:
    try:
        return json.loads(text).get("id")
    except (ValueError, RecursionError):
        return None
