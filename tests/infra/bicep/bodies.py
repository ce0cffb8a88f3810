"""Resources and modules: the two declarations that have a body, a condition and a loop."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from tests.infra.bicep.nodes import children, field, line_of, literal, properties, text_of
from tests.infra.bicep.template import Decorators, Loop, Module, Resource


@dataclass(frozen=True)
class Body:
    """The object of a declaration, and what stands around it."""

    value: Node
    condition: Node | None
    loop: Loop | None


def body_of(node: Node) -> Body:
    """Take loop and condition off the object that they are about."""
    condition, loop = None, None
    if node.type == "for_statement":
        loop, node = loop_of(node), field(node, "body")
    if node.type == "if_statement":
        guard, node = children(node)
        condition = children(guard)[0]
    return Body(node, condition, loop)


def loop_of(node: Node) -> Loop:
    """The names that a for statement binds, and what it goes through."""
    first, items = children(node)[:2]
    names = children(first) if first.type == "for_loop_parameters" else [first]
    return Loop(tuple(text_of(name) for name in names), items)


def resources_of(
    node: Node, decorators: Decorators, source: str, parent: Resource | None = None
) -> Iterator[Resource]:
    """The resource that `node` declares, and those nested in it."""
    name, kind, value = children(node)
    body = body_of(value)
    target, _, version = (literal(kind) or "").partition("@")
    resource = Resource(
        symbol=text_of(name),
        target=f"{parent.target}/{target}" if parent else target,
        body=body.value,
        condition=body.condition,
        loop=body.loop,
        decorators=decorators,
        line=line_of(node),
        above=comments_above(source, line_of(node)),
        api_version=version or (parent.api_version if parent else ""),
        existing=any(child.type == "existing" for child in node.children),
        parent=parent.symbol if parent else None,
    )
    yield resource
    for child in children(body.value):
        for nested in children(child):
            if nested.type == "resource_declaration":
                yield from resources_of(nested, {}, source, resource)


def module_of(node: Node, decorators: Decorators, source: str) -> Module:
    """The module that `node` declares."""
    name, target, value = children(node)
    body = body_of(value)
    return Module(
        symbol=text_of(name),
        target=literal(target) or "",
        body=body.value,
        condition=body.condition,
        loop=body.loop,
        decorators=decorators,
        line=line_of(node),
        above=comments_above(source, line_of(node)),
        params=properties(properties(body.value).get("params")),
    )


def comments_above(source: str, line: int) -> str:
    """The comment lines and decorators that stand right above a line."""
    lines, found = source.splitlines(), list[str]()
    for text in reversed(lines[: line - 1]):
        if not text.strip().startswith(("//", "@")):
            break
        found.insert(0, text.strip())
    return "\n".join(found)
