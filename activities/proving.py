"""Proving: encode an export so that its product stays the photo's, and measure what came out."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from activities.rendering import Rendered
from imaging.encode import encode_jpeg, encode_png, encode_webp, load_export
from imaging.fidelity.ruler import Ruler
from imaging.pixels import Pixels
from opal.gate import Fidelity, FidelityLimits
from opal.recipe import ExportPreset

_FINER = (95, 98, 100)
_DIGITS = {"ssim": 4, "changed": 4}  # few, so that another processor rounds to the same


@dataclass(frozen=True)
class Proven:
    """A finished file, the figures of its product, and whether they keep the limits.

    `fidelity` is None where there is nothing to compare; that keeps no limit that there is.
    """

    data: bytes
    fidelity: Fidelity | None
    kept: bool


def encode_and_prove(rendered: Rendered, preset: ExportPreset, limits: FidelityLimits) -> Proven:
    """Encode as the preset asks; finer, if its quality is all that breaks the limits.

    Each try is measured on its own decoded bytes. Where no quality helps, the preset's is kept.
    """
    ruler = _ruler(rendered)
    files = _encoded(rendered.pixels, preset)
    first = _prove(ruler, next(files), limits)
    if first.kept or ruler is None or limits.broken_by(_figures(ruler, rendered.pixels).dump()):
        return first
    finer = (_prove(ruler, data, limits) for data in files)
    return next((proven for proven in finer if proven.kept), first)


def _ruler(rendered: Rendered) -> Ruler | None:
    """None where there is nothing to compare."""
    height, width = rendered.pixels.shape[:2]
    try:
        return Ruler(rendered.source, rendered.box, rendered.place, width, height)
    except ValueError:
        return None


def _encoded(pixels: Pixels, preset: ExportPreset) -> Iterator[bytes]:
    """The file in the preset's quality, then in finer ones."""
    if preset.format == "png":
        yield encode_png(pixels)
        return
    encode = encode_jpeg if preset.format == "jpeg" else encode_webp
    yield encode(pixels, preset.quality)
    for quality in _FINER:
        if quality > preset.quality:
            yield encode(pixels, quality)
    if preset.format == "webp":
        yield encode_webp(pixels, lossless=True)


def _prove(ruler: Ruler | None, data: bytes, limits: FidelityLimits) -> Proven:
    if ruler is None:
        return Proven(data, None, kept=not limits.model_dump(exclude_none=True))
    fidelity = _figures(ruler, load_export(data))
    return Proven(data, fidelity, kept=not limits.broken_by(fidelity.dump()))


def _figures(ruler: Ruler, pixels: Pixels) -> Fidelity:
    figures = asdict(ruler.measure(pixels))
    return Fidelity(
        **{name: round(figure, _DIGITS.get(name, 2)) for name, figure in figures.items()}
    )
