"""App settings: what infra sets is what the code and the host read, and the values are taken."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from opal.settings import Settings, SettingsError, load_settings
from tests.infra.bicep.values import Unknown
from tests.infra.deployments import Choice, choices, made, of_type, what_is_common
from tests.infra.functions import bindings
from tests.infra.sources import HERE

# Values that only Azure knows, as they look there.
SECRETS = {
    "OPAL_SECRET_KEYS": "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=",
    "OPAL_MOLLIE_API_KEY": "live_abcdefghijklmnopqrstuvwxyz",
}
_REFERENCE = re.compile(r"@Microsoft\.KeyVault\(SecretUri=.+secrets/([a-z-]+)\)")


@cache
def table() -> dict[str, dict[str, str]]:
    """The settings that stand on one side only, with their reasons."""
    return tomllib.loads((HERE / "app_settings.toml").read_text("utf-8"))


def settings_of(root: Path, choice: Choice) -> dict[str, Any]:
    """The app's settings as they are deployed; references to secrets and unknowns as they are."""
    (app,) = of_type(made(root, choice), "Microsoft.Web/sites")
    pairs = app.body["properties"]["siteConfig"]["appSettings"]
    return {pair["name"]: pair["value"] for pair in pairs}


def read_by_code() -> set[str]:
    """The names of opal/settings.py and of the triggers' bindings."""
    told = str(list(bindings().values()))
    return {str(field.alias) for field in Settings.model_fields.values()} | set(
        re.findall(r"%(\w+)%", told)
    )


def connections() -> set[str]:
    """The connections of the triggers: prefixes of settings."""
    found = {each.get("connection") for group in bindings().values() for each in group}
    return {connection for connection in found if connection}


def names(root: Path) -> list[str]:
    """Settings that are read and never set, or set and never read."""
    ours, host, alone = read_by_code(), set(table()["host"]), set(table()["one_machine"])
    given = {name for choice in choices() for name in settings_of(root, choice)}
    problems = [f"{name} is read by the code and not set" for name in sorted(ours - given - alone)]
    problems += [f"{name} is set and nothing reads it" for name in sorted(given - ours - host)]
    problems += [f"{name} is for one machine and set" for name in sorted(given & alone)]
    problems += [f"{name} is read by the host and not set" for name in sorted(host - given)]
    problems += [f"{name} is in app_settings.toml and unknown" for name in sorted(alone - ours)]
    for prefix in sorted(connections()):
        for suffix in ("blobServiceUri", "queueServiceUri", "credential", "clientId"):
            if f"{prefix}__{suffix}" not in given:
                problems.append(f"{prefix}__{suffix}, of a trigger's connection, is not set")
    return problems


def values(root: Path) -> list[str]:
    """Values that the app would refuse to start with, for every choice."""
    problems: dict[str, list[Choice]] = {}
    for choice in choices():
        for told in _refused(settings_of(root, choice)):
            problems.setdefault(told, []).append(choice)
    return [f"{told} ({what_is_common(found)})" for told, found in sorted(problems.items())]


def _refused(given: dict[str, Any]) -> list[str]:
    wrong = [f"{name} is no text: {v!r}" for name, v in given.items() if not isinstance(v, str)]
    try:
        settings = load_settings({name: as_deployed(name, v) for name, v in given.items()})
    except SettingsError as error:
        return [*wrong, *(line.strip() for line in str(error).splitlines()[1:])]
    return wrong if settings.state == "cosmos" else [*wrong, "OPAL_STATE must be cosmos"]


def as_deployed(name: str, value: Any) -> str:
    """The value that the app finds in its environment."""
    if _REFERENCE.fullmatch(str(value)):
        return SECRETS.get(name, "")
    if isinstance(value, Unknown) or "/subscriptions/" in str(value):
        return "https://something.example.org/"
    return str(value)


def secrets(root: Path) -> list[str]:
    """Secret settings that are not references to the vault, or to the wrong secret."""
    wanted = {"OPAL_SECRET_KEYS": "secret-keys", "OPAL_MOLLIE_API_KEY": "mollie-api-key"}
    problems = []
    for choice in choices():
        given = settings_of(root, choice)
        for name, secret in wanted.items():
            found = _REFERENCE.fullmatch(str(given.get(name, "")))
            is_left_out = name == "OPAL_MOLLIE_API_KEY" and dict(choice)["OPAL_MOLLIE"] == "false"
            if is_left_out != (name not in given):
                problems.append(f"{name} must be set if and only if the vault has {secret}")
            elif name in given and (found is None or found[1] != secret):
                problems.append(f"{name} must be a reference to the secret {secret}")
    return sorted(set(problems))
