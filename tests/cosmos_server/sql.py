"""The part of Cosmos DB's query language that OPAL and the SDK's rewriting of it use.

    SELECT [TOP n] * FROM c [WHERE condition] [ORDER BY c.path [ASC | DESC]]

with AND, OR, parentheses, comparisons, IN, the functions in `expressions.py`, and parameters.
Besides `*` it knows the projection of rewritten cross-partition queries, `c._rid, [{"item":
c.path}] AS orderByItems, c AS payload`. A patch's condition is `FROM c WHERE condition`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from tests.cosmos_server.expressions import (
    FUNCTIONS,
    Call,
    Comparison,
    Constant,
    Expression,
    Parameter,
    Path,
    Several,
)
from tests.cosmos_server.tokens import Tokens

_REWRITTEN = re.compile(
    r"c\._rid,\s*\[\{\s*\"item\":\s*(?P<path>[^}]+?)\s*\}\]\s*AS\s+orderByItems,\s*c\s+AS\s+payload"
)
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Query:
    """A query that was read; `rewritten` ones answer order values beside the documents."""

    top: Expression | None
    condition: Expression | None
    order: Path | None
    descending: bool
    rewritten: bool
    from_on: str
    """The text from FROM on, to build a rewritten query of."""


@lru_cache(maxsize=500)
def read_query(text: str) -> Query:
    """Read a query; raises `Refusal` with 400."""
    rewritten = _REWRITTEN.search(text)
    reader = _Reader(_REWRITTEN.sub("*", text, count=1))
    reader.expect("SELECT")
    top = reader.operand() if reader.take("TOP") else None
    reader.expect("*")
    start = re.search(r"\bFROM\b", text, re.IGNORECASE)
    reader.source()
    condition = reader.either() if reader.take("WHERE") else None
    order, descending = None, False
    if reader.take("ORDER"):
        reader.expect("BY")
        order = reader.path()
        descending = bool(reader.take("DESC"))
        reader.take("ASC")
    reader.end()
    from_on = text[start.start() :] if start else ""
    return Query(top, condition, order, descending, rewritten is not None, from_on)


@lru_cache(maxsize=500)
def read_condition(text: str) -> Expression:
    """Read a patch's condition; raises `Refusal` with 400."""
    reader = _Reader(text)
    reader.source()
    reader.expect("WHERE")
    condition = reader.either()
    reader.end()
    return condition


class _Reader(Tokens):
    """Reads conditions from left to right."""

    def source(self) -> None:
        self.expect("FROM")
        self.expect("C")

    def either(self) -> Expression:
        return self._joined("OR", self._both)

    def _both(self) -> Expression:
        return self._joined("AND", self._term)

    def _joined(self, word: str, part: Callable[[], Expression]) -> Expression:
        terms = [part()]
        while self.take(word):
            terms.append(part())
        return terms[0] if len(terms) == 1 else Several(tuple(terms), word == "AND")

    def _term(self) -> Expression:
        if self.take("("):
            inner = self.either()
            self.expect(")")
            return inner
        left = self.operand()
        if self.take("IN"):
            return Several(tuple(Comparison("=", left, o) for o in self._list()), False)
        relation = self.take("=", "<", "<=", ">", ">=")
        return Comparison(relation, left, self.operand()) if relation else left

    def _list(self) -> list[Expression]:
        self.expect("(")
        found = [self.operand()]
        while self.take(","):
            found.append(self.operand())
        self.expect(")")
        return found

    def operand(self) -> Expression:
        kind, content = self.next()
        if kind == "number":
            return Constant(json.loads(content))
        if kind == "text":
            return Constant(json.loads(content) if content[0] == '"' else content[1:-1])
        if kind == "parameter":
            return Parameter(content)
        if content.lower() in _WORDS:
            return Constant(_WORDS[content.lower()])
        if content.upper() in FUNCTIONS:
            return Call(content.upper(), tuple(self._list()))
        self.back()
        return self.path()

    def path(self) -> Path:
        """A property of the document: `c.a`, `c["a"]`."""
        self.expect("C")
        names: list[str] = []
        while sign := self.take(".", "["):
            kind, content = self.next()
            names.append(json.loads(content) if kind == "text" else content)
            if sign == "[":
                self.expect("]")
        return Path(tuple(names))
