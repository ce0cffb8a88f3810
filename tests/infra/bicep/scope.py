"""Where an expression stands: its file, and the values of the names around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tree_sitter import Node

from tests.infra.bicep.nodes import line_of
from tests.infra.bicep.values import Value


class CannotEvaluate(Exception):
    """An expression that this reader does not understand; the text says where."""


@dataclass(frozen=True)
class Scope:
    """`lookup` gives the file's symbols, `bound` those of loops and lambdas.

    `opened`: ids of the lambdas whose parameters are bound already.
    """

    file: Path
    environment: Mapping[str, str]
    lookup: Callable[[str], Value]
    bound: Mapping[str, Value]
    opened: frozenset[int] = frozenset()

    def value_of(self, name: str) -> Value:
        """The value of a name; raises LookupError."""
        return self.bound[name] if name in self.bound else self.lookup(name)

    def binding(self, names: Mapping[str, Value]) -> "Scope":
        """The scope inside a loop or lambda."""
        return replace(self, bound={**self.bound, **names})

    def opening(self, opener: Node) -> "Scope":
        """The scope inside that lambda."""
        return replace(self, opened=self.opened | {opener.id})

    def cannot(self, node: Node, told: str) -> CannotEvaluate:
        """The error that says what can't be worked out, and where."""
        return CannotEvaluate(f"{self.file.name}:{line_of(node)}: {told}")
