"""What shows only once the deployment is worked out: names that meet, and values out of bounds."""

from collections.abc import Iterator
from pathlib import Path

from tests.infra.bicep.evaluation import Deployment
from tests.infra.bicep.made import Made
from tests.infra.bicep.nodes import text_of
from tests.infra.bicep.scope import CannotEvaluate
from tests.infra.bicep.template import Param
from tests.infra.bicep.values import Unknown, Value
from tests.infra.deployments import BASE, FULL, Choice, choices, deployment, made, what_is_common
from tests.infra.sources import named


def not_worked_out(root: Path) -> list[str]:
    """Resources and outputs that can't be worked out, for every choice."""
    problems: dict[str, list[Choice]] = {}
    for choice in choices():
        try:
            whole = deployment(root, choice)
            list(whole.made())
            for output in whole.template.outputs:
                whole.output(output.name)
        except CannotEvaluate as error:
            problems.setdefault(str(error), []).append(choice)
    return [f"{line} ({what_is_common(found)})" for line, found in sorted(problems.items())]


def deployment_names(root: Path) -> list[str]:
    """Modules of one resource group that are deployed under one name.

    A module below another one is a deployment of the same group; with the same name it would
    overwrite the one that still runs, which Azure refuses.
    """
    seen: dict[str, str] = {}
    problems = []
    for file, part in _modules(deployment(root, FULL)):
        place = named(root, file.template.path)
        name = str(part.deployed_as)
        if name in seen:
            problems.append(f"{place}: a deployment is named {name}, as one in {seen[name]}")
        if len(name) > 64:
            problems.append(f"{place}: {name} is longer than the 64 characters of a deployment")
        seen[name] = place
    return problems


def resource_names(root: Path) -> list[str]:
    """Resources of one type and one name in one place, of which one would overwrite the other."""
    seen: dict[tuple[str, str, str], str] = {}
    problems = []
    for each in made(root, FULL):
        if each.is_existing:
            continue
        scope = each.body.get("scope")
        key = (each.target, each.name, scope.id if isinstance(scope, Made) else str(scope))
        place = named(root, each.file, each.declared.line)
        if key in seen:
            problems.append(f"{place}: {each.declared.symbol} has the name of one in {seen[key]}")
        seen[key] = place
    return problems


def locations(root: Path) -> list[str]:
    """Resources in a place that the template decides on."""
    return [
        f"{named(root, each.file, each.declared.line)}: {each.declared.symbol} is in {place}"
        for each in made(root, FULL)
        if (place := each.body.get("location")) not in (None, "global", BASE["AZURE_LOCATION"])
    ]


def constraints(root: Path) -> list[str]:
    """Parameters whose value their decorators do not allow, for every choice."""
    problems: dict[str, list[Choice]] = {}
    for choice in choices():
        for told in refused(root, deployment(root, choice)):
            problems.setdefault(told, []).append(choice)
    return [f"{line} ({what_is_common(found)})" for line, found in sorted(problems.items())]


def refused(root: Path, whole: Deployment) -> list[str]:
    """Parameters of a deployment whose value their decorators do not allow."""
    return [
        f"{named(root, file.template.path, param.line)}: {param.name} {told}"
        for file in whole.files()
        for param, value in file.arguments()
        for told in _refused(param, value)
    ]


def _modules(file: Deployment) -> Iterator[tuple[Deployment, Made | Deployment]]:
    for part in file.parts():
        if part.deployed_as is not None:
            yield file, part
        if isinstance(part, Deployment):
            yield from _modules(part)


def _refused(param: Param, value: Value) -> Iterator[str]:
    if value is None or isinstance(value, Unknown):
        return
    if param.allowed is not None and str(value) not in param.allowed:
        yield f"may not be {value}"
    bounds = {
        name: int(text_of(nodes[0]))
        for name, nodes in param.decorators.items()
        if nodes and name in ("minLength", "maxLength", "minValue", "maxValue")
    }
    size = value if isinstance(value, int) else len(value)
    for name, bound in bounds.items():
        if (size < bound) if name.startswith("min") else (size > bound):
            yield f"is {value!r}, with a {name} of {bound}"
