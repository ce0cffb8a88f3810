"""From tree-sitter's tree to a file's declarations."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from tree_sitter import Node

from tests.infra.bicep.bodies import module_of, resources_of
from tests.infra.bicep.nodes import children, field, line_of, literal, text_of
from tests.infra.bicep.parsing import parse
from tests.infra.bicep.template import Decorators, Output, Param, Template, Variable


def read(path: Path) -> Template:
    """The declarations of a `.bicep` or `.bicepparam` file; what is not Bicep is left out."""
    return replace(_read(path.read_text("utf-8"), path.suffix == ".bicepparam"), path=path)


@cache
def _read(source: str, is_parameters: bool) -> Template:
    tree = parse(source, is_parameters)
    template = Template(Path(), source, tree)
    decorators: Decorators = {}
    for node in children(tree.root_node):
        if node.type == "decorators":
            decorators = _decorators(node)
            continue
        if not node.has_error:
            template = _add(template, node, decorators)
        decorators = {}
    return template


def _add(template: Template, node: Node, decorators: Decorators) -> Template:
    source = template.source
    match node.type:
        case "target_scope_assignment":
            return replace(template, scope=literal(children(node)[0]) or "")
        case "using_statement":
            return replace(template, using=literal(children(node)[0]))
        case "parameter_declaration":
            template.params.append(_param(node, decorators))
        case "variable_declaration":
            name, value = children(node)[0], children(node)[-1]
            is_assigned = source.splitlines()[line_of(node) - 1].startswith("param")
            group = template.assigned if is_assigned else template.variables
            group.append(_variable(name, value, decorators))
        case "user_defined_function":
            template.functions.append(_variable(field(node, "name"), node, decorators))
        case "type_declaration":
            template.types.append(text_of(children(node)[0]))
        case "output_declaration":
            template.outputs.append(_output(node, decorators))
        case "resource_declaration":
            template.resources.extend(resources_of(node, decorators, source))
        case "module_declaration":
            template.modules.append(module_of(node, decorators, source))
    return template


def _decorators(node: Node) -> Decorators:
    found: Decorators = {}
    for decorator in children(node):
        call = children(decorator)[0]
        name = text_of(field(call, "function")).removeprefix("sys.")
        found[name] = children(field(call, "arguments"))
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
