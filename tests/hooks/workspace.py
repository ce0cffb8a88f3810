"""What the hooks of the model endpoint meet in Azure ML, and what changes when they act."""

import json
from dataclasses import dataclass, field
from typing import Any

from tests.hooks.assets import Versions, pairs, register, registered
from tests.hooks.call import Answer, Call, Refused
from tests.hooks.copied import Hooks
from tests.hooks.needed import require_needed
from tests.hooks.subscription import GROUP, LOGGED_IN

WORKSPACE = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/mlw-opal"
ENDPOINT = f"{WORKSPACE}/onlineEndpoints/opal-endpoint"


@dataclass
class Workspace:
    """One workspace with its endpoint. `failing` names commands that fail, with what they say."""

    hooks: Hooks
    exists: bool = True
    traffic: dict[str, int] = field(default_factory=dict)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: Versions = field(default_factory=dict)
    environments: Versions = field(default_factory=dict)
    autoscale: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    answer: str | None = None
    failing: dict[str, str] = field(default_factory=dict)

    @property
    def live(self) -> list[str]:
        """The deployments that get calls."""
        return [name for name, share in self.traffic.items() if share]

    @property
    def noted(self) -> list[str]:
        """What the last hook set in azd's environment."""
        begin = "azd env set "
        return [said.removeprefix(begin) for said in self.hooks.said if said.startswith(begin)]

    @property
    def changes(self) -> list[str]:
        """What the last hook did with `az`, in order, without what only looks."""
        calls = [call.command for call in self.hooks.fakes.calls if call.program == "az"]
        return [command for command in calls if not command.endswith(("show", "list", "logs"))]

    def answers(self) -> dict[str, Answer]:
        """The table of answers."""
        table: dict[str, Answer] = {
            "account show": lambda _: LOGGED_IN,
            "cloud show": lambda _: {"suffixes": {"storageEndpoint": "core.windows.net"}},
            "deployment group create": self._scale,
            "ml environment create": lambda call: register(self.environments, call),
            "ml environment show": lambda call: registered(self.environments, call),
            "ml model create": lambda call: register(self.models, call),
            "ml model show": lambda call: registered(self.models, call),
            "ml online-deployment create": self._make,
            "ml online-deployment delete": self._delete,
            "ml online-deployment get-logs": lambda call: f"log of {self._find(_name(call))}",
            "ml online-deployment list": lambda _: list(self.deployments.values()),
            "ml online-deployment show": lambda call: self._find(_name(call)),
            "ml online-endpoint invoke": self._invoke,
            "ml online-endpoint show": lambda _: self._endpoint(),
            "ml online-endpoint update": self._share_out,
            "ml workspace provision-network": lambda _: None,
            "monitor autoscale delete": lambda call: self.autoscale.remove(_name(call)),
            "monitor autoscale list": lambda _: [{"name": name} for name in self.autoscale],
            "resource list": lambda _: [{"id": each} for each in self._resources()],
            f"rest get {ENDPOINT}?": lambda _: {"properties": {"traffic": self.traffic}},
            "role definition delete": lambda call: self.roles.remove(_name(call)),
            "role definition list": lambda _: [{"roleName": name} for name in self.roles],
        }
        checked = {f"az {begin}": self._checked(answer) for begin, answer in table.items()}
        return checked | {"azd env set": lambda _: None, "sleep": lambda _: None}

    def _checked(self, answer: Answer) -> Answer:
        def answered(call: Call) -> Any:
            require_needed(call)
            says = self.failing.get(call.command)
            # A deployment that could not be made is there all the same.
            if says and call.command != "ml online-deployment create":
                raise Refused(says)
            value = answer(call)
            if says:
                raise Refused(says)
            return value

        return answered

    def _resources(self) -> list[str]:
        made = [f"{ENDPOINT}/deployments/{name}" for name in self.deployments]
        return [WORKSPACE, *made, ENDPOINT] if self.exists else []

    def _endpoint(self) -> dict[str, Any]:
        if not self.exists:
            raise Refused("(ResourceNotFound) the endpoint could not be found")
        return {"traffic": self.traffic}

    def _share_out(self, call: Call) -> dict[str, Any]:
        self._endpoint()
        shares = pairs(call.options["--traffic"][0].split())
        for name in shares:
            self._find(name)
        self.traffic = {name: int(share) for name, share in shares.items()}
        return self._endpoint()

    def _invoke(self, call: Call) -> str:
        self._endpoint()
        self._find(call.options["--deployment-name"][0])
        asked = json.loads(call.files[call.options["--request-file"][0]])
        message = self.answer or asked["params"]["message"]
        return json.dumps({"message": message, "trace_id": asked["trace_id"]})

    def _make(self, call: Call) -> dict[str, Any]:
        name, values = _name(call), pairs(call.options["--set"])
        if name in self.deployments:
            raise Refused(f"{name} is there")
        for kind, known in (("model", self.models), ("environment", self.environments)):
            if values[kind].rpartition(":")[2] not in known:
                raise Refused(f"{values[kind]} is not registered")
        self.deployments[name] = {
            "name": name,
            "tags": {"release": values["tags.release"], "made": values["tags.made"]},
            "instance_count": int(values["instance_count"]),
            "values": values,
            "file": call.options["--file"][0],
        }
        return self.deployments[name]

    def _delete(self, call: Call) -> None:
        name = self._find(_name(call))["name"]
        if self.traffic.get(name):
            raise Refused(f"{name} still gets {self.traffic[name]} % of the calls")
        self.traffic.pop(name, None)
        del self.deployments[name]

    def _find(self, name: str) -> dict[str, Any]:
        if name not in self.deployments:
            raise Refused(f"(ResourceNotFound) {name} is not there")
        return self.deployments[name]

    def _scale(self, call: Call) -> None:
        given = pairs(call.options["--parameters"])
        name = self._find(given["deploymentName"])["name"]
        self.autoscale = sorted({*self.autoscale, f"{given['endpointName']}-{name}"})


def _name(call: Call) -> str:
    return call.options["--name"][0]
