"""Writes pixels as PNG, JPEG or WebP, and reads back the PNGs that this package wrote."""

import functools
import io

import cv2
import numpy as np
from PIL import Image, ImageCms

from imaging.errors import PhotoError
from imaging.pixels import Pixels
from imaging.png_write import encode_png

__all__ = [
    "encode_jpeg",
    "encode_png",
    "encode_webp",
    "is_plain_png",
    "load_export",
    "load_png",
    "srgb_profile",
]

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"
_TRUECOLOUR, _TRUECOLOUR_ALPHA = 2, 6


def encode_jpeg(rgb: Pixels, quality: int = 90) -> bytes:
    """Encode uint8 sRGB pixels, height x width x 3, with an embedded sRGB profile.

    From quality 90 on colour is kept at full resolution (4:4:4): products have saturated edges,
    red print on white above all, which 4:2:0 smears; below 90 size matters more. Huffman tables
    are not optimised: that takes twice the time for 2 to 5 % fewer bytes.
    """
    return _encode_with_pillow(
        rgb, "JPEG", quality=quality, subsampling=0 if quality >= 90 else 2, optimize=False
    )


def encode_webp(pixels: Pixels, quality: int = 90, *, lossless: bool = False) -> bytes:
    """Encode uint8 sRGB pixels, height x width x 3 or 4, at method 2 (fast).

    WebP stores at most 16383 pixels a side; a larger picture raises ValueError. A lossless file
    keeps every visible pixel; `quality` is then the effort.
    """
    if max(pixels.shape[:2]) > 16383:
        raise ValueError(f"WebP cannot hold {pixels.shape[1]} x {pixels.shape[0]} pixels")
    return _encode_with_pillow(pixels, "WEBP", quality=quality, method=2, lossless=lossless)


def _encode_with_pillow(pixels: Pixels, name: str, **options: int | bool) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, name, icc_profile=srgb_profile(), **options)
    return buffer.getvalue()


@functools.cache
def srgb_profile() -> bytes:
    """The ICC profile of sRGB, about 600 bytes."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def is_plain_png(data: bytes) -> bool:
    """Whether the bytes begin as an 8-bit truecolour PNG, which `load_png` can read."""
    return (
        data[:8] == _PNG_SIGNATURE
        and data[24:25] == b"\x08"
        and data[25:26] in (bytes([_TRUECOLOUR]), bytes([_TRUECOLOUR_ALPHA]))
    )


def load_export(data: bytes) -> Pixels:
    """Decode a PNG, JPEG or WebP that this package wrote, uint8, height x width x 3 or 4."""
    if is_plain_png(data):
        return load_png(data)
    return np.asarray(Image.open(io.BytesIO(data)), np.uint8)


def load_png(data: bytes, max_megapixels: float = 100) -> Pixels:
    """Decode an 8-bit RGB or RGBA PNG, such as `encode_png` writes, height x width x 3 or 4.

    Colour chunks and EXIF are not read: photos from outside belong to `decode_photo`. Raises
    PhotoError: photo_format_unsupported, photo_too_large (on the header) or photo_truncated.
    """
    if not is_plain_png(data):
        raise PhotoError("photo_format_unsupported", "Not an 8-bit RGB or RGBA PNG.")
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if width * height > max_megapixels * 1e6:
        raise PhotoError("photo_too_large", f"The PNG has {width} x {height} pixels.")
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or _PNG_END not in data[-4096:]:
        raise PhotoError("photo_truncated", "The PNG file is cut short or damaged.")
    order = cv2.COLOR_BGR2RGB if pixels.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return np.asarray(cv2.cvtColor(pixels, order), np.uint8)
