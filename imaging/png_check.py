"""Finds damage in a PNG that decoders overlook."""

import zlib

_SIGNATURE_BYTES = 8
_CRITICAL = {b"IHDR", b"PLTE", b"IDAT"}


def png_is_whole(data: bytes) -> bool:
    """Whether every critical chunk is there in full and matches its checksum (PNG, 5.3).

    Pillow skips the checksums of pixel data, so that a flipped byte becomes wrong pixels. A
    missing end mark is forgiven, and so is damage in chunks that do not carry pixels.
    """
    at, view = _SIGNATURE_BYTES, memoryview(data)
    while at + 12 <= len(data):
        length = int.from_bytes(view[at : at + 4], "big")
        name, end = bytes(view[at + 4 : at + 8]), at + 8 + length
        if name == b"IEND":
            return True
        if end + 4 > len(data):
            return False
        if name in _CRITICAL and zlib.crc32(view[at + 4 : end]) != int.from_bytes(
            view[end : end + 4], "big"
        ):
            return False
        at = end + 4
    return at == len(data)
