"""Bicep's operators between two values."""

import operator
from collections.abc import Callable

from tests.infra.bicep.values import Value

_PLAIN: dict[str, Callable[[Value, Value], Value]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.floordiv,
    "%": operator.mod,
    "=~": lambda left, right: left.lower() == right.lower(),
    "!~": lambda left, right: left.lower() != right.lower(),
}


def joined(sign: str, left: Value, right: Callable[[], Value]) -> Value:
    """`left sign right`; the right side is worked out only where it counts."""
    match sign:
        case "&&":
            return left and right()
        case "||":
            return left or right()
        case "??":
            return right() if left is None else left
    return _PLAIN[sign](left, right())
