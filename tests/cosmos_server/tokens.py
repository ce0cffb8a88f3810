"""The words, signs and constants of a query."""

import re

from tests.cosmos_server.answers import Refusal

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>-?\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<parameter>@\w+)|(?P<name>\w+)|(?P<sign><=|>=|[-=<>()\[\]{},.:*]))""",
    re.VERBOSE,
)


class Tokens:
    """Tokens, taken from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise Refusal(400, f"Syntax error near {text[position : position + 20]!r}.")
            self._tokens.append((str(match.lastgroup), match.group(str(match.lastgroup))))
            position = match.end()
        self._next = 0

    def take(self, *words: str) -> str:
        """The next token if it is one of these words or signs, or an empty text."""
        if self._next < len(self._tokens):
            kind, content = self._tokens[self._next]
            if kind in ("name", "sign") and content.upper() in words:
                self._next += 1
                return content.upper()
        return ""

    def expect(self, *words: str) -> str:
        """The next token, which must be one of these; raises `Refusal`."""
        found = self.take(*words)
        if not found:
            raise Refusal(400, f"Syntax error, {' or '.join(words)} expected.")
        return found

    def end(self) -> None:
        """Raise `Refusal` if anything is left."""
        if self._next < len(self._tokens):
            raise Refusal(400, f"Syntax error near {self._tokens[self._next][1]!r}.")

    def next(self) -> tuple[str, str]:
        """The next token with its kind; raises `Refusal` at the end."""
        if self._next >= len(self._tokens):
            raise Refusal(400, "Syntax error, the query ends too early.")
        self._next += 1
        return self._tokens[self._next - 1]

    def back(self) -> None:
        """Put the last token back."""
        self._next -= 1
