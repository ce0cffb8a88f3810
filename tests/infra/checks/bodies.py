"""What every resource and module says about itself, whatever its type."""

from collections.abc import Iterator
from pathlib import Path

from tests.infra.bicep.nodes import properties
from tests.infra.bicep.template import Declared, Module, Resource, Template
from tests.infra.sources import named, template, templates

_OF_MODULES = {"name", "scope", "params", "dependsOn"}
_OF_RESOURCES = {
    *("name", "location", "tags", "kind", "sku", "identity", "properties", "parent", "scope"),
    *("dependsOn", "zones", "plan", "managedBy", "extendedLocation"),
}
# Types that stand on another resource, which `scope` names.
_EXTENSIONS = {"Microsoft.Authorization/roleAssignments", "Microsoft.Insights/diagnosticSettings"}


def wrong(root: Path) -> list[str]:
    """Keys that a body can't have, and those that it needs and misses."""
    return [
        f"{named(root, user.path, each.line)}: {each.symbol} {told}"
        for user in templates(root)
        for each in (*user.resources, *user.modules)
        for told in (*_keys(each), *_place(user, each))
    ]


def _keys(each: Declared) -> Iterator[str]:
    keys = properties(each.body)
    known = _OF_MODULES if isinstance(each, Module) else _OF_RESOURCES
    yield from (f"can't have {key}" for key in keys if key not in known)
    if "name" not in keys:
        yield "has no name"
    if isinstance(each, Resource) and not each.existing and set(keys) <= {"name", "parent"}:
        yield "says nothing of itself"


def _place(user: Template, each: Declared) -> Iterator[str]:
    keys = properties(each.body)
    if isinstance(each, Module):
        path = (user.path.parent / each.target).resolve()
        other = template(path).scope if each.is_local and path.is_file() else "resourceGroup"
        if other != user.scope and "scope" not in keys:
            yield f"is of a {other} and needs a scope"
    elif isinstance(each, Resource):
        is_child = each.target.count("/") > 1
        if is_child and not each.parent and "parent" not in keys:
            yield "is below another resource and needs a parent"
        if each.target in _EXTENSIONS and "scope" not in keys:
            yield "is about another resource and needs a scope"
