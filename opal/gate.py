"""The quality gate: what a cut-out and an output must measure to go on without a person.

Limits are part of the recipe. A limit that is None is not looked at, and neither is a measure
that the endpoint did not give.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from opal.documents.base import Document
from opal.documents.numbers import whole

Verdict = Literal["accept", "review", "reject"]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Amount = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=1000), BeforeValidator(whole)]


class CutoutLimits(Document):
    """Limits of the segment answer's measures: at least the `min_…`, at most the `max_…`.

    The measures are those of `imaging.quality.MatteQuality`, and the net's `confidence` and
    `agreement`, which a photo that came with its own transparency does not have.
    """

    min_coverage: Share | None = None
    max_coverage: Share | None = None
    max_uncertain: Amount | None = None
    max_fragments: Count | None = None
    max_holes: Count | None = None
    max_frame_contact: Share | None = None
    min_edge_sharpness: Share | None = None
    min_confidence: Share | None = None
    min_agreement: Share | None = None

    def broken_by(self, measures: Mapping[str, Any]) -> tuple[str, ...]:
        """Which limits the measures break, in words with both figures."""
        return _broken(self, measures)


class FidelityLimits(Document):
    """Limits of an output's fidelity; see `Fidelity`."""

    min_ssim: Share | None = 0.99
    max_delta_e_mean: Amount | None = 1.0
    max_delta_e_p99: Amount | None = 6.0
    max_changed: Share | None = None
    max_halo: Amount | None = 5.0
    max_shift: Amount | None = 0.5

    def broken_by(self, measures: Mapping[str, Any]) -> tuple[str, ...]:
        """Which limits the measures break, in words with both figures."""
        return _broken(self, measures)


class Fidelity(Document):
    """How an output's product compares with the source's, over the product's opaque pixels.

    `ssim`: structural similarity, 1 for equal. `delta_e_mean`, `delta_e_p99`: CIEDE2000 colour
    difference, mean and 99th percentile. `changed`: share of pixels whose difference can be seen.
    `halo`: how far the pixels along the outline are from any mix of product and scene, CIEDE2000.
    `shift`: how far the outline lies from where it belongs, in pixels.
    """

    ssim: float
    delta_e_mean: float
    delta_e_p99: float
    changed: float
    halo: float
    shift: float


class Judgement(Document):
    """What the gate says of a cut-out, and why, in words with both figures."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()


REVIEW = CutoutLimits(
    max_coverage=0.9,
    max_uncertain=0.25,
    max_fragments=40,
    max_frame_contact=0.6,
    min_confidence=0.8,
    min_agreement=0.5,
)
REJECT = CutoutLimits(max_coverage=0.99, min_confidence=0.6)


class Gate(Document):
    """`review` sends a cut-out to a person, `reject` fails the item; an output below `fidelity`
    goes to a person instead of out. With `every` a person looks at every cut-out that is not
    rejected."""

    every: bool = False
    review: CutoutLimits = REVIEW
    reject: CutoutLimits = REJECT
    fidelity: FidelityLimits = FidelityLimits()

    def judge(self, measures: Mapping[str, Any]) -> Judgement:
        """The verdict on a cut-out by the measures of its segment answer."""
        if hopeless := self.reject.broken_by(measures):
            return Judgement(verdict="reject", reasons=hopeless)
        doubts = self.review.broken_by(measures)
        if self.every:
            doubts = (*doubts, "every cut-out is looked at")
        return Judgement(verdict="review" if doubts else "accept", reasons=doubts)


def _broken(limits: Document, measures: Mapping[str, Any]) -> tuple[str, ...]:
    reasons = []
    for name, limit in limits.model_dump(exclude_none=True).items():
        side, measure = name.split("_", 1)
        value = measures.get(measure)
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if value < limit if side == "min" else value > limit:
            word = "below" if side == "min" else "above"
            reasons.append(f"{measure} {value:g} is {word} {limit:g}")
    return tuple(reasons)
