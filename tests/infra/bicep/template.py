"""What a Bicep file declares."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node, Tree

Decorators = dict[str, tuple[Node, ...]]
"""Arguments of each decorator by its name."""


@dataclass(frozen=True)
class Param:
    """A parameter; `allowed` is None where every value of the type is."""

    name: str
    type: str
    required: bool
    default: Node | None
    allowed: tuple[str, ...] | None
    decorators: Decorators
    line: int


@dataclass(frozen=True)
class Output:
    """An output."""

    name: str
    type: str
    value: Node
    decorators: Decorators
    line: int


@dataclass(frozen=True)
class Variable:
    """A variable, a parameter file's assignment, or a function of the file's own."""

    name: str
    value: Node
    decorators: Decorators
    line: int


@dataclass(frozen=True)
class Loop:
    """`[for (item, index) in items: …]`."""

    names: tuple[str, ...]
    items: Node


@dataclass(frozen=True)
class Declared:
    """What a resource and a module have in common; `body` is the object between the braces."""

    symbol: str
    target: str
    body: Node
    condition: Node | None
    loop: Loop | None
    decorators: Decorators
    line: int
    above: str


@dataclass(frozen=True)
class Resource(Declared):
    """A resource; `target` is its full type, `parent` the symbol of the one it is nested in."""

    api_version: str = ""
    existing: bool = False
    parent: str | None = None


@dataclass(frozen=True)
class Module(Declared):
    """A module; `target` is its path or registry reference."""

    params: dict[str, Node] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        """Whether the module is a file beside this one."""
        return not self.target.startswith(("br:", "br/", "ts:", "ts/"))


@dataclass(frozen=True)
class Template:
    """One Bicep file, or one parameter file; `assigned` are the parameters that the latter sets."""

    path: Path
    source: str
    tree: Tree
    scope: str = "resourceGroup"
    using: str | None = None
    params: list[Param] = field(default_factory=list)
    assigned: list[Variable] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    functions: list[Variable] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)

    def symbols(self) -> Iterator[tuple[str, int]]:
        """Every declared symbol with its line, outputs aside: they have names of their own."""
        for group in (self.params, self.assigned, self.variables, self.functions):
            yield from ((each.name, each.line) for each in group)
        for resource in self.resources:
            if resource.parent is None:
                yield resource.symbol, resource.line
        yield from ((module.symbol, module.line) for module in self.modules)
