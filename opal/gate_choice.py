"""How jobs, brand profiles and reviews choose the quality gate.

`"off"`, `"all"`, or limits that are merged over the defaults field by field; null switches one
off. What was chosen is stored merged, so that defaults that change later change no job.
"""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from opal.documents.base import Document
from opal.gate import CutoutLimits, FidelityLimits, Gate

_STRICT = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
_OFF = Gate(
    review=CutoutLimits(),
    reject=CutoutLimits(),
    fidelity=FidelityLimits.parse(dict.fromkeys(FidelityLimits.model_fields)),
)
# Every field is set, so that each null is sent on where documents leave out what is unset.
_WORDS = {"off": Gate.parse(_OFF.dump()), "all": Gate.parse(Gate(every=True).dump())}


class CutoutLimitsChoice(CutoutLimits):
    """Limits of a cut-out; what is left out stays as it is by default, null is no limit."""

    model_config = _STRICT


class FidelityLimitsChoice(FidelityLimits):
    """Limits of an output; what is left out stays as it is by default, null is no limit."""

    model_config = _STRICT


class LimitsChoice(Document):
    """Limits of the gate; what is left out stays as it is by default."""

    model_config = _STRICT

    every: bool = False
    review: CutoutLimitsChoice = Field(default_factory=CutoutLimitsChoice)
    reject: CutoutLimitsChoice = Field(default_factory=CutoutLimitsChoice)
    fidelity: FidelityLimitsChoice = Field(default_factory=FidelityLimitsChoice)


def _merged(given: object, _: ValidatorFunctionWrapHandler) -> Gate:
    """One verdict about what is a word or limits, where a union would give two."""
    if isinstance(given, Gate):
        return given
    if isinstance(given, str):
        if given in _WORDS:
            return _WORDS[given]
        raise PydanticCustomError(
            "gate_unknown",
            'a gate is "off", "all" or limits, not {given}',
            {"given": repr(given[:40])},
        )
    chosen = LimitsChoice.model_validate(given)
    parts: dict[str, Any] = {"every": chosen.every}
    for name in ("review", "reject", "fidelity"):
        default = getattr(Gate(), name)
        parts[name] = {
            **default.model_dump(),
            **getattr(chosen, name).model_dump(exclude_unset=True),
        }
    return Gate.parse(parts)


GateChoice = Annotated[
    Gate,
    WrapValidator(_merged, json_schema_input_type=Literal["off", "all"] | LimitsChoice),
]
