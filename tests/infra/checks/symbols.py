"""Names: each that is used is declared, each that is declared is used, and none twice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tree_sitter import Node

from tests.infra.bicep.functions import NAMES
from tests.infra.bicep.nodes import field, line_of, text_of, walk
from tests.infra.bicep.template import Declared, Output, Param, Template
from tests.infra.bicep.uses import Use, uses_in
from tests.infra.sources import named, templates

NAMESPACES = {"az", "sys"}
DECORATORS = {
    *("allowed", "batchSize", "description", "discriminator", "export", "maxLength", "maxValue"),
    *("metadata", "minLength", "minValue", "onlyIfNotExists", "sealed", "secure"),
}


def undeclared(root: Path) -> list[str]:
    """Symbols, functions, types and nested resources that are used and not declared."""
    return [
        f"{named(root, template.path, line)}: {told} is not declared"
        for template in templates(root)
        for line, told in _undeclared(template)
    ]


def unused(root: Path) -> list[str]:
    """Parameters, variables, functions and existing resources that nothing uses."""
    return [
        f"{named(root, template.path, line)}: {name} is not used"
        for template in templates(root)
        for name, line in _idle(template)
    ]


def duplicated(root: Path) -> list[str]:
    """Symbols or outputs that a file declares twice, and keys that stand twice in one object."""
    problems = []
    for template in templates(root):
        symbols = Counter(name for name, _ in template.symbols())
        outputs = Counter(output.name for output in template.outputs)
        twice = [name for counts in (symbols, outputs) for name, n in counts.items() if n > 1]
        problems += [f"{named(root, template.path)}: {name} is declared twice" for name in twice]
        problems += [
            f"{named(root, template.path, line)}: {key} stands twice in one object"
            for line, key in _keys_twice(template)
        ]
    return problems


def _undeclared(template: Template) -> Iterator[tuple[int, str]]:
    known = {name for name, _ in template.symbols()} | NAMESPACES
    functions = NAMES | {function.name for function in template.functions}
    for use in _uses(template):
        if use.name not in (functions if use.is_function else known):
            yield use.line, use.name
    yield from _undeclared_nested(template)
    yield from _undeclared_types(template)
    for each in _decorated(template):
        yield from ((each.line, f"@{name}") for name in each.decorators if name not in DECORATORS)


def _decorated(template: Template) -> list[Param | Output | Declared]:
    return [*template.params, *template.outputs, *template.resources, *template.modules]


def _undeclared_nested(template: Template) -> Iterator[tuple[int, str]]:
    nested = {resource.symbol for resource in template.resources if resource.parent}
    for node in walk(template.tree.root_node):
        if node.type == "resource_expression":
            name = text_of(field(node, "resource"))
            if name not in nested:
                yield line_of(node), name


def _undeclared_types(template: Template) -> Iterator[tuple[int, str]]:
    for kind in (node for node in walk(template.tree.root_node) if node.type == "type"):
        for part in walk(kind):
            is_key = part.parent is not None and part.parent.type == "object_property"
            if part.type == "identifier" and not is_key and text_of(part) not in template.types:
                yield line_of(part), f"the type {text_of(part)}"


def _idle(template: Template) -> Iterator[tuple[str, int]]:
    used = {use.name for use in _uses(template)}
    groups = (template.params, template.variables, template.functions)
    declared = [(each.name, each.line) for group in groups for each in group]
    declared += [(r.symbol, r.line) for r in template.resources if r.existing and not r.parent]
    yield from ((name, line) for name, line in declared if name not in used)


def _uses(template: Template) -> Iterator[Use]:
    for node in _expressions(template):
        yield from uses_in(node)
    for function in template.functions:
        names = {
            text_of(n)
            for p in walk(function.value)
            if p.type == "parameter"
            for n in p.children[:1]
        }
        yield from uses_in(function.value.named_children[-1], frozenset(names))
    for each in (*template.resources, *template.modules):
        yield from _around(each)


def _expressions(template: Template) -> Iterator[Node]:
    for variable in (*template.variables, *template.assigned):
        yield variable.value
    yield from (param.default for param in template.params if param.default is not None)
    yield from (output.value for output in template.outputs)
    for each in _decorated(template):
        yield from (argument for group in each.decorators.values() for argument in group)


def _around(declared: Declared) -> Iterator[Use]:
    bound = frozenset(declared.loop.names) if declared.loop else frozenset[str]()
    if declared.loop:
        yield from uses_in(declared.loop.items)
    if declared.condition is not None:
        yield from uses_in(declared.condition, bound)
    if getattr(declared, "parent", None) is None:
        yield from uses_in(declared.body, bound)


def _keys_twice(template: Template) -> Iterator[tuple[int, str]]:
    for node in walk(template.tree.root_node):
        if node.type == "object":
            keys = [
                child.named_children[0] for child in node.named_children if child.named_children
            ]
            counts = Counter(
                text_of(key).strip("'") for key in keys if key.type in ("identifier", "string")
            )
            yield from ((line_of(node), key) for key, n in counts.items() if n > 1)
