"""The names that an expression needs from around it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from tests.infra.bicep.bodies import loop_of
from tests.infra.bicep.nodes import array_items, children, field, line_of, rightmost, text_of, walk

_SPINE = ("object", "left", "condition", "function")


@dataclass(frozen=True)
class Use:
    """A symbol or, with `is_function`, a called function that stands in an expression."""

    name: str
    line: int
    is_function: bool = False


@dataclass(frozen=True)
class OutputUse:
    """`symbol.outputs.name`."""

    symbol: str
    name: str
    line: int


def uses_in(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[Use]:
    """Every name in the expression or body that it does not bind itself."""
    match node.type:
        case "identifier":
            if text_of(node) not in bound:
                yield Use(text_of(node), line_of(node))
        case "object_property":
            yield from _in_property(node, bound)
        case "call_expression":
            yield from _in_call(node, bound)
        case "array":
            for function, item in array_items(node):
                if function is not None:
                    yield Use(text_of(function), line_of(function), is_function=True)
                yield from uses_in(item, bound)
        case "for_statement":
            loop = loop_of(node)
            yield from uses_in(loop.items, bound)
            yield from uses_in(field(node, "body"), bound | set(loop.names))
        case "resource_expression":
            yield from uses_in(field(node, "object"), bound)
        case "resource_declaration":
            yield from uses_in(children(node)[-1], bound)
        case _:
            for child in children(node):
                yield from uses_in(child, bound)


def _in_property(node: Node, bound: frozenset[str]) -> Iterator[Use]:
    first, *rest = children(node)
    if first.type != "identifier":
        yield from uses_in(first, bound)
    for value in rest:
        yield from uses_in(value, bound)


def _in_call(node: Node, bound: frozenset[str]) -> Iterator[Use]:
    function = field(node, "function")
    if function.type == "identifier":
        yield Use(text_of(function), line_of(function), is_function=True)
    elif text_of(function).split(".")[0] in ("az", "sys"):
        yield Use(text_of(function).split(".")[1], line_of(function), is_function=True)
    else:
        yield from uses_in(function, bound)
    for argument in children(field(node, "arguments")):
        lambdas = lambda_in(argument)
        names = set(lambda_names(lambdas)) if lambdas else set()
        yield from uses_in(argument, bound | names)


def lambda_in(argument: Node) -> Node | None:
    """The lambda that an argument is.

    The grammar lets `=>` bind tighter than what follows: `x => x.a` is read as `(x => x).a`. So
    the whole argument is the lambda's body, and the lambda is found at its left end.
    """
    node: Node | None = argument
    while node is not None and node.type != "lambda_expression":
        node = next((n for name in _SPINE if (n := node.child_by_field_name(name))), None)
    return node


def lambda_names(node: Node) -> list[str]:
    """The parameters of a lambda."""
    first = children(node)[0]
    names = children(first) if first.type == "parenthesized_expression" else [first]
    return [text_of(name) for name in names]


def outputs_used(root: Node) -> Iterator[OutputUse]:
    """Every `symbol.outputs.name` below the node, with `symbol[i]` and `symbol!` as well."""
    for node in walk(root):
        if node.type != "member_expression":
            continue
        inner = field(node, "object")
        if inner.type != "member_expression" or text_of(field(inner, "property")) != "outputs":
            continue
        owner = field(inner, "object")
        while owner.type == "subscript_expression":
            owner = field(owner, "object")
        symbol = text_of(rightmost(owner)).rstrip("!")
        yield OutputUse(symbol, text_of(field(node, "property")), line_of(node))


def calls(root: Node, *names: str) -> Iterator[Node]:
    """Every call of one of these functions below the node, as a function or as a method."""
    for node in walk(root):
        if node.type == "call_expression":
            function = text_of(field(node, "function"))
            if function.rpartition(".")[2] in names:
                yield node
