"""Reads tables of TOML as dataclasses; every refusal names the field."""

import dataclasses
import re
import tomllib
import types
from collections.abc import Mapping
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

from imaging.lighting import LIGHTINGS
from imaging.surfaces.ramp import RGB

T = TypeVar("T")

_CHOICES = {
    "join": ("none", "sweep", "edge"),
    "surface": ("paper", "plaster", "marble", "wood", "concrete", "linen"),
    "lighting": tuple(LIGHTINGS),
}


def parse_toml(name: str, text: str) -> dict[str, Any]:
    """The table of a scene file. Raises ValueError where it is not TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"scene {name}: not TOML: {error}") from error


def record(
    kind: type[T], table: Mapping[str, Any], problems: list[str], where: str = ""
) -> T | None:
    """A dataclass from a table, or None with what is wrong added to `problems`.

    `where`: what to put before the names of its fields.
    """
    fields = {field.name: field for field in dataclasses.fields(cast(Any, kind))}
    hints = get_type_hints(kind)
    before = len(problems)
    problems.extend(f"{where}{key}: is not a field" for key in table if key not in fields)
    for key, field in fields.items():
        needed = field.default is dataclasses.MISSING
        if needed and key not in table:
            problems.append(f"{where}{key}: is missing")
    values = {
        key: _value(hints[key], key, table[key], where, problems) for key in fields if key in table
    }
    return kind(**values) if len(problems) == before else None


def _value(hint: Any, key: str, given: Any, where: str, problems: list[str]) -> Any:
    """`given` as the field's type wants it."""
    if isinstance(hint, types.UnionType):
        hint = get_args(hint)[0]
    if dataclasses.is_dataclass(hint) and isinstance(given, dict):
        return record(cast(Any, hint), given, problems, f"{where}{key}.")
    if hint == RGB and _is_colour(given):
        return _rgb(given)
    if get_origin(hint) is tuple and isinstance(given, list) and given:
        if all(_is_colour(each) for each in given):
            return tuple(_rgb(each) for each in given)
    elif hint is float and type(given) in (int, float) and 0 <= given <= 4:
        return float(given)
    elif hint in (bool, int, str) and type(given) is hint and given in _CHOICES.get(key, (given,)):
        return given
    problems.append(f"{where}{key}: {_wanted(hint, key)}")
    return None


def _wanted(hint: Any, key: str) -> str:
    if key in _CHOICES:
        return f"must be one of {', '.join(_CHOICES[key])}"
    words = {float: "a number of 0 to 4", bool: "true or false", int: "a whole number"}
    if hint == RGB:
        return "must be a colour such as #e8e8e8"
    if get_origin(hint) is tuple:
        return "must be a list of colours such as #e8e8e8"
    return f"must be {words.get(hint, 'a text' if hint is str else 'a table')}"


def _is_colour(given: Any) -> bool:
    return isinstance(given, str) and re.fullmatch("#[0-9a-fA-F]{6}", given) is not None


def _rgb(text: str) -> RGB:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
