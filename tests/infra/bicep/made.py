"""A resource as a deployment makes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.infra.bicep.template import Declared, Resource
from tests.infra.bicep.values import Unknown, Value

_GROUP = "/subscriptions/ours/resourceGroups/ours/providers"


@dataclass(frozen=True)
class Made:
    """A resource, or a module of the registry, that a deployment makes.

    `body` holds name, properties and the rest; of a module, its parameters. `deployed_as` is the
    name of a module's deployment.
    """

    file: Path
    declared: Declared
    body: Mapping[str, Value]
    deployed_as: str | None = None

    @property
    def target(self) -> str:
        """The resource's type, or the module's reference without its version."""
        return self.declared.target.rpartition(":")[0] or self.declared.target

    @property
    def is_existing(self) -> bool:
        """Whether the file only refers to it."""
        return isinstance(self.declared, Resource) and self.declared.existing

    @property
    def name(self) -> str:
        """The full name: below a parent with the parent's name before it."""
        parent, name = self.body.get("parent"), self.body.get("name", "")
        return f"{parent.name}/{name}" if isinstance(parent, Made) else str(name)

    @property
    def id(self) -> Unknown:
        """Its resource id, of a made-up subscription and resource group."""
        if not self.target.startswith("Microsoft."):
            return Unknown(f"{self.target}/{self.name}")
        provider, *types = self.target.split("/")
        names = zip(types, self.name.split("/"), strict=False)
        return Unknown(
            "/".join((f"{_GROUP}/{provider}", *(part for pair in names for part in pair)))
        )

    def get(self, name: str) -> Value:
        """A property, as another resource refers to it."""
        if name == "outputs":
            return self
        if name in ("id", "resourceId"):
            return self.id
        if name in ("name", "tags", "location") and name in self.body:
            return self.body[name]
        return Unknown(f"{self.id}.{name}")
