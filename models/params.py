"""Typed reading of a task's `params`; every refusal names the parameter."""

import re
from collections.abc import Mapping, Set
from typing import Any

from imaging.layout import Box
from models.errors import invalid

Params = Mapping[str, Any]


def only(params: Params, names: Set[str]) -> None:
    """Refuse parameters that the task does not have: a misspelt one must not pass in silence."""
    unknown = sorted(set(params) - names)
    if unknown:
        raise invalid(f"params.{str(unknown[0])[:64]}", "is not a parameter of this task")


def choice(params: Params, name: str, options: tuple[Any, ...]) -> Any:
    value = params.get(name)
    if not any(type(value) is type(option) and value == option for option in options):
        words = ", ".join(str(option) for option in options)
        raise invalid(f"params.{name}", f"must be one of {words}")
    return value


def flag(params: Params, name: str, default: bool) -> bool:
    value = params.get(name, default)
    if not isinstance(value, bool):
        raise invalid(f"params.{name}", "must be true or false")
    return value


def number(params: Params, name: str, default: float, lowest: float, highest: float) -> float:
    value = params.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"params.{name}", "must be a number")
    if not lowest <= value <= highest:
        raise invalid(f"params.{name}", f"must be {lowest:g} to {highest:g}")
    return float(value)


def integers(params: Params, name: str, count: int) -> list[int]:
    value = params.get(name)
    whole = isinstance(value, list) and all(type(each) is int for each in value)
    if not whole or len(value or []) != count:
        raise invalid(f"params.{name}", f"must be a list of {count} whole numbers")
    return list(value or [])


def box_within(params: Params, name: str, width: int, height: int) -> Box:
    """A box `[x, y, width, height]` in pixels that must lie within `width` by `height`."""
    box = Box(*integers(params, name, 4))
    fits = box.x + box.width <= width and box.y + box.height <= height
    if min(box.x, box.y) < 0 or min(box.width, box.height) < 1 or not fits:
        raise invalid(f"params.{name}", f"must have an area and lie within {width} x {height}")
    return box


def colour(params: Params, name: str, default: str) -> tuple[int, int, int]:
    """sRGB code values of a `#rrggbb` text."""
    value = params.get(name, default)
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise invalid(f"params.{name}", "must be a colour such as #e8e8e8")
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)
