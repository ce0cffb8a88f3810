"""A call of a program that the hooks use, and what it is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Call:
    """What a program was called with; `files` are the contents of those that it was given."""

    program: str
    words: str
    options: Mapping[str, list[str]]
    arguments: tuple[str, ...]
    stdin: str
    environment: Mapping[str, str]
    files: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.program} {self.words}"

    @property
    def command(self) -> str:
        """The command of `az`; `words` have the method and address of `rest` as well."""
        return "rest" if self.words.startswith("rest ") else self.words


class Refused(Exception):
    """The program fails, and says this."""


Answer = Callable[[Call], Any]
"""What a call is answered: JSON of `az`, text of others; None is nothing. May raise `Refused`."""


def read_call(program: str, place: Path, arguments: list[str]) -> Call:
    """What a program was called with; `place` is where its client writes the rest."""
    words, options, values = list[str](), dict[str, list[str]](), list[str]()
    for argument in arguments:
        if argument.startswith("--"):
            values = options.setdefault(argument, [])
        elif options:
            values.append(argument)
        else:
            words.append(argument)
    if words == ["rest"]:
        words += [options["--method"][0], options["--url"][0]]
    named = {value.removeprefix("@") for values in options.values() for value in values}
    files = {name: Path(name).read_text() for name in named if Path(name).is_file()}
    environment = (place / "env").read_bytes().decode().split("\0")[:-1]
    return Call(
        program,
        " ".join(words if program == "az" else arguments),
        options,
        tuple(arguments),
        (place / "stdin").read_text() if "release.publish" in arguments else "",
        dict(line.split("=", 1) for line in environment),
        files,
    )
