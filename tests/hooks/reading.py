"""Finds the commands in shell scripts and in pages of Markdown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.hooks.known import az_options, azd_options, longest

# Where a command begins; a word in a message is none.
_BEGIN = re.compile(r"(?:^|[;&|(!{]|\b(?:if|then|else|do|while|attempt \d+ \d+)\s)\s*$")
_WORD = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Found:
    """A command of `az` or `azd`; `name` is empty where the program has no such command."""

    program: str
    text: str
    name: str
    options: frozenset[str]

    @property
    def unknown(self) -> set[str]:
        """Its options that the program does not have; the command itself if there is none."""
        options = (az_options if self.program == "az" else azd_options)(self.name)
        return {self.text} if options is None else set(self.options) - options


def in_script(text: str) -> list[Found]:
    """The commands of a shell script, also those that its messages advise."""
    text = re.sub(r"(?m)^\s*#.*$", "", text).replace("\\\n", " ")
    text = text.replace("on_host_storage ", "az storage ").replace('storage "$@" ', "")
    return [found for found in _commands(text) if found is not None]


def in_page(text: str) -> list[Found]:
    """The commands of a Markdown page: its indented blocks, and what stands between backticks."""
    blocks = re.findall(r"(?m)^ {4}(.*)$", text)
    quoted = re.findall(r"`([^`\n]+)`", re.sub(r"(?m)^ {4}.*$", "", text))
    return [found for line in (*blocks, *quoted) for found in _commands(line) if found is not None]


def _commands(text: str) -> Iterator[Found | None]:
    for match in re.finditer(r"(?<![\w./-])(azd?) (?=[a-z])", text):
        rest = _simple(text[match.end() :])
        words = [word for word in _leading(rest) if _WORD.fullmatch(word)]
        name = longest(words, match[1])
        line = text[: match.start()].rpartition("\n")[2]
        if name or _BEGIN.search(line):
            # An option after the words that the command does not have is checked; a value is not.
            options = frozenset(re.findall(r"(?<![\w-])(--[a-z][a-z-]*)", _unquoted(rest)))
            yield Found(match[1], f"{match[1]} {rest[:60]}", name, options)


def _leading(text: str) -> list[str]:
    return text.split("-" if text.startswith("-") else " -", 1)[0].split()


def _simple(text: str) -> str:
    """Up to the end of the command: an operator, or the bracket or quote that it stands in."""
    depth, quote = 0, ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'" and not (
            char == '"' and text[at + 1 : at + 2] in ("", "\n", " ", ";", ")")
        ):
            quote = char
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif char in ')"\n;|&`' and not depth:
            return text[:at]
    return text


def _unquoted(text: str) -> str:
    return re.sub(r"\"[^\"]*\"|'[^']*'", "''", text)
