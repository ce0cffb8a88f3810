"""Tells a file's format from its first bytes, so that a refusal can name its reason."""

import re

from imaging.errors import PhotoError

_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}

_SUPPORTED = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
)

_UNSUPPORTED = (
    (b"%PDF-", "PDF"),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"8BPS", "Photoshop"),
    (b"\x00\x00\x01\x00", "icon"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"v/1\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance"),
    (b"DDS ", "DirectDraw"),
    (b"FUJIFILMCCD-RAW", "camera raw"),
    (b"IIRO", "camera raw"),
    (b"IIU\x00", "camera raw"),
    (b"gimp xcf", "GIMP"),
)

_SVG = re.compile(rb"<svg[\s>]|<!DOCTYPE\s+svg", re.IGNORECASE)


def sniff_format(data: bytes) -> str:
    """Return JPEG, PNG, WEBP, GIF, TIFF, BMP, HEIF or AVIF.

    Raises PhotoError: `photo_empty` for no bytes, `photo_format_unsupported` for a picture or
    document format that is known but not taken, `photo_not_an_image` for all else.
    """
    if not data:
        raise PhotoError("photo_empty", "The file is empty.")
    name = _supported(data)
    if name:
        return name
    foreign = _unsupported(data)
    if foreign:
        raise PhotoError("photo_format_unsupported", f"{foreign} files are not supported.")
    raise PhotoError("photo_not_an_image", "The file is not an image.")


def _supported(data: bytes) -> str | None:
    if data[8:10] == b"CR" and data[:2] == b"II":
        return None
    for magic, name in _SUPPORTED:
        if data.startswith(magic) and not (name == "BMP" and not _looks_like_bmp(data)):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    brands = _brands(data)
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None


def _looks_like_bmp(data: bytes) -> bool:
    # "BM" begins many a text; the size of the second header is one of a few small numbers.
    return data[14:18] in {bytes((size, 0, 0, 0)) for size in (12, 40, 52, 56, 64, 108, 124)}


def _unsupported(data: bytes) -> str | None:
    for magic, name in _UNSUPPORTED:
        if data.startswith(magic):
            return name
    if data[:2] == b"II" and data[8:10] == b"CR":
        return "Camera raw"
    if _brands(data):
        return "Video"
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return "SVG" if head.startswith(b"<") and _SVG.search(head) else None


def _brands(data: bytes) -> set[bytes]:
    """The major and compatible brands of an ISO base media file (ISO/IEC 14496-12, ftyp box)."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), 256, len(data))
    return {data[8:12], *(data[at : at + 4] for at in range(16, end - 3, 4))}
