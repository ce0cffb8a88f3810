"""Small questions to nodes of tree-sitter's Bicep tree."""

import re
from collections.abc import Iterator
from functools import cache

from tree_sitter import Node

# What stands open at its right end, and the child that stands there.
_RIGHT = {"ternary_expression": "alternative", "binary_expression": "right"}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "'": "'", "$": "$", "\\": "\\"}


def text_of(node: Node) -> str:
    """The node's source."""
    return (node.text or b"").decode()


def line_of(node: Node) -> int:
    """The node's first line, from 1."""
    return int(node.start_point.row) + 1


@cache
def children(node: Node) -> tuple[Node, ...]:
    """The named children without comments."""
    return tuple(child for child in node.named_children if "comment" not in child.type)


def field(node: Node, name: str) -> Node:
    """The child of that field; raises LookupError."""
    found = node.child_by_field_name(name)
    if found is None:
        raise LookupError(f"no {name} in {text_of(node)}")
    return found


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in node.children:
        yield from walk(child)


@cache
def string_parts(node: Node) -> tuple[str | Node, ...]:
    """A string's literal pieces and the expressions between them."""
    raw = (node.text or b"").decode()
    if raw.startswith("'''"):
        return (raw[3:-3].removeprefix("\r").removeprefix("\n"),)
    source, parts, at = node.text or b"", list[str | Node](), 1
    for child in node.named_children:
        if child.type == "interpolation":
            parts.append(_plain(source[at : child.start_byte - node.start_byte].decode()))
            parts.append(children(child)[0])
            at = child.end_byte - node.start_byte
    parts.append(_plain(source[at:-1].decode()))
    return tuple(part for part in parts if part != "")


def literal(node: Node | None) -> str | None:
    """The text of a string without expressions in it; None for anything else."""
    if node is None or node.type != "string":
        return None
    parts = string_parts(node)
    return "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else None


def properties(node: Node | None) -> dict[str, Node]:
    """The values of an object with literal keys, by key; those of other keys are left out."""
    found: dict[str, Node] = {}
    for child in children(node) if node is not None and node.type == "object" else []:
        parts = children(child)
        if child.type == "object_property" and len(parts) == 2:
            key = key_of(parts[0])
            if key is not None:
                found[key] = parts[1]
    return found


def key_of(node: Node) -> str | None:
    """The key that a property's first child spells."""
    return literal(node) if node.type == "string" else text_of(node)


def rightmost(node: Node) -> Node:
    """The operand at the right end.

    The grammar lets `.` bind looser than operators: `a ? b : c.d` is read as `(a ? b : c).d`. Who
    wants the `c` of `c.d` takes this of the object.
    """
    while (inner := right_of(node)) is not None:
        node = inner
    return node


def right_of(node: Node) -> Node | None:
    """The child that a `.` behind this node is about; None if it is about the node itself."""
    if node.type in ("unary_expression", "lambda_expression"):
        return children(node)[-1]
    return node.child_by_field_name(_RIGHT[node.type]) if node.type in _RIGHT else None


def array_items(node: Node) -> list[tuple[Node | None, Node]]:
    """The items of an array; of a call, its function and the rest from `(` on.

    The grammar reads `[f(a).b]` as two items, `f` and `(a).b`, that touch each other.
    """
    items: list[tuple[Node | None, Node]] = []
    for child in children(node):
        last = items[-1][1] if items else None
        if last is not None and last.type == "identifier" and last.end_byte == child.start_byte:
            items[-1] = (last, child)
        else:
            items.append((None, child))
    return items


def _plain(raw: str) -> str:
    return re.sub(r"\\([nrt'$\\])", lambda match: _ESCAPES[match[1]], raw)
