"""Every file is Bicep from its first to its last character."""

from pathlib import Path

from tests.infra.bicep.parsing import syntax_errors
from tests.infra.bicep.template import Output, Param
from tests.infra.sources import named, templates


def not_bicep(root: Path) -> list[str]:
    """Places that the grammar does not know."""
    return [
        f"{named(root, template.path, line)}: {told}"
        for template in templates(root)
        for line, told in syntax_errors(template.tree)
    ]


def undescribed(root: Path) -> list[str]:
    """Parameters and outputs without a description."""
    problems = []
    for template in templates(root):
        told: list[Param | Output] = [*template.params, *template.outputs]
        problems += [
            f"{named(root, template.path, each.line)}: {each.name} has no @description"
            for each in told
            if "description" not in each.decorators
        ]
    return problems
