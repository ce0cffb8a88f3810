"""azd's environment: what infra asks of it, what it gives back, and what the hooks need of that."""

import re
from pathlib import Path

from tests.infra.bicep.nodes import children, field, literal
from tests.infra.bicep.uses import calls
from tests.infra.sources import template, templates

OUTPUTS = {
    *("AZURE_LOCATION", "AZURE_RESOURCE_GROUP", "AZURE_TENANT_ID", "OPAL_URL", "OPAL_FUNCTION_APP"),
    *("OPAL_FUNCTION_APP_ID", "OPAL_PHOTO_STORAGE", "OPAL_HOST_STORAGE", "OPAL_COSMOS_ACCOUNT"),
    *("OPAL_COSMOS_ENDPOINT", "OPAL_COSMOS_DATABASE", "OPAL_KEY_VAULT", "OPAL_ML_WORKSPACE"),
    *("OPAL_ML_ENDPOINT", "OPAL_ML_TIER", "OPAL_EVENT_TOPIC", "OPAL_LOG_WORKSPACE"),
    *("OPAL_APP_INSIGHTS", "OPAL_APP_INSIGHTS_ID", "OPAL_PRIVATE_NETWORK"),
}
INPUTS = {
    *("AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_PRINCIPAL_ID", "AZURE_PRINCIPAL_TYPE"),
    *("OPAL_TIER", "OPAL_DURABLE_BACKEND", "OPAL_SCHEDULER_SKU", "OPAL_COSMOS_CAPACITY"),
    *("OPAL_VNET", "OPAL_ALERT_EMAIL", "OPAL_MONTHLY_BUDGET", "OPAL_BUDGET_START"),
    *("OPAL_CORS_ORIGINS", "OPAL_BILLING_ENABLED", "OPAL_MOLLIE", "OPAL_MODELS_REVISION"),
    "OPAL_QUIET_HOURS",
}
BY_AZD = {"AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID", "AZURE_PRINCIPAL_ID"}


def outputs(root: Path) -> list[str]:
    """Outputs of main.bicep that azd's environment should not have, or misses."""
    main = template((root / "infra" / "main.bicep").resolve())
    found = {output.name for output in main.outputs}
    problems = [f"infra/main.bicep: no output {name}" for name in sorted(OUTPUTS - found)]
    return problems + [
        f"infra/main.bicep: the output {name} is agreed nowhere" for name in sorted(found - OUTPUTS)
    ]


def inputs(root: Path) -> list[str]:
    """Variables of the parameter file that nobody is told of, or that the pipeline can't set."""
    found = read_by_parameters(root)
    manual = told_in_manual(root)
    pipeline = set(re.findall(r"vars\.(\w+)", _text(root, ".github/workflows/deploy.yml")))
    problems = [f"main.bicepparam does not read {name}" for name in sorted(INPUTS - found)]
    for name in sorted(found - BY_AZD - set_by_hooks(root)):
        if name not in manual:
            problems.append(f"docs/deploy.md does not tell of {name}, which main.bicepparam reads")
        if name not in pipeline:
            problems.append(f"deploy.yml does not hand over {name}, which main.bicepparam reads")
    hooks = "".join(path.read_text("utf-8") for path in _hooks(root))
    idle = pipeline - found - BY_AZD - {"AZURE_CLIENT_ID", "AZURE_TENANT_ID"}
    return problems + [
        f"deploy.yml hands over {name}, which nothing reads"
        for name in sorted(idle)
        if name not in hooks
    ]


def read_by_parameters(root: Path) -> set[str]:
    """The variables that the parameter files read."""
    return {
        literal(children(field(call, "arguments"))[0]) or "a name that is worked out"
        for file in templates(root)
        for call in calls(file.tree.root_node, "readEnvironmentVariable")
    }


def told_in_manual(root: Path) -> set[str]:
    """The variables that whoever deploys is told of."""
    manual = _text(root, "docs/deploy.md") + _text(root, "docs/operations.md")
    return set(re.findall(r"\b(?:OPAL|AZURE)_[A-Z_]+\b", manual))


def set_by_pipeline(root: Path) -> set[str]:
    """The variables that the deployment workflow sets for its steps."""
    return set(re.findall(r"(?m)^\s+([A-Z]\w+): ", _text(root, ".github/workflows/deploy.yml")))


def set_by_hooks(root: Path) -> set[str]:
    """The variables that hooks put into azd's environment themselves."""
    told = "\n".join(path.read_text("utf-8") for path in _hooks(root))
    return set(re.findall(r"^\s*(?:.*\|\| )?(?:azd env set|preset) ([A-Z]\w+)", told, re.MULTILINE))


def hooks(root: Path) -> list[str]:
    """Variables that a hook uses and that no one gives it, or is told of."""
    known = OUTPUTS | read_by_parameters(root) | BY_AZD | set_by_pipeline(root)
    known |= told_in_manual(root)
    problems = []
    for path in _hooks(root):
        text = re.sub(r"(?m)^\s*#.*$", "", path.read_text("utf-8"))
        used = set(re.findall(r"\$\{?((?:OPAL|AZURE)_\w+)", text))
        used |= {n for line in re.findall(r"(?m)^\s*need\s+(.+)$", text) for n in line.split()}
        own = set(re.findall(r"\b((?:OPAL|AZURE)_\w+)=", text))
        unknown = {name for name in used - known - own if name.isupper()}
        problems += [f"{path.name}: {name} comes from nowhere" for name in sorted(unknown)]
    return problems


def _hooks(root: Path) -> list[Path]:
    return sorted((root / "infra" / "hooks").glob("*.sh"))


def _text(root: Path, name: str) -> str:
    return (root / name).read_text("utf-8") if (root / name).exists() else ""
