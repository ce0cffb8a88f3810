"""Works a deployment out: what it would make, for the environment that it is started in.

What only Azure knows is an `Unknown` whose text says whose it is. A resource or module whose
condition is false is None. Modules of the registry are not read: their outputs are unknown.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.infra.bicep.expressions import evaluate
from tests.infra.bicep.made import Made
from tests.infra.bicep.scope import CannotEvaluate, Scope
from tests.infra.bicep.template import Declared, Module, Param, Resource, Template
from tests.infra.bicep.values import Value
from tests.infra.sources import template as read


class Deployment:
    """One file with its parameters; `deployed_as` is its name as a module of another."""

    def __init__(
        self,
        path: Path,
        arguments: Mapping[str, Value],
        environment: Mapping[str, str],
        deployed_as: str | None = None,
    ) -> None:
        self.deployed_as = deployed_as
        self.template: Template = read(path)
        self._arguments = arguments
        self._environment = environment
        self._values: dict[str, Value] = {}
        self._found = self._expressions()

    def get(self, name: str) -> Value:
        """`outputs`, so that a module's value can be asked for them."""
        return _Outputs(self) if name == "outputs" else None

    def output(self, name: str) -> Value:
        """The value of an output; raises LookupError."""
        found = {output.name: output.value for output in self.template.outputs}
        return evaluate(found[name], self._scope())

    def value_of(self, name: str) -> Value:
        """The value of a symbol; raises LookupError."""
        if name not in self._values:
            self._values[name] = self._worked_out(name)
        return self._values[name]

    def made(self) -> Iterator[Made]:
        """Every resource and registry module of this file and of those below it."""
        for part in self.parts():
            if isinstance(part, Made):
                yield part
            else:
                yield from part.made()

    def parts(self) -> "Iterator[Made | Deployment]":
        """What this file itself declares, loops unrolled, without what is conditioned away."""
        for declared in (*self.template.resources, *self.template.modules):
            value = self.value_of(declared.symbol)
            for each in value if isinstance(value, list) else [value]:
                if each is not None:
                    yield each

    def files(self) -> "Iterator[Deployment]":
        """This file and those below it."""
        yield self
        for part in self.parts():
            if isinstance(part, Deployment):
                yield from part.files()

    def arguments(self) -> Iterator[tuple[Param, Value]]:
        """Every parameter with its value."""
        for param in self.template.params:
            yield param, self.value_of(param.name)

    def _expressions(self) -> dict[str, Any]:
        template = self.template
        found: dict[str, Any] = {v.name: v.value for v in (*template.variables, *template.assigned)}
        found |= {p.name: p.default for p in template.params}
        found |= {d.symbol: d for d in (*template.resources, *template.modules)}
        return found

    def _scope(self) -> Scope:
        return Scope(self.template.path, self._environment, self.value_of, {})

    def _worked_out(self, name: str) -> Value:
        if name in self._arguments:
            return self._arguments[name]
        found = self._found[name]
        if found is None:
            return None
        if not isinstance(found, Declared):
            return evaluate(found, self._scope())
        if found.loop is None:
            return self._declared(found, self._scope())
        return [self._declared(found, scope) for scope in self._rounds(found)]

    def _rounds(self, declared: Declared) -> Iterator[Scope]:
        assert declared.loop is not None
        for index, item in enumerate(evaluate(declared.loop.items, self._scope())):
            names = dict(zip(declared.loop.names, (item, index), strict=False))
            yield self._scope().binding(names)

    def _declared(self, declared: Declared, scope: Scope) -> Value:
        if declared.condition is not None and not evaluate(declared.condition, scope):
            return None
        body = evaluate(declared.body, scope)
        if isinstance(declared, Resource) and declared.parent:
            body = {"parent": self.value_of(declared.parent), **body}
        if not isinstance(declared, Module):
            return Made(self.template.path, declared, body)
        name, arguments = body.get("name"), body.get("params", {})
        if not declared.is_local:
            return Made(self.template.path, declared, arguments, name)
        path = (self.template.path.parent / declared.target).resolve()
        return Deployment(path, arguments, self._environment, name)


@dataclass(frozen=True)
class _Outputs:
    deployment: Deployment

    def get(self, name: str) -> Value:
        return self.deployment.output(name)


def deploy(parameters: Path, environment: Mapping[str, str]) -> Deployment:
    """What a `.bicepparam` file deploys, started in `environment`."""
    file = Deployment(parameters, {}, environment)
    if file.template.using is None:
        raise CannotEvaluate(f"{parameters.name} says no `using`")
    values = {variable.name: file.value_of(variable.name) for variable in file.template.assigned}
    return Deployment(parameters.parent / file.template.using, values, environment)
