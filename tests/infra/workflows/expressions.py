"""GitHub's expressions, as far as the workflows' conditions use them.

A condition without a status function means `success() && (…)`, as on GitHub.
"""

import re
from collections.abc import Mapping

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*')|(?P<name>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*)(?P<call>\(\))?"
    r"|(?P<sign>&&|\|\||==|!=|!|\(|\)))"
)
_SIGNS = {"&&": "and", "||": "or", "!": "not"}
_STATUS = ("success", "failure", "cancelled", "always")


def evaluate(condition: str | None, values: Mapping[str, str], status: str) -> bool:
    """Whether a step or job runs.

    `values`: contexts by their dotted names, "" for one that is not there; `status`: success,
    failure or cancelled, that of the job so far. Raises ValueError at what it does not know.
    """
    text = (condition or "").strip().removeprefix("${{").removesuffix("}}").strip()
    functions = {name: name in (status, "always") for name in _STATUS}
    python, uses_status = _translate(text or "success()", values, functions)
    if not uses_status:
        python = f"{functions['success']} and ({python})"
    return bool(eval(python, {"__builtins__": {}}))  # only literals and operators are left


def _translate(
    text: str, values: Mapping[str, str], functions: Mapping[str, bool]
) -> tuple[str, bool]:
    parts, place, uses_status = [], 0, False
    while place < len(text.rstrip()):
        token = _TOKEN.match(text, place)
        if token is None:
            raise ValueError(f"not understood: {text[place:]}")
        place = token.end()
        if token["call"]:
            if token["name"] not in functions:
                raise ValueError(f"unknown function {token['name']}")
            uses_status = True
            parts.append(str(functions[token["name"]]))
        elif token["name"] in ("true", "false"):
            parts.append(token["name"].title())
        elif token["name"]:
            parts.append(repr(values.get(token["name"], "")))
        else:
            parts.append(token["text"] or _SIGNS.get(token["sign"], token["sign"]))
    return " ".join(parts), uses_status
