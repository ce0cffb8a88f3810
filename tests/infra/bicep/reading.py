"""From tree-sitter's tree to a file's declarations."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from tree_sitter import Node

from tests.infra.bicep.nodes import children, field, line_of, literal, properties, text_of
from tests.infra.bicep.parsing import parse
from tests.infra.bicep.template import (
    Decorators,
    Loop,
    Module,
    Output,
    Param,
    Resource,
    Template,
    Variable,
)


def read(path: Path) -> Template:
    """The declarations of a `.bicep` or `.bicepparam` file; what is not Bicep is left out."""
    source = path.read_text("utf-8")
    tree = parse(source, path.suffix == ".bicepparam")
    template = Template(path, source, tree)
    decorators: Decorators = {}
    for node in children(tree.root_node):
        if node.type == "decorators":
            decorators = _decorators(node)
            continue
        template = _add(template, node, decorators)
        decorators = {}
    return template


def _add(template: Template, node: Node, decorators: Decorators) -> Template:
    match node.type:
        case "target_scope_assignment":
            return replace(template, scope=literal(children(node)[0]) or "")
        case "using_statement":
            return replace(template, using=literal(children(node)[0]))
        case "parameter_declaration":
            template.params.append(_param(node, decorators))
        case "variable_declaration":
            name, value = children(node)[0], children(node)[-1]
            template.variables.append(_variable(name, value, decorators))
        case "user_defined_function":
            template.functions.append(_variable(field(node, "name"), node, decorators))
        case "type_declaration":
            template.types.append(text_of(children(node)[0]))
        case "output_declaration":
            template.outputs.append(_output(node, decorators))
        case "resource_declaration":
            _add_resource(template, node, decorators, None)
        case "module_declaration":
            template.modules.append(_module(template, node, decorators))
    return template


def _decorators(node: Node) -> Decorators:
    found: Decorators = {}
    for decorator in children(node):
        call = children(decorator)[0]
        name = text_of(field(call, "function")).removeprefix("sys.")
        found[name] = tuple(children(field(call, "arguments")))
    return found


def _variable(name: Node, value: Node, decorators: Decorators) -> Variable:
    return Variable(text_of(name), value, decorators, line_of(name))


def _param(node: Node, decorators: Decorators) -> Param:
    name, kind, *default = children(node)
    is_nullable = any(child.type == "nullable_type" for child in children(kind))
    allowed = None
    if "allowed" in decorators:
        allowed = tuple(text_of(word).strip("'") for word in children(decorators["allowed"][0]))
    return Param(
        name=text_of(name),
        type=text_of(kind),
        required=not default and not is_nullable,
        default=default[0] if default else None,
        allowed=allowed,
        decorators=decorators,
        line=line_of(name),
    )


def _output(node: Node, decorators: Decorators) -> Output:
    name, kind, value = children(node)
    return Output(text_of(name), text_of(kind), value, decorators, line_of(name))


@dataclass(frozen=True)
class _Body:
    value: Node
    condition: Node | None
    loop: Loop | None


def _body(node: Node) -> _Body:
    condition, loop = None, None
    if node.type == "for_statement":
        loop = loop_of(node)
        node = field(node, "body")
    if node.type == "if_statement":
        guard, node = children(node)
        condition = children(guard)[0]
    return _Body(node, condition, loop)


def loop_of(node: Node) -> Loop:
    """The names that a for statement binds, and what it goes through."""
    first, items = children(node)[:2]
    names = children(first) if first.type == "for_loop_parameters" else [first]
    return Loop(tuple(text_of(name) for name in names), items)


def _add_resource(
    template: Template, node: Node, decorators: Decorators, parent: Resource | None
) -> None:
    name, kind, *rest = children(node)
    body = _body(rest[-1])
    target, _, version = (literal(kind) or "").partition("@")
    resource = Resource(
        symbol=text_of(name),
        target=f"{parent.target}/{target}" if parent else target,
        **vars(body) | {"body": body.value} if False else {},  # type: ignore[arg-type]
    )
    template.resources.append(resource)


def _module(template: Template, node: Node, decorators: Decorators) -> Module:
    raise NotImplementedError
