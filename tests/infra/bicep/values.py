"""The values that are only known once something is deployed."""

import hashlib
from collections.abc import Iterable
from typing import Any

Value = Any
"""A text, number, truth, None, list, dict, `Unknown`, function, or something with `get`."""


class Unknown(str):
    """A value that Azure fills in, such as a resource's id; its text says whose it is."""

    def get(self, name: str) -> "Unknown":
        """A property of it."""
        return Unknown(f"{self}.{name}")


def dig(value: Value, *path: str) -> Value:
    """What lies at that path of objects; None where it ends early."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def fingerprint(values: Iterable[Value], length: int = 13) -> str:
    """A text that depends on the values alone, as `uniqueString` makes one."""
    return hashlib.sha256(repr([str(v) for v in values]).encode()).hexdigest()[:length]


def member(value: Value, key: Value) -> Value:
    """`value.?key`: None where there is nothing to take it from."""
    if isinstance(value, list):
        return value[key] if key < len(value) else None
    return value.get(key) if hasattr(value, "get") else None


def demanded(value: Value, key: Value) -> Value:
    """`value.key`; raises LookupError where there is none."""
    if value is None:
        raise LookupError(f"there is nothing to take {key} of")
    return value[key] if isinstance(value, list | dict) else member(value, key)


def shown(value: Value) -> str:
    """The value inside another text."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
