"""What an expression evaluates to."""

import json
from collections.abc import Callable, Iterable

import yaml  # type: ignore[import-untyped]
from tree_sitter import Node

from tests.infra.bicep.bodies import loop_of
from tests.infra.bicep.functions import KNOWN, PLACES
from tests.infra.bicep.nodes import array_items, children, field, key_of, string_parts, text_of
from tests.infra.bicep.operators import joined
from tests.infra.bicep.scope import Scope
from tests.infra.bicep.uses import lambda_in, lambda_names
from tests.infra.bicep.values import Unknown, Value, demanded, member, shown

_LOADERS: dict[str, Callable[[str], Value]] = {
    "loadJsonContent": json.loads,
    "loadTextContent": str,
    "loadYamlContent": yaml.safe_load,
}


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of `node`; raises `CannotEvaluate`."""
    how = _KINDS.get(node.type)
    if how is None:
        raise scope.cannot(node, f"a {node.type}")
    try:
        return how(node, scope)
    except (LookupError, TypeError, ValueError, AttributeError, OSError) as error:
        raise scope.cannot(node, f"{text_of(node)}: {error}") from error


def _string(node: Node, scope: Scope) -> Value:
    parts = string_parts(node)
    values = [part if isinstance(part, str) else evaluate(part, scope) for part in parts]
    if len(values) == 1 and isinstance(values[0], Unknown):
        return values[0]
    return "".join(map(shown, values))


def _object(node: Node, scope: Scope) -> Value:
    found: dict[str, Value] = {}
    for child in children(node):
        parts = children(child)
        if child.type == "object_property" and len(parts) == 2:
            is_text = parts[0].type == "string"
            key = _string(parts[0], scope) if is_text else key_of(parts[0])
            found[str(key)] = evaluate(parts[1], scope)
    return found


def _array(node: Node, scope: Scope) -> Value:
    return [
        evaluate(item, scope) if function is None else _split_call(function, item, scope)
        for function, item in array_items(node)
    ]


def _each(node: Node, scope: Scope) -> Value:
    loop, body, found = loop_of(node), field(node, "body"), []
    for index, item in enumerate(evaluate(loop.items, scope)):
        inner = scope.binding(dict(zip(loop.names, (item, index), strict=False)))
        if body.type != "if_statement":
            found.append(evaluate(body, inner))
        elif evaluate(children(body)[0], inner):
            found.append(evaluate(children(body)[1], inner))
    return found


def _postfix(node: Node, scope: Scope) -> Value:
    steps, base = _steps(node)
    return _followed(base, scope, steps)


def _steps(node: Node) -> tuple[list[Node], Node]:
    steps, base = list[Node](), node
    while base.type in ("member_expression", "subscript_expression"):
        steps.insert(0, base)
        base = field(base, "object")
    return steps, base


def _followed(node: Node, scope: Scope, steps: list[Node]) -> Value:
    """The value of `node` with `.a[b]` behind it, which belong to its right end."""
    match node.type:
        case "ternary_expression":
            if evaluate(field(node, "condition"), scope):
                return evaluate(field(node, "consequence"), scope)
            return _followed(field(node, "alternative"), scope, steps)
        case "binary_expression":
            sign = next(child.type for child in node.children if not child.is_named)
            left = evaluate(field(node, "left"), scope)
            return joined(sign, left, lambda: _followed(field(node, "right"), scope, steps))
        case "unary_expression":
            value = _followed(field(node, "argument"), scope, steps)
            return -value if node.children[0].type == "-" else not value
        case "lambda_expression":
            return _followed(children(node)[-1], scope, steps)
    return _stepped(evaluate(node, scope), scope, steps)


def _stepped(value: Value, scope: Scope, steps: list[Node]) -> Value:
    for step in steps:
        if step.type == "member_expression":
            key: Value = text_of(field(step, "property"))
        else:
            key = evaluate(field(step, "index"), scope)
        is_safe = any("?" in child.type for child in step.children)
        value = member(value, key) if is_safe else demanded(value, key)
    return value


def _argument(node: Node, scope: Scope) -> Value:
    opener = lambda_in(node)
    if opener is None or opener.id in scope.opened:
        return evaluate(node, scope)
    names, opened = lambda_names(opener), scope.opening(opener)

    def function(*values: Value) -> Value:
        return evaluate(node, opened.binding(dict(zip(names, values, strict=False))))

    return function


def _call(node: Node, scope: Scope) -> Value:
    name = text_of(field(node, "function")).removeprefix("sys.").removeprefix("az.")
    return _called(name, children(field(node, "arguments")), scope)


def _split_call(function: Node, rest: Node, scope: Scope) -> Value:
    steps, base = _steps(rest)
    return _stepped(_called(text_of(function), children(base), scope), scope, steps)


def _called(name: str, nodes: Iterable[Node], scope: Scope) -> Value:
    arguments = [_argument(each, scope) for each in nodes]
    if name == "readEnvironmentVariable":
        found = scope.environment.get(arguments[0])
        return found if found is not None else (arguments[1:] or [None])[0]
    if name in _LOADERS:
        return _LOADERS[name]((scope.file.parent / arguments[0]).read_text("utf-8"))
    if name in KNOWN:
        return KNOWN[name](*arguments)
    if name not in PLACES:
        raise LookupError(f"{name} is a function that this reader does not know")
    return Unknown(f"{name}({', '.join(map(shown, arguments))})")


def _first(node: Node, scope: Scope) -> Value:
    return evaluate(children(node)[0], scope)


def _alone(node: Node, scope: Scope) -> Value:
    return _followed(node, scope, [])


_KINDS: dict[str, Callable[[Node, Scope], Value]] = {
    "string": _string,
    "number": lambda node, scope: int(text_of(node)),
    "boolean": lambda node, scope: text_of(node) == "true",
    "null": lambda node, scope: None,
    "array": _array,
    "object": _object,
    "identifier": lambda node, scope: scope.value_of(text_of(node)),
    "resource_expression": lambda node, scope: scope.value_of(text_of(field(node, "resource"))),
    # `x!` at the end of a value, which the grammar takes for a type.
    "nullable_type": _first,
    "parenthesized_expression": _first,
    "subscript_expression": _postfix,
    "member_expression": _postfix,
    "ternary_expression": _alone,
    "binary_expression": _alone,
    "unary_expression": _alone,
    "lambda_expression": _alone,
    "call_expression": _call,
    "for_statement": _each,
}
