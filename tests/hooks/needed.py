"""Which options the hooks of the model endpoint give each command of `az`: these, and no others."""

from tests.hooks.call import Call, Refused

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


def require_needed(call: Call) -> None:
    """Raises `Refused` where a call has not exactly the options of its command."""
    needed = set(OPTIONS[call.command].split())
    unknown = set(call.options) - needed - {"--query", "--output"}
    missing = needed - set(call.options) - {"--set"}
    if unknown or missing:
        raise Refused(f"{call}: unknown {sorted(unknown)}, missing {sorted(missing)}")
