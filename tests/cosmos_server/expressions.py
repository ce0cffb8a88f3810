"""The conditions of a query: values of three kinds, true, false and undefined.

A comparison of different types, or with something that is not there, is undefined, and only
what is true is selected.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from tests.cosmos_server.answers import Refusal


class Undefined:
    """What has no value."""

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final = Undefined()
Parameters = Mapping[str, Any]


class Expression(ABC):
    """Something that has a value for each document."""

    @abstractmethod
    def value(self, document: Any, parameters: Parameters) -> Any:
        """The value, or `UNDEFINED`."""

    def paths(self) -> Iterator[tuple[str, ...]]:
        """The paths of the document that the value depends on."""
        yield from ()


@dataclass(frozen=True)
class Constant(Expression):
    content: Any

    def value(self, document: Any, parameters: Parameters) -> Any:
        return self.content


@dataclass(frozen=True)
class Parameter(Expression):
    name: str

    def value(self, document: Any, parameters: Parameters) -> Any:
        if self.name not in parameters:
            raise Refusal(400, f"The query has no parameter {self.name}.")
        return parameters[self.name]


@dataclass(frozen=True)
class Path(Expression):
    names: tuple[str, ...]

    def value(self, document: Any, parameters: Parameters) -> Any:
        for name in self.names:
            if not isinstance(document, dict) or name not in document:
                return UNDEFINED
            document = document[name]
        return document

    def paths(self) -> Iterator[tuple[str, ...]]:
        yield self.names


@dataclass(frozen=True)
class Comparison(Expression):
    relation: str
    left: Expression
    right: Expression

    def value(self, document: Any, parameters: Parameters) -> Any:
        left = self.left.value(document, parameters)
        right = self.right.value(document, parameters)
        if type_of(left) != type_of(right) or left is UNDEFINED:
            return UNDEFINED
        return _RELATIONS[self.relation](left, right)

    def paths(self) -> Iterator[tuple[str, ...]]:
        yield from self.left.paths()
        yield from self.right.paths()


@dataclass(frozen=True)
class Several(Expression):
    """Terms joined by AND (`all`) or by OR."""

    terms: tuple[Expression, ...]
    all: bool

    def value(self, document: Any, parameters: Parameters) -> Any:
        values = [term.value(document, parameters) for term in self.terms]
        if any(value is (not self.all) for value in values):
            return not self.all
        return self.all if all(value is self.all for value in values) else UNDEFINED

    def paths(self) -> Iterator[tuple[str, ...]]:
        for term in self.terms:
            yield from term.paths()


@dataclass(frozen=True)
class Call(Expression):
    """One of the functions in `FUNCTIONS`."""

    name: str
    arguments: tuple[Expression, ...]

    def value(self, document: Any, parameters: Parameters) -> Any:
        values = [argument.value(document, parameters) for argument in self.arguments]
        return FUNCTIONS[self.name](*values)

    def paths(self) -> Iterator[tuple[str, ...]]:
        for argument in self.arguments:
            yield from argument.paths()


def type_of(value: Any) -> int:
    """The type's place in the order of types: undefined, null, boolean, number, text, rest."""
    kinds: list[type | tuple[type, ...]] = [Undefined, type(None), bool, (int, float), str]
    return next((i for i, kind in enumerate(kinds) if isinstance(value, kind)), len(kinds))


def order_key(value: Any) -> tuple[int, Any]:
    """A key that sorts values of all types."""
    kind = type_of(value)
    return kind, value if kind in (2, 3, 4) else 0


_RELATIONS = {"=": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "ARRAY_CONTAINS": lambda array, item: isinstance(array, list) and item in array,
    "IS_DEFINED": lambda value: value is not UNDEFINED,
    "IS_STRING": lambda value: isinstance(value, str),
}
