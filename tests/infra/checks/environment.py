"""azd's environment: what infra asks of it, what it gives back, and what the hooks need of that."""

import re
from pathlib import Path

from tests.infra.bicep.nodes import children, field, literal
from tests.infra.bicep.uses import calls
from tests.infra.sources import template, templates

BY_AZD = {"AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_SUBSCRIPTION_ID", "AZURE_PRINCIPAL_ID"}


def outputs(root: Path) -> list[str]:
    """Outputs of main.bicep that no hook, page or workflow takes."""
    takers = "".join(path.read_text("utf-8") for path in _hooks(root)) + _manual(root)
    taken = set(re.findall(r"\w+", takers + _workflow(root)))
    return [
        f"infra/main.bicep: nothing takes the output {name}"
        for name in sorted(_outputs(root) - taken)
    ]


def inputs(root: Path) -> list[str]:
    """Variables of the parameter file that nobody is told of, or that the pipeline can't set."""
    found = read_by_parameters(root)
    manual = told_in_manual(root)
    pipeline = set(re.findall(r"vars\.(\w+)", _workflow(root)))
    problems = []
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
    return set(re.findall(r"\b(?:OPAL|AZURE)_[A-Z_]+\b", _manual(root)))


def set_by_pipeline(root: Path) -> set[str]:
    """The variables that the deployment workflow sets for its steps."""
    return set(re.findall(r"(?m)^\s+([A-Z]\w+): ", _workflow(root)))


def set_by_hooks(root: Path) -> set[str]:
    """The variables that hooks put into azd's environment themselves."""
    told = "\n".join(path.read_text("utf-8") for path in _hooks(root))
    return set(re.findall(r"^\s*(?:.*\|\| )?(?:azd env set|preset) ([A-Z]\w+)", told, re.MULTILINE))


def hooks(root: Path) -> list[str]:
    """Variables that a hook uses and that no one gives it; one with a default may be told of."""
    known = _outputs(root) | read_by_parameters(root) | BY_AZD | set_by_pipeline(root)
    manual = told_in_manual(root)
    problems = []
    for path in _hooks(root):
        text = re.sub(r"(?m)^\s*#.*$", "", path.read_text("utf-8"))
        used = set(re.findall(r"\$\{?((?:OPAL|AZURE)_\w+)", text))
        used |= {n for line in re.findall(r"(?m)^\s*need\s+(.+)$", text) for n in line.split()}
        own = set(re.findall(r"\b((?:OPAL|AZURE)_\w+)=", text))
        optional = manual & set(re.findall(r"\$\{(\w+):-", text))
        unknown = {name for name in used - known - own - optional if name.isupper()}
        problems += [f"{path.name}: {name} comes from nowhere" for name in sorted(unknown)]
    return problems


def _hooks(root: Path) -> list[Path]:
    return sorted((root / "infra" / "hooks").glob("*.sh"))


def _outputs(root: Path) -> set[str]:
    main = template((root / "infra" / "main.bicep").resolve())
    return {output.name for output in main.outputs}


def _manual(root: Path) -> str:
    pages = (root / "docs" / name for name in ("deploy.md", "operations.md"))
    return "".join(page.read_text("utf-8") for page in pages)


def _workflow(root: Path) -> str:
    return (root / ".github/workflows/deploy.yml").read_text("utf-8")
