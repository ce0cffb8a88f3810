"""Decodes whatever a seller uploads into upright 8-bit sRGB pixels, or says why not."""

import io

import numpy as np
import pillow_heif
from PIL import Image

from imaging.colour import split_alpha, to_8_bit, to_srgb
from imaging.errors import PhotoError
from imaging.orientation import turn_upright
from imaging.photo import Limits, Photo, PhotoFacts
from imaging.pixels import Pixels
from imaging.png_check import png_is_whole
from imaging.sniff import sniff_format

__all__ = ["Limits", "Photo", "PhotoFacts", "decode_photo"]

pillow_heif.register_heif_opener()
# Every header is held to the caller's limit; Pillow's own, which warns at 89 megapixels, stays
# as a second net further out.
Image.MAX_IMAGE_PIXELS = 400_000_000

_DEFAULT_LIMITS = Limits()
_ORIENTATION = 0x0112
_DNG_VERSION = 50706
_STRIP_ROWS = 512
# Both brands may lead a file that holds the other's codec, so either plugin may try.
_PILLOW_FORMATS = {"HEIF": ("HEIF", "AVIF"), "AVIF": ("AVIF", "HEIF")}


def decode_photo(data: bytes, limits: Limits = _DEFAULT_LIMITS) -> Photo:
    """Decode JPEG, PNG, WebP, GIF, TIFF, BMP, HEIC or AVIF bytes; of several frames the first.

    Returns uint8 sRGB pixels, turned upright, with alpha apart. Raises PhotoError with any of its
    codes; sizes are refused on the header, before pixels are decoded. Holds at most about eleven
    bytes per pixel at a time. Thread safe.
    """
    stored = sniff_format(data)
    image = _open(data, stored)
    _check_size(*image.size, limits)
    frames, depth, mode = _frames(image), _depth(image), image.mode
    declared = _orientation(image.info.get("original_orientation")) or _exif_orientation(image)
    if stored == "PNG" and not png_is_whole(data):
        raise _damaged(stored)
    _load(image)
    remaining = _exif_orientation(image)  # Pillow has turned a TIFF by now, libheif a HEIC
    notes = [f"first of {frames} frames used"] if frames > 1 else []
    icc = image.info.get("icc_profile")
    reduced, depth_notes = to_8_bit(image)
    if depth > 8 and not depth_notes:
        depth_notes = [f"{depth}-bit reduced to 8-bit"]
    del image
    rgb, alpha, icc_name, colour_notes = _to_pixels(reduced, icc, remaining)
    if declared > 1:
        colour_notes.append(f"rotated by EXIF orientation {declared}")
    facts = PhotoFacts(
        format=stored,
        width=rgb.shape[1],
        height=rgb.shape[0],
        mode=mode,
        orientation=declared,
        frames=frames,
        has_alpha=alpha is not None,
        icc=icc_name,
        notes=(*notes, *depth_notes, *colour_notes),
    )
    return Photo(rgb, alpha, facts)


def _open(data: bytes, stored: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(data), formats=_PILLOW_FORMATS.get(stored, (stored,)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PhotoError("photo_too_large", "The photo has too many pixels.") from None
    except Exception as error:  # decoders fail in every way on hostile bytes
        raise _damaged(stored) from error
    if _DNG_VERSION in getattr(image, "tag_v2", ()):
        raise PhotoError("photo_format_unsupported", "Camera raw files are not supported.")
    return image


def _check_size(width: int, height: int, limits: Limits) -> None:
    size = f"{width} x {height} pixels"
    if width * height > limits.max_megapixels * 1e6:
        limit = f"{limits.max_megapixels:g} megapixels"
        raise PhotoError("photo_too_large", f"The photo has {size}; the limit is {limit}.")
    if min(width, height) < limits.min_side:
        limit = f"{limits.min_side} pixels a side"
        raise PhotoError("photo_too_small", f"The photo has {size}; at least {limit} are needed.")
    if max(width, height) > limits.max_aspect * min(width, height):
        limit = f"{limits.max_aspect:g} times as long as wide"
        raise PhotoError("photo_aspect_extreme", f"The photo has {size}; at most {limit} is taken.")


def _load(image: Image.Image) -> None:
    try:
        image.load()
    except Exception as error:  # as in _open
        raise _damaged(image.format or "image") from error


def _damaged(stored: str) -> PhotoError:
    return PhotoError("photo_truncated", f"The {stored} file is cut short or damaged.")


def _frames(image: Image.Image) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception:  # the later frames may be damaged; only the first is used
        return 1


def _depth(image: Image.Image) -> int:
    """Bits per channel as stored, 8 if in doubt; Pillow drops the rest while it unpacks."""
    layouts = [str(tile[3]) for tile in getattr(image, "tile", ())]
    return 16 if any(";16" in each for each in layouts) else int(image.info.get("bit_depth") or 8)


def _exif_orientation(image: Image.Image) -> int:
    try:
        return _orientation(image.getexif().get(_ORIENTATION)) or 1
    except Exception:  # broken EXIF is no reason to refuse a photo
        return 1


def _orientation(value: object) -> int:
    return value if isinstance(value, int) and 1 <= value <= 8 else 0


def _to_pixels(
    image: Image.Image, icc: bytes | None, orientation: int
) -> tuple[Pixels, Pixels | None, str | None, list[str]]:
    colour, alpha = split_alpha(image)
    del image
    colour, name, notes = to_srgb(colour, icc)
    rgb = turn_upright(_to_array(colour), orientation)
    matte = None if alpha is None else turn_upright(_to_array(alpha), orientation)
    return rgb, matte, name, notes


def _to_array(image: Image.Image) -> Pixels:
    """Copy L or RGB out of Pillow in strips: a whole copy passes through twice its own size."""
    width, height = image.size
    shape = (height, width) if image.mode == "L" else (height, width, 3)
    pixels = np.empty(shape, np.uint8)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(top + _STRIP_ROWS, height)
        pixels[top:bottom] = np.asarray(image.crop((0, top, width, bottom)))
    return pixels
