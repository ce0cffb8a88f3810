"""Turns any stored pixel layout into 8-bit sRGB, by ICC profile where the file has one."""

import io

import numpy as np
from PIL import Image, ImageCms

_PROFILE_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab ": "LAB"}


def to_8_bit(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Reduce 16-bit, 32-bit and float layouts to 8-bit grey; other images come back as they are.

    16-bit values are divided by 257 (65535 becomes 255). Wider integers above 16 bits are scaled
    by their maximum; floats are taken as 0..1, or scaled by their maximum if above 1.
    """
    if image.mode.startswith("I;16"):
        return _grey(np.asarray(image), 65535.0), ["16-bit reduced to 8-bit"]
    if image.mode in ("I", "F"):
        values = np.nan_to_num(np.asarray(image, np.float64), posinf=0.0, neginf=0.0)
        ceiling = 65535.0 if image.mode == "I" else 1.0
        words = "32-bit" if image.mode == "I" else "float"
        return _grey(values, max(ceiling, float(values.max()))), [f"{words} reduced to 8-bit"]
    return image, []


def _grey(values: "np.typing.NDArray[np.generic]", ceiling: float) -> Image.Image:
    scaled = np.clip(np.asarray(values, np.float32) * np.float32(255.0 / ceiling), 0, 255)
    return Image.fromarray(np.rint(scaled).astype(np.uint8))


def split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Part an 8-bit image into its colour (L, RGB, CMYK, LAB) and its alpha (L) or None.

    Palettes and colour keys (tRNS) are resolved; an alpha that is opaque everywhere is None.
    """
    if image.mode in ("CMYK", "LAB"):
        return image, None
    if image.mode == "LA":
        colour, alpha = image.getchannel("L"), image.getchannel("A")
    elif image.has_transparency_data:
        full = image.convert("RGBA")
        colour, alpha = full.convert("RGB"), full.getchannel("A")
    else:
        return _as_mode(image, "L" if image.mode in ("1", "L") else "RGB"), None
    extrema = alpha.getextrema()
    return colour, None if extrema == (255, 255) else alpha


def to_srgb(colour: Image.Image, icc: bytes | None) -> tuple[Image.Image, str | None, list[str]]:
    """Convert L, RGB, CMYK or LAB to RGB in sRGB; return it with the profile's name and notes.

    The intent is perceptual: for matrix profiles it equals relative colorimetric, for press
    profiles it keeps gradations instead of clipping them. A profile that cannot be read or does
    not fit the pixels is noted and ignored. An RGB image may be changed in place.
    """
    notes = [f"converted from {colour.mode}"] if colour.mode in ("CMYK", "LAB") else []
    if not icc:
        return _as_mode(colour, "RGB"), None, notes
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name = ImageCms.getProfileDescription(profile).strip("\x00 \n") or "unnamed profile"
        fitted = _fit(colour, _PROFILE_SPACES.get(profile.profile.xcolor_space))
        if fitted is None:
            return (
                _as_mode(colour, "RGB"),
                name,
                [*notes, "ICC profile of another colour space ignored"],
            )
        if fitted.mode == "RGB" and "sRGB" in name:
            return fitted, name, notes
        converted = _transform(fitted, profile)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return _as_mode(colour, "RGB"), None, [*notes, "unreadable ICC profile ignored"]
    return converted, name, [*notes, f"converted from {name} to sRGB"]


def _as_mode(image: Image.Image, mode: str) -> Image.Image:
    """The image itself where it has the mode already: Pillow's `convert` would copy it."""
    return image if image.mode == mode else image.convert(mode)


def _fit(colour: Image.Image, space: str | None) -> Image.Image | None:
    if colour.mode == space:
        return colour
    # Grey pixels with an RGB profile are common in scans; equal channels say the same.
    return colour.convert("RGB") if (colour.mode, space) == ("L", "RGB") else None


def _transform(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    transform = ImageCms.buildTransform(
        profile,
        ImageCms.createProfile("sRGB"),
        image.mode,
        "RGB",
        renderingIntent=ImageCms.Intent.PERCEPTUAL,
    )
    in_place = image.mode == "RGB"  # at 100 megapixels a second copy costs 400 MB
    converted = ImageCms.applyTransform(image, transform, inPlace=in_place)
    return image if converted is None else converted
