"""Puts an XMP packet into a finished file without touching its pixels."""

import struct
import zlib

_JPEG_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PNG_XMP = b"XML:com.adobe.xmp\0\0\0\0\0"
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_BYTES = 60_000
_WEBP_HAS_XMP = 0x04


def embed_xmp(data: bytes, packet: bytes) -> bytes:
    """The JPEG, PNG or WebP file with the packet in it, at most 60,000 bytes of UTF-8.

    The places are those of the XMP specification, part 3: a JPEG segment APP1 behind the others of
    the head, a PNG chunk iTXt before the pixels, a WebP chunk at the end. A WebP file needs its
    extended header, which one with a colour profile has. Raises ValueError for other files.
    """
    if len(packet) > _MOST_BYTES:
        raise ValueError("the packet is too long for one segment")
    if data.startswith(b"\xff\xd8\xff"):
        return _into_jpeg(data, packet)
    if data.startswith(_PNG_SIGNATURE):
        return _into_png(data, packet)
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X":
        return _into_webp(data, packet)
    raise ValueError("no XMP can be put into this file")


def _into_jpeg(data: bytes, packet: bytes) -> bytes:
    at = 2
    while data[at : at + 1] == b"\xff" and data[at + 1] in range(0xE0, 0xF0):
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    content = _JPEG_XMP + packet
    return data[:at] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + data[at:]


def _into_png(data: bytes, packet: bytes) -> bytes:
    content = b"iTXt" + _PNG_XMP + packet
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    behind_header = len(_PNG_SIGNATURE) + 25
    return data[:behind_header] + chunk + data[behind_header:]


def _into_webp(data: bytes, packet: bytes) -> bytes:
    chunk = b"XMP " + struct.pack("<I", len(packet)) + packet + b"\0" * (len(packet) % 2)
    flags = bytes([data[20] | _WEBP_HAS_XMP])
    length = struct.pack("<I", len(data) + len(chunk) - 8)
    return data[:4] + length + data[8:20] + flags + data[21:] + chunk
