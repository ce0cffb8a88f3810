"""No key and no connection string: not read, not written, not handed out."""

import re
from pathlib import Path

from tests.infra.bicep.nodes import line_of, text_of
from tests.infra.bicep.uses import calls
from tests.infra.sources import named, templates

_LISTERS = ("listKeys", "listAccountSas", "listServiceSas", "listSecrets", "getSecret")
_WRITTEN = re.compile(r"AccountKey=|SharedAccessKey|SharedAccessSignature|[?&]sig=|password", re.I)
_TELLING = re.compile(r"key(?!_?vault)|secret|password|token|connectionString", re.I)
# The key of the blob extension's webhook, which Event Grid must have; it stays in the template.
_ALLOWED_CALLS = {"infra/events.bicep": 1}
# It says where telemetry goes, and lets nobody in: local authentication is off.
_ALLOWED_OUTPUTS = {("infra/app/monitor.bicep", "appInsightsConnectionString")}


def listed(root: Path) -> list[str]:
    """Calls that read keys."""
    problems = []
    for template in templates(root):
        file = named(root, template.path)
        found = list(calls(template.tree.root_node, *_LISTERS))
        problems += [
            f"{file}:{line_of(call)}: {text_of(call)} reads a key"
            for call in found[_ALLOWED_CALLS.get(file, 0) :]
        ]
    return problems


def written(root: Path) -> list[str]:
    """Lines with something that looks like a credential; comments and descriptions may name one."""
    return [
        f"{named(root, template.path, number)}: looks like a credential: {line.strip()}"
        for template in templates(root)
        for number, line in enumerate(template.source.splitlines(), 1)
        if _WRITTEN.search(line)
        and not line.strip().startswith(("//", "@description", "metadata description"))
    ]


def handed_out(root: Path) -> list[str]:
    """Outputs that are secret, or whose name says so."""
    return [
        f"{named(root, template.path, output.line)}: the output {output.name} must not be"
        for template in templates(root)
        for output in template.outputs
        if "secure" in output.decorators or _TELLING.search(output.name)
        if (named(root, template.path), output.name) not in _ALLOWED_OUTPUTS
    ]
