"""Short texts that people write: one line, stripped, not blank."""

from typing import Annotated

from pydantic import StringConstraints

_CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
_A_LINE = rf"^[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*$"
"""Said by the pattern as well as by the length, which counts after blanks are stripped."""


def _line(max_length: int) -> StringConstraints:
    return StringConstraints(
        strip_whitespace=True, min_length=1, max_length=max_length, pattern=_A_LINE
    )


ShortText = Annotated[str, _line(80)]
LongText = Annotated[str, _line(500)]
