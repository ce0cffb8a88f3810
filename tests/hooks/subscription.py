"""What the hooks meet in Azure, in the shapes that `az` answers, and what changes when they act."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from tests.hooks.call import Answer, Call, Refused
from tests.hooks.copied import Hooks

SUBSCRIPTION = "00000000-0000-0000-0000-00000000000a"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-opal-test"
APP = f"{GROUP}/providers/Microsoft.Web/sites/func-opal"
VAULT = f"{GROUP}/providers/Microsoft.KeyVault/vaults/kv-opal"
TOKEN = "head." + base64.urlsafe_b64encode(json.dumps({"oid": "person-1"}).encode()).decode() + ".x"
KEY = "opal.demo.0123456789abcdef.aSecretThatNobodyMaySeeInAnyArgumentOrOutput"
PACKAGES = "https://sthost.blob.core.windows.net/app-package"
VALUES = {
    "AZURE_ENV_NAME": "test",
    "AZURE_LOCATION": "westeurope",
    "AZURE_SUBSCRIPTION_ID": SUBSCRIPTION,
    "AZURE_RESOURCE_GROUP": "rg-opal-test",
    "OPAL_URL": "https://func-opal.azurewebsites.net",
    "OPAL_FUNCTION_APP": "func-opal",
    "OPAL_FUNCTION_APP_ID": APP,
    "OPAL_PHOTO_STORAGE": "stphotos",
    "OPAL_HOST_STORAGE": "sthost",
    "OPAL_COSMOS_ENDPOINT": "https://cosmos-opal.documents.azure.com:443/",
    "OPAL_COSMOS_DATABASE": "opal",
    "OPAL_KEY_VAULT": "kv-opal",
    "OPAL_ML_WORKSPACE": "mlw-opal",
    "OPAL_ML_ENDPOINT": "opal-endpoint",
    "OPAL_EVENT_TOPIC": "evgt-opal",
    "OPAL_PRIVATE_NETWORK": "false",
}
LOGGED_IN = {
    "id": SUBSCRIPTION,
    "name": "a subscription",
    "user": {"name": "someone@example.com", "type": "user"},
}
PROVIDERS = ["Microsoft.Web", "Microsoft.Storage", "microsoft.insights", "Microsoft.Network"]
SCHEDULERS = {
    "namespace": "Microsoft.DurableTask",
    "resourceTypes": [{"resourceType": "schedulers", "locations": ["West Europe", "East US 2"]}],
}


@dataclass
class Subscription:
    """`released` and `kept` are the ETags of the packages; `failing` names calls that fail, with
    how often from now on (-1: always)."""

    hooks: Hooks
    secrets: dict[str, str] = field(default_factory=dict)
    released: str = ""
    kept: str = ""
    proven: str = ""
    keys: list[str] = field(default_factory=list)
    traffic: dict[str, int] = field(default_factory=dict)
    workspaces: list[str] = field(default_factory=lambda: ["mlw-opal"])
    group: bool = True
    registered: list[str] = field(default_factory=lambda: list(PROVIDERS))
    logged_in: dict[str, Any] = field(default_factory=lambda: dict(LOGGED_IN))
    azd_status: str = "success"
    functions_after: int = 0
    copying: int = 0
    failing: dict[str, int] = field(default_factory=dict)

    @property
    def changes(self) -> list[str]:
        """The calls of the last hook that change something, or do work."""
        looking = (" show", " list", " exists", "get-access-token", "get-values", "--output json")
        beginnings = ("az rest get", "sleep", "make", "az functionapp list-flex")
        return [
            said
            for said in self.hooks.said
            if not said.endswith(looking) and not said.startswith(beginnings)
        ]

    def answers(self) -> dict[str, Answer]:
        """The table of answers."""
        table: dict[str, Answer] = {
            "az account show": lambda _: self.logged_in,
            "az account get-access-token": lambda _: {"accessToken": TOKEN, "tokenType": "Bearer"},
            "az extension show": lambda _: {"name": "ml", "version": "2.41.0"},
            "az provider list": lambda _: [
                *({"namespace": n, "registrationState": "Registered"} for n in self.registered),
                {"namespace": "Microsoft.Batch", "registrationState": "NotRegistered"},
            ],
            "az provider register": lambda call: self.registered.extend(
                call.options["--namespace"]
            ),
            "az provider show": lambda _: SCHEDULERS,
            "az functionapp list-flexconsumption-locations": lambda _: [
                {"name": "westeurope"},
                {"name": "northeurope"},
            ],
            f"az rest get {VAULT}/secrets": lambda _: {
                "value": [{"name": name} for name in self.secrets]
            },
            f"az rest put {VAULT}/secrets/secret-keys": self._put_secret,
            f"az rest post {APP}/config/configreferences/appsettings/refresh": lambda _: None,
            "az functionapp deployment config show": lambda _: {
                "storage": {"type": "blobcontainer", "value": PACKAGES}
            },
            "az functionapp function list": self._functions,
            "az functionapp show": lambda _: {
                "properties": {
                    "hostNameSslStates": [
                        {"hostType": "Standard", "name": "func-opal.azurewebsites.net"},
                        {"hostType": "Repository", "name": "func-opal.scm.azurewebsites.net"},
                    ]
                }
            },
            "az storage blob exists": lambda call: {"exists": bool(self._etag(call))},
            "az storage blob show": self._blob,
            "az storage blob copy start": self._copy,
            "az storage blob download": lambda _: None,
            "az storage container metadata show": lambda _: (
                {"proven": self.proven} if self.proven else {}
            ),
            "az storage container metadata update": self._prove,
            "az keyvault secret list": lambda _: [{"name": name} for name in self.secrets],
            "az keyvault secret show": self._show_secret,
            "az keyvault secret set": self._set_secret,
            "az deployment group create": lambda _: {
                "properties": {"provisioningState": "Succeeded"}
            },
            "az ml online-endpoint show": lambda _: {"traffic": self.traffic},
            "az ml online-endpoint list": lambda _: [{"name": "opal-endpoint"}],
            "az ml online-endpoint delete": lambda _: None,
            "az ml workspace list": lambda _: [{"name": name} for name in self.workspaces],
            "az ml workspace delete": lambda _: self.workspaces.clear(),
            "az group exists": lambda _: self.group,
            "azd auth login --check-status": lambda _: json.dumps({"status": self.azd_status}),
            "azd env set": lambda _: None,
            "azd env get-values": lambda _: "\n".join(f'{k}="{v}"' for k, v in VALUES.items()),
            "make": lambda _: None,
            "sleep": lambda _: None,
            "python -m opal keys create": self._make_key,
            "python -m opal keys revoke": lambda _: self.keys.pop() and None,
            "python -m opal credits grant": lambda _: "+100 credits",
            "python -m release.smoke": lambda _: "ok    photo: 2 files",
            "python -m release.publish": lambda _: None,
        }
        return {name: self._failing(name, answer) for name, answer in table.items()}

    def _failing(self, name: str, answer: Answer) -> Answer:
        def answered(call: Call) -> Any:
            left = next((n for n in self.failing if str(call).startswith(n)), None)
            if left is not None and self.failing[left] != 0:
                self.failing[left] -= 1
                raise Refused(f"{left} is broken")
            return answer(call)

        return answered

    def _put_secret(self, call: Call) -> None:
        (body,) = call.files.values()
        self.secrets["secret-keys"] = json.loads(body)["properties"]["value"]

    def _functions(self, _: Call) -> list[dict[str, str]]:
        self.functions_after -= 1
        names = ["healthz", "blob_created"] if self.functions_after < 0 else []
        return [{"name": f"func-opal/{name}"} for name in names]

    def _etag(self, call: Call) -> str:
        (container,) = call.options["--container-name"]
        return self.kept if container == "kept-packages" else self.released

    def _blob(self, call: Call) -> dict[str, Any]:
        self.copying -= 1
        copied = {"status": "pending" if self.copying > 0 else "success"}
        etag = self._etag(call)
        properties = {"etag": f'"{etag}"', "copy": copied}
        return {"properties": properties, "metadata": {"etag": etag}}

    def _copy(self, call: Call) -> None:
        assert call.options["--source-uri"] == [f"{PACKAGES}/released-package.zip"]
        self.kept = call.options["--metadata"][0].removeprefix("etag=")

    def _prove(self, call: Call) -> None:
        self.proven = call.options["--metadata"][0].removeprefix("proven=")

    def _show_secret(self, call: Call) -> dict[str, str]:
        (name,) = call.options["--name"]
        if name not in self.secrets:
            raise Refused(f"(SecretNotFound) {name}")
        return {"name": name, "value": self.secrets[name]}

    def _set_secret(self, call: Call) -> dict[str, str]:
        (value,) = call.files.values()
        self.secrets[call.options["--name"][0]] = value
        return {"value": value}

    def _make_key(self, _: Call) -> str:
        self.keys.append(KEY)
        return KEY
