"""Writes PNG in strips, fast: one filter for all rows, and Intel's ISA-L in place of zlib."""

import struct
from collections.abc import Iterator

import numpy as np
from isal import isal_zlib

from imaging.pixels import Pixels

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}
_UP = 2
_LEVEL = 1
_STRIP_BYTES = 4_000_000


def encode_png(pixels: Pixels) -> bytes:
    """Encode uint8 sRGB pixels, height x width (x 1, 3 or 4), RGB(A) order, straight alpha.

    Lossless. Every row is stored as its difference to the row above (PNG, 9.2, filter 2): with
    ISA-L that takes a third of the time of OpenCV's encoder for about as many bytes. Needs some
    8 MB beyond the pixels and the result. Raises ValueError for other layouts.
    """
    channels = 1 if pixels.ndim == 2 else pixels.shape[2] if pixels.ndim == 3 else 0
    if channels not in _COLOUR_TYPES or pixels.dtype != np.uint8 or pixels.size == 0:
        raise ValueError(f"cannot encode {pixels.shape} {pixels.dtype} as PNG")
    height, width = pixels.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    rows = pixels.reshape(height, width * channels)
    parts = [_SIGNATURE, *_chunk(b"IHDR", header)]
    for data in _deflated(rows):
        parts += _chunk(b"IDAT", data)
    return b"".join([*parts, *_chunk(b"IEND", b"")])


def _deflated(rows: Pixels) -> Iterator[bytes]:
    height, length = rows.shape
    strip = max(1, _STRIP_BYTES // length)
    packer = isal_zlib.compressobj(_LEVEL)
    lines = np.empty((min(strip, height), length + 1), np.uint8)
    lines[:, 0] = _UP
    for top in range(0, height, strip):
        part = rows[top : top + strip]
        filtered = lines[: len(part)]
        filtered[0, 1:] = part[0] - rows[top - 1] if top else part[0]
        np.subtract(part[1:], part[:-1], out=filtered[1:, 1:])
        data = packer.compress(filtered)
        if data:
            yield data
    yield packer.flush()


def _chunk(name: bytes, data: bytes) -> tuple[bytes, bytes, bytes]:
    """Length and name, data, checksum: apart, so that the data is copied once only."""
    checksum = isal_zlib.crc32(data, isal_zlib.crc32(name))
    return struct.pack(">I4s", len(data), name), data, struct.pack(">I", checksum)
