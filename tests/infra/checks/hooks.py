"""Templates that the hooks deploy themselves: each is given what it asks for."""

import re
from pathlib import Path

from tests.infra.sources import template

_COMMAND = re.compile(r"--template-file\s+(\S+\.bicep)(.*)")


def templates(root: Path) -> list[str]:
    """Parameters that a hook passes and a template does not have, or the other way round."""
    problems = []
    for path in sorted((root / "infra" / "hooks").glob("*.sh")):
        for name, rest in _COMMAND.findall(path.read_text("utf-8").replace("\\\n", " ")):
            if not (root / name).is_file():
                problems.append(f"{path.name}: there is no {name}")
                continue
            declared = {param.name: param for param in template(root / name).params}
            passed = set(re.findall(r"\s(\w+)=", rest.partition("--parameters")[2]))
            required = {param.name for param in declared.values() if param.required}
            problems += [f"{path.name}: {name} has no {each}" for each in passed - set(declared)]
            problems += [f"{path.name}: {name} is not given {each}" for each in required - passed]
    return sorted(problems)
