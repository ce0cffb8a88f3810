"""A stand-in for `az`: one Azure ML workspace, as far as the endpoint's hooks work with it.

It knows the commands and options that are in `az ml`'s reference and that the hooks may use, and
refuses every other; `--query` is worked out by az's own JMESPath.
"""

import json
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jmespath

_SCOPE = "--resource-group --workspace-name"
OPTIONS = {
    "account show": "",
    "cloud show": "",
    "deployment group create": "--resource-group --name --template-file --parameters",
    "ml environment create": f"{_SCOPE} --file --version",
    "ml environment show": f"{_SCOPE} --name --version",
    "ml model create": f"{_SCOPE} --file --version --set",
    "ml model show": f"{_SCOPE} --name --version",
    "ml online-deployment create": f"{_SCOPE} --endpoint-name --name --file --set",
    "ml online-deployment delete": f"{_SCOPE} --endpoint-name --name --yes",
    "ml online-deployment get-logs": f"{_SCOPE} --endpoint-name --name --lines",
    "ml online-deployment list": f"{_SCOPE} --endpoint-name",
    "ml online-deployment show": f"{_SCOPE} --endpoint-name --name",
    "ml online-endpoint invoke": f"{_SCOPE} --name --deployment-name --request-file",
    "ml online-endpoint show": f"{_SCOPE} --name",
    "ml online-endpoint update": f"{_SCOPE} --name --traffic",
    "ml workspace provision-network": "--resource-group --name",
    "monitor autoscale delete": "--resource-group --name",
    "monitor autoscale list": "--resource-group",
    "resource list": "--tag",
    "rest": "--method --url",
    "role definition delete": "--name --scope",
    "role definition list": "--custom-role-only --scope",
}
"""Every option of a command; all are needed, but `--set`."""

ENDPOINT = "workspaces/w/onlineEndpoints/endpoint"
Options = dict[str, list[str]]
Pairs = dict[str, str]

# Without a process for each call, hundreds of calls take seconds.
_CLIENT = """#!/bin/bash
printf '%s\\0' "$@" >{folder}/ask
read -r code <{folder}/code
out=$(<{folder}/out) err=$(<{folder}/err)
[[ -z $out ]] || printf '%s\\n' "$out"
[[ -z $err ]] || printf '%s\\n' "$err" >&2
exit "$code"
"""


class Refused(Exception):
    """What `az` would say before it exits with 1."""


@dataclass
class Workspace:
    """What is there. `failing` names commands that fail, with what they say then."""

    exists: bool = True
    traffic: dict[str, int] = field(default_factory=dict)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    assets: dict[str, dict[str, Pairs]] = field(
        default_factory=lambda: {"model": {}, "environment": {}}
    )
    autoscale: list[str] = field(default_factory=list)
    network: bool = False
    roles: list[str] = field(default_factory=list)
    answer: str | None = None
    failing: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def run(self, arguments: list[str]) -> tuple[int, str, str]:
        """Exit status, standard output and error of `az` with these arguments."""
        command, options = _parse(arguments)
        self.calls.append(command)
        try:
            _check(command, options)
            if command in self.failing and command != "ml online-deployment create":
                raise Refused(self.failing[command])
            value = self._do(command, options)
            if command in self.failing:
                raise Refused(self.failing[command])
        except Refused as refused:
            return 1, "", f"ERROR: {refused}"
        return 0, _shown(value, options), ""

    def _do(self, command: str, options: Options) -> Any:
        name = options.get("--name", [""])[0]
        match command.split():
            case ["account", "show"]:
                return {"id": "subscription"}
            case ["cloud", "show"]:
                return {"suffixes": {"storageEndpoint": "core.windows.net"}}
            case ["deployment", "group", "create"]:
                self._scale(_pairs(options["--parameters"]))
            case ["ml", "workspace", "provision-network"]:
                self.network = True
            case ["ml", ("model" | "environment") as kind, verb]:
                return self._asset(self.assets[kind], verb, options)
            case ["ml", "online-endpoint", verb]:
                return self._endpoint(verb, options)
            case ["ml", "online-deployment", verb]:
                return self._deployment(verb, name, options)
            case ["monitor", "autoscale", "list"]:
                return [{"name": each} for each in self.autoscale]
            case ["monitor", "autoscale", "delete"]:
                self.autoscale.remove(name)
            case ["resource", "list"]:
                return [{"id": f"/{each}"} for each in ("workspaces/w", ENDPOINT) if self.exists]
            case ["rest"]:
                return {"properties": {"traffic": self.traffic}}
            case ["role", "definition", "list"]:
                return [{"roleName": each} for each in self.roles]
            case ["role", "definition", "delete"]:
                self.roles.remove(name)
        return None

    def _scale(self, given: Pairs) -> None:
        self._find(given["deploymentName"])
        name = f"{given['endpointName']}-{given['deploymentName']}"
        self.autoscale = sorted({*self.autoscale, name})

    def _asset(self, assets: dict[str, Pairs], verb: str, options: Options) -> Any:
        version = options["--version"][0]
        if verb == "create":
            assets[version] = _pairs(options.get("--set", []))
        elif version not in assets:
            raise Refused(f"(UserError) version {version} was not found")
        return assets[version]

    def _endpoint(self, verb: str, options: Options) -> Any:
        if not self.exists:
            raise Refused("(ResourceNotFound) the endpoint could not be found")
        if verb == "update":
            shares = _pairs(options["--traffic"][0].split())
            for name in shares:
                self._find(name)
            self.traffic = {name: int(share) for name, share in shares.items()}
        if verb == "invoke":
            self._find(options["--deployment-name"][0])
            asked = json.loads(Path(options["--request-file"][0]).read_text())
            message = self.answer or asked["params"]["message"]
            return json.dumps({"message": message, "trace_id": asked["trace_id"]})
        return {"traffic": self.traffic}

    def _deployment(self, verb: str, name: str, options: Options) -> Any:
        if verb == "list":
            return list(self.deployments.values())
        if verb == "create":
            if name in self.deployments:
                raise Refused(f"{name} is there")
            self.deployments[name] = self._made(name, options)
        found = self._find(name)
        if verb == "delete":
            if self.traffic.get(name):
                raise Refused(f"{name} still gets {self.traffic[name]} % of the calls")
            self.traffic.pop(name, None)
            del self.deployments[name]
        return found

    def _made(self, name: str, options: Options) -> dict[str, Any]:
        values = _pairs(options["--set"])
        for kind, versions in self.assets.items():
            if values[kind].rpartition(":")[2] not in versions:
                raise Refused(f"{values[kind]} is not registered")
        return {
            "name": name,
            "tags": {"release": values["tags.release"], "made": values["tags.made"]},
            "instance_count": int(values["instance_count"]),
            "values": values,
            "file": options["--file"][0],
        }

    def _find(self, name: str) -> dict[str, Any]:
        if name not in self.deployments:
            raise Refused(f"(ResourceNotFound) {name} is not there")
        return self.deployments[name]


def serve(workspace: Workspace, folder: Path, program: Path) -> threading.Thread:
    """Make `program` answer for the workspace, until it is called with `stop` alone."""
    program.write_text(_CLIENT.format(folder=folder))
    program.chmod(0o755)
    for name in ("ask", "code"):
        os.mkfifo(folder / name)
    thread = threading.Thread(target=_serve, args=(workspace, folder), daemon=True)
    thread.start()
    return thread


def _serve(workspace: Workspace, folder: Path) -> None:
    arguments = list[str]()
    while arguments != ["stop"]:
        arguments = (folder / "ask").read_bytes().decode().split("\0")[:-1]
        code, out, err = workspace.run(arguments)
        (folder / "out").write_text(out)
        (folder / "err").write_text(err)
        (folder / "code").write_text(f"{code}\n")


def _parse(arguments: list[str]) -> tuple[str, Options]:
    words, options, values = list[str](), Options(), list[str]()
    for argument in arguments:
        if argument.startswith("--"):
            values = options.setdefault(argument, [])
        elif options:
            values.append(argument)
        else:
            words.append(argument)
    return " ".join(words), options


def _check(command: str, options: Options) -> None:
    if command not in OPTIONS:
        raise Refused(f"there is no az {command}")
    known = set(OPTIONS[command].split())
    unknown = set(options) - known - {"--query", "--output"}
    missing = known - set(options) - {"--set"}
    if unknown or missing:
        raise Refused(f"az {command}: unknown {sorted(unknown)}, missing {sorted(missing)}")


def _pairs(texts: list[str]) -> Pairs:
    return dict(text.split("=", 1) for text in texts)


def _shown(value: Any, options: Options) -> str:
    if options.get("--output") == ["none"] or value is None:
        return ""
    if "--query" in options:
        value = jmespath.search(options["--query"][0], value)
    if isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)
