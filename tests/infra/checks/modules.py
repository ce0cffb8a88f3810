"""Modules of our own: each file is there, is given what it asks for, and has what is taken."""

from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from tests.infra.bicep.nodes import line_of, literal, properties
from tests.infra.bicep.template import Module, Param, Template
from tests.infra.bicep.uses import outputs_used
from tests.infra.sources import named, template, templates

_TYPES = {"string": "string", "number": "int", "boolean": "bool", "object": "object"}


def missing(root: Path) -> list[str]:
    """Module paths that lead to no file."""
    return [
        f"{named(root, user.path, module.line)}: there is no {module.target}"
        for user in templates(root)
        for module in user.modules
        if module.is_local and not _path(user, module).is_file()
    ]


def parameters(root: Path) -> list[str]:
    """Parameters that a module does not have, that it misses, or that have the wrong form."""
    return [
        f"{named(root, user.path, line)}: {module.symbol}: {told}"
        for user, module, callee in _local(root)
        for line, told in (*_passed(module, callee), *_form(module, callee))
    ]


def outputs(root: Path) -> list[str]:
    """Outputs that are taken from a module of ours which does not have them."""
    problems = []
    for user in templates(root):
        local = {module.symbol: callee for u, module, callee in _local(root) if u is user}
        for use in outputs_used(user.tree.root_node):
            if use.symbol in local:
                if use.name not in {output.name for output in local[use.symbol].outputs}:
                    place = named(root, user.path, use.line)
                    problems.append(f"{place}: {use.symbol} has no output {use.name}")
            elif use.symbol not in {module.symbol for module in user.modules}:
                problems.append(f"{named(root, user.path, use.line)}: {use.symbol} is no module")
    return problems


def _local(root: Path) -> Iterator[tuple[Template, Module, Template]]:
    for user in templates(root):
        for module in user.modules:
            if module.is_local and _path(user, module).is_file():
                yield user, module, template(_path(user, module))


def _path(user: Template, module: Module) -> Path:
    return (user.path.parent / module.target).resolve()


def _passed(module: Module, callee: Template) -> Iterator[tuple[int, str]]:
    declared = {param.name: param for param in callee.params}
    for name, node in module.params.items():
        if name not in declared:
            yield line_of(node), f"there is no parameter {name}"
    for name, param in declared.items():
        if param.required and name not in module.params:
            yield module.line, f"the parameter {name} is not passed"
    given = properties(module.body).get("params")
    if given is not None and given.type != "object":
        yield line_of(given), "its parameters are no plain object"


def _form(module: Module, callee: Template) -> Iterator[tuple[int, str]]:
    for param in callee.params:
        node = module.params.get(param.name)
        if node is not None and (told := _misfit(param, node)):
            yield line_of(node), f"{param.name} {told}"


def _misfit(param: Param, node: Node) -> str | None:
    kind, wanted = _TYPES.get(node.type), param.type.rstrip("?")
    if kind and wanted in _TYPES.values() and kind != wanted:
        return f"wants {wanted}, not {kind}"
    text = literal(node)
    if text is not None and param.allowed is not None and text not in param.allowed:
        return f"does not allow {text}"
    return None
