"""Parameter files: what they set is what their template asks for."""

from pathlib import Path

from tests.infra.sources import named, template, templates


def wrong(root: Path) -> list[str]:
    """Assignments to no parameter, required parameters that are not set, and a missing template."""
    problems = []
    for file in templates(root):
        if file.path.suffix != ".bicepparam":
            continue
        target = file.path.parent / (file.using or "")
        if not target.is_file():
            problems.append(f"{named(root, file.path)}: there is no {file.using}")
            continue
        declared = {param.name: param for param in template(target).params}
        for each in file.assigned:
            if each.name not in declared:
                place = named(root, file.path, each.line)
                problems.append(f"{place}: {each.name} is no parameter of {file.using}")
        required = {name for name, param in declared.items() if param.required}
        unset = sorted(required - {each.name for each in file.assigned})
        problems += [f"{named(root, file.path)}: {name} is not set" for name in unset]
    return problems
