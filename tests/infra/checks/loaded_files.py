"""Files that Bicep takes in when it is compiled."""

from pathlib import Path

from tests.infra.bicep.nodes import children, field, line_of, literal
from tests.infra.bicep.uses import calls
from tests.infra.sources import named, templates

LOADERS = ("loadJsonContent", "loadTextContent", "loadYamlContent", "loadFileAsBase64")


def missing(root: Path) -> list[str]:
    """Calls of `load…Content` whose file is not there, or is not named outright."""
    problems = []
    for template in templates(root):
        for call in calls(template.tree.root_node, *LOADERS):
            name = literal(children(field(call, "arguments"))[0])
            if name is None or not (template.path.parent / name).is_file():
                place = named(root, template.path, line_of(call))
                problems.append(f"{place}: there is no file {name}")
    return problems
