"""Azure Verified Modules: each is pinned, and given and asked what that version has.

`avm.toml` holds their parameters and outputs, written down from the modules' sources.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.infra.bicep.nodes import line_of
from tests.infra.bicep.template import Module, Template
from tests.infra.bicep.uses import outputs_used
from tests.infra.sources import HERE, named, templates

_PINNED = re.compile(r"br/public:avm/(res|ptn|utl)/[a-z0-9/-]+:\d+\.\d+\.\d+")


@cache
def table() -> dict[str, Any]:
    """The modules by their reference."""
    return tomllib.loads((HERE / "avm.toml").read_text("utf-8"))


def wrong(root: Path) -> list[str]:
    """References that are not pinned or not in the table; parameters and outputs that are not."""
    return [
        f"{named(root, user.path, line)}: {told}"
        for user in templates(root)
        for module in user.modules
        if not module.is_local
        for line, told in _wrong(user, module)
    ]


def idle(root: Path) -> list[str]:
    """Entries of the table that no file uses."""
    used = {module.target for user in templates(root) for module in user.modules}
    return sorted(set(table()) - used)


def _wrong(user: Template, module: Module) -> Iterator[tuple[int, str]]:
    if not _PINNED.fullmatch(module.target):
        yield module.line, f"{module.target} is not pinned to a version"
    entry = table().get(module.target)
    if entry is None:
        yield module.line, f"{module.target} is not in avm.toml"
        return
    declared = {*entry["required"], *entry["optional"]}
    for name, node in module.params.items():
        if name not in declared:
            yield line_of(node), f"{module.target} has no parameter {name}"
    for name in entry["required"]:
        if name not in module.params:
            yield module.line, f"{module.target} is not given {name}"
    for use in outputs_used(user.tree.root_node):
        if use.symbol == module.symbol and use.name not in entry["outputs"]:
            yield use.line, f"{module.target} has no output {use.name}"
