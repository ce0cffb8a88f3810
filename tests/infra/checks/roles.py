"""Roles: each has its reason, and together they are what `roles.toml` says is needed, no more."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.infra.bicep.made import Made
from tests.infra.bicep.nodes import text_of
from tests.infra.bicep.values import Unknown, dig
from tests.infra.deployments import BASE, Choice, choices, deployment, made, of_type, what_is_common
from tests.infra.sources import HERE, named, templates

_ASSIGNMENTS = "Microsoft.Authorization/roleAssignments"
_COSMOS = "Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments"
_DEFINITIONS = "Microsoft.Authorization/roleDefinitions"

_SYSTEM_ASSIGNED = {
    "event-grid/system-topic": "topic",
    "machine-learning-services/workspace": "workspace",
}


@dataclass(frozen=True, order=True)
class Grant:
    """Who gets which role on what."""

    who: str
    role: str
    on: str


@cache
def table() -> dict[str, Any]:
    """Names of roles, and who needs which."""
    return tomllib.loads((HERE / "roles.toml").read_text("utf-8"))


def unexplained(root: Path) -> list[str]:
    """Role assignments without a reason beside them: a description or a comment."""
    problems = []
    for template in templates(root):
        for each in template.resources:
            if each.existing or each.target not in (_ASSIGNMENTS, _COSMOS):
                continue
            if "description:" not in text_of(each.body) and "//" not in each.above:
                place = named(root, template.path, each.line)
                problems.append(f"{place}: {each.symbol} does not say why")
    return problems


def untyped(root: Path) -> list[str]:
    """Role assignments that do not say what the principal is.

    Without it Azure looks the principal up, and does not find one that was made a moment ago.
    """
    return [
        f"{named(root, each.file, each.declared.line)}: {each.declared.symbol} has no principalType"
        for each in of_type(made(root), _ASSIGNMENTS)
        if dig(each.body, "properties", "principalType")
        not in ("User", "Group", "ServicePrincipal")
    ]


def differences(root: Path) -> list[str]:
    """What is granted and not needed, and what is needed and not granted."""
    problems: dict[str, list[Choice]] = {}
    for choice in choices():
        needed, granted = needs(choice), grants(root, choice)
        for told, which in (("needed", needed - granted), ("granted", granted - needed)):
            for grant in which:
                line = f"only {told}: {grant.who} as {grant.role} on {grant.on}"
                problems.setdefault(line, []).append(choice)
    return [f"{line} ({what_is_common(found)})" for line, found in sorted(problems.items())]


def reasons(root: Path) -> list[str]:
    """Needs whose code is not there."""
    codes = sorted({need["code"] for need in table()["needs"]})
    return [f"roles.toml: there is no {code}" for code in codes if not (root / code).exists()]


def needs(choice: Choice) -> set[Grant]:
    """What the app needs with these choices."""
    given = dict(choice)
    return {
        Grant(need["who"], need["role"], need["on"])
        for need in table()["needs"]
        if all(given[name] == value for name, value in need.get("only", {}).items())
    }


def grants(root: Path, choice: Choice) -> set[Grant]:
    """What infra grants with these choices."""
    resources = made(root, choice)
    places: dict[str, Made] = {each.id: each for each in resources if not each.is_existing}
    own = {r.id: r.body["properties"]["roleName"] for r in of_type(resources, _DEFINITIONS)}
    people = _people(root, choice, resources)
    found = set()
    for each in (*of_type(resources, _ASSIGNMENTS), *of_type(resources, _COSMOS)):
        principal = dig(each.body, "properties", "principalId")
        scope = each.body.get("scope") or dig(each.body, "properties", "scope")
        found.add(
            Grant(
                people.get(principal, str(principal)),
                _role(str(dig(each.body, "properties", "roleDefinitionId")), own),
                _place(scope, places),
            )
        )
    return found | set(_of_modules(resources, people, own))


def _people(root: Path, choice: Choice, resources: tuple[Made, ...]) -> dict[str, str]:
    identities = deployment(root, choice).value_of("identity")
    people = {BASE["AZURE_PRINCIPAL_ID"]: "deployer"}
    for who in ("app", "endpoint"):
        people[identities.output(f"{who}PrincipalId")] = who
    for each in resources:
        for target, who in _SYSTEM_ASSIGNED.items():
            if each.target.endswith(target):
                people[each.get("systemAssignedMIPrincipalId")] = who
    return people


def _role(role_id: str, own: dict[Unknown, str]) -> str:
    if role_id in own:
        return str(own[Unknown(role_id)]).split(" (")[0]
    guid = role_id.rstrip(")").replace(", ", "/").split("/")[-1]
    return str(table()["names"].get(guid, f"unknown role {guid}"))


def _place(scope: Any, places: dict[str, Made]) -> str:
    key = scope.id if isinstance(scope, Made) else str(scope)
    kind, _, leaf = key.rpartition("/")
    kind = kind.rpartition("/")[2]
    told = f"{kind} {leaf}" if kind in ("containers", "taskHubs") else kind
    maker = places.get(key)
    if maker is None:
        name = key.split("/")[8] if key.count("/") >= 8 else key
        maker = next((m for m in places.values() if m.body.get("name") == name), None)
    return f"{maker.file.stem if maker else 'elsewhere'}: {told}"


def _of_modules(
    resources: tuple[Made, ...], people: dict[str, str], own: dict[Unknown, str]
) -> Iterator[Grant]:
    for each in resources:
        for given in each.body.get("roleAssignments") or []:
            if isinstance(given, dict):
                yield Grant(
                    people.get(given["principalId"], str(given["principalId"])),
                    _role(str(given["roleDefinitionIdOrName"]), own),
                    f"{each.file.stem}: {each.target.rpartition('/')[2]}",
                )
