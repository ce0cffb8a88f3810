"""Which commands and options `az` and `azd` have.

Written down from `az … --help` of version 2.91.0, the reference of its extension `ml`, and the help
of azd. A command is added here when a hook or a page of docs/ needs it.
"""

import json
from functools import cache
from pathlib import Path

_EVERYWHERE = {"--debug", "--help", "-h", "--only-show-errors", "--output", "-o", "--query"}
_EVERYWHERE |= {"--subscription", "--verbose"}
_AZD_EVERYWHERE = {"--cwd", "-C", "--debug", "--help", "-h", "--no-prompt"}
_AZD = {
    "auth login": "--check-status --client-id --tenant-id --use-device-code"
    " --federated-credential-provider --output -o",
    "auth logout": "",
    "deploy": "--all --environment -e --from-package --timeout",
    "down": "--environment -e --force --purge",
    "env get-value": "--environment -e",
    "env get-values": "--environment -e --output -o",
    "env list": "--output -o",
    "env new": "--location -l --subscription",
    "env refresh": "--environment -e --output -o",
    "env select": "",
    "env set": "--environment -e",
    "hooks run": "--environment -e --platform --service",
    "package": "--all --environment -e --output-path",
    "provision": "--environment -e --no-state --preview",
    "up": "--environment -e --location -l --subscription",
    "version": "--output -o",
}


@cache
def _az() -> dict[str, list[str]]:
    file = Path(__file__).with_name("az_commands.json")
    commands: dict[str, list[str]] = json.loads(file.read_text("utf-8"))
    return commands


def az_options(command: str) -> set[str] | None:
    """The options of a command, without `az` before it; None where there is no such command."""
    options = _az().get(command)
    return None if options is None else {*options} | _EVERYWHERE


def azd_options(command: str) -> set[str] | None:
    """The same of azd."""
    options = _AZD.get(command)
    return None if options is None else set(options.split()) | _AZD_EVERYWHERE


def longest(commands: list[str], known: str) -> str:
    """The longest beginning of these words that `known` (`az` or `azd`) has as a command."""
    options = az_options if known == "az" else azd_options
    for count in range(len(commands), 0, -1):
        if options(" ".join(commands[:count])) is not None:
            return " ".join(commands[:count])
    return ""
