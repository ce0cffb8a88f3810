"""What a command works in: the environment, the current folder, where it writes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table

_WIDTH = 160


@dataclass(frozen=True)
class Surroundings:
    """`out` is for what was asked for, `err` for progress and trouble."""

    environment: Mapping[str, str]
    folder: Path
    out: Console
    err: Console

    def say(self, text: str) -> None:
        """A line of the answer."""
        self.out.print(printable(text), soft_wrap=True)

    def note(self, text: str) -> None:
        """A line beside the answer."""
        self.err.print(printable(text), soft_wrap=True)

    def show_json(self, document: Any) -> None:
        """The answer for a program."""
        self.out.file.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")

    def show_table(self, titles: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
        """The answer as a table."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in titles:
            table.add_column(title, overflow="fold")
        for row in rows:
            table.add_row(*(printable("" if cell is None else str(cell)) for cell in row))
        self.out.print(table)


def console(file: TextIO) -> Console:
    """A console that takes texts as they are: names may look like its markup."""
    width = None if file.isatty() else _WIDTH
    return Console(file=file, markup=False, highlight=False, emoji=False, width=width)


def local_time(moment: datetime) -> str:
    """The moment as clocks show it here, to the second."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def counted(count: int, thing: str) -> str:
    """So many of a thing, in words."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def printable(text: str) -> str:
    """The text without characters that could steer the terminal; lines stay."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
