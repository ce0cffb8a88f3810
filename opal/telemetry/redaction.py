"""Redaction: no secret stays in a text that is logged.

Secrets are known by their shape (signatures of signed URLs, API keys, bearer tokens, webhook
secrets, account keys, payment keys) and, where they have none, by their value: those that the
process was given in its environment. Too much is taken out rather than too little.
"""

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

REDACTED = "[redacted]"
_SHORTEST = 8
_SECRET_NAME = re.compile(r"(?i)(?:keys?|secret|token|password)$")
_IN_CONNECTION = re.compile(r"(?i)(?:accountkey|sharedaccesskey)=([^;\s]+)")

# Between a name and its value: as a header, in a dict's or a tuple's repr, in JSON, in a query.
_IS = r"(?:[\"']?\s*[:=]\s*(?:b?[\"'])?|[\"']\s*,\s*b?[\"'])"
# Each keeps its group `keep`, which says what was there, and loses the rest of the match.
_SHAPES = [
    re.compile(shape)
    for shape in (
        r"(?i)(?P<keep>sig(?:=|%3d))(?:(?!%26)[^&\s\"'<>])+",
        r"(?P<keep>opal\.[a-z0-9][a-z0-9_-]{0,62}\.[0-9a-f]{16}\.)[A-Za-z0-9_-]+",
        r"(?P<keep>whsec_)[A-Za-z0-9+/=_-]+",
        r"(?P<keep>(?:live|test|access)_)[A-Za-z0-9]{20,}",
        r"(?P<keep>eyJ)[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?",
        rf"(?i)(?P<keep>(?:account|access)_?key{_IS})[A-Za-z0-9+/=%_-]+",
        rf"(?i)(?P<keep>(?:authorization|cookie){_IS})[^\"'\r\n,;]+",
        r"(?i)(?P<keep>(?:x-api-key|x-functions-key|api[-_]?key|client_secret|password)"
        rf"{_IS})[^\"'\s,;&]+",
        r"(?i)(?P<keep>(?:bearer|sharedkey)\s+)[A-Za-z0-9._~+/=:-]{8,}",
        r"(?i)(?P<keep>[?&](?:code|key|token|secret)=)[^&\s\"'<>]+",
        r"(?P<keep>://[^/\s:@\"']*:)[^/\s@\"']+(?=@)",
    )
]
_values: re.Pattern[str] | None = None


def redact(text: str) -> str:
    """The text without its secrets."""
    if _values is not None:
        text = _values.sub(REDACTED, text)
    for shape in _SHAPES:
        text = shape.sub(rf"\g<keep>{REDACTED}", text)
    return text


def know_secrets(environment: Mapping[str, str]) -> None:
    """From now on, take out the values of these settings whose names say that they are secret.

    Values shorter than eight characters are left alone: they would be found in everything.
    """
    global _values
    found = {form for value in _secrets(environment) for form in _forms(value)}
    # The longest first, so that none is cut in two by another one inside it.
    ordered = sorted(found, key=len, reverse=True)
    _values = re.compile("|".join(map(re.escape, ordered))) if ordered else None


def _secrets(environment: Mapping[str, str]) -> Iterator[str]:
    for name, value in environment.items():
        yield from _IN_CONNECTION.findall(value)
        if _SECRET_NAME.search(name):
            parts = {value, *value.split(",")}
            yield from (part for part in parts if len(part) >= _SHORTEST)


def _forms(secret: str) -> set[str]:
    """How a secret may be written: as it is, inside a URL, inside JSON, inside a `repr`."""
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
