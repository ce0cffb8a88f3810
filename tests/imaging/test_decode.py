"""Every format a seller may send becomes upright sRGB, and every bad file is refused by name."""

import io
import struct
import threading
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from skimage.metrics import peak_signal_noise_ratio as psnr

from imaging.decode import Limits, decode_photo
from imaging.errors import PhotoError


def refusal(data: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(PhotoError) as caught:
        decode_photo(data, limits or Limits())
    return caught.value.code


def png_header(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    crc = struct.pack(">I", zlib.crc32(b"IHDR" + head))
    body = zlib.compress(b"\0" * 100)
    end = struct.pack(">I", zlib.crc32(b"IDAT" + body))
    idat = struct.pack(">I", len(body)) + b"IDAT" + body + end
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + crc + idat


@pytest.mark.parametrize(
    ("name", "format", "options", "least"),
    [
        ("JPEG", "JPEG", {"quality": 95}, 35),
        ("JPEG", "JPEG", {"quality": 95, "progressive": True}, 35),
        ("PNG", "PNG", {}, 99),
        ("WEBP", "WEBP", {"lossless": True}, 99),
        ("TIFF", "TIFF", {"compression": "tiff_lzw"}, 99),
        ("BMP", "BMP", {}, 99),
        ("HEIF", "HEIF", {"quality": 95}, 35),
        ("AVIF", "AVIF", {"quality": 95, "speed": 9}, 35),
        ("GIF", "GIF", {}, 24),
    ],
)
def test_a_photo_survives_each_format(coffee, encoded, name, format, options, least):
    photo = decode_photo(encoded(coffee, name, **options))
    assert photo.facts.format == format
    assert (photo.facts.width, photo.facts.height) == (600, 400)
    assert photo.alpha is None
    assert photo.rgb.dtype == np.uint8
    capped = psnr(coffee, photo.rgb) if (coffee != photo.rgb).any() else 100
    assert capped > least


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_each_exif_orientation_comes_out_upright(encoded, name, orientation):
    upright = np.zeros((48, 64, 3), np.uint8)
    upright[:24, :32] = (255, 0, 0)
    upright[:24, 32:] = (0, 255, 0)
    upright[24:, :32] = (0, 0, 255)
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(undo(upright))
    photo = decode_photo(encoded(stored, name, exif=exif.tobytes()))
    assert photo.rgb.shape == upright.shape
    assert np.abs(photo.rgb[::8, ::8].astype(int) - upright[::8, ::8]).mean() < 12
    assert photo.facts.orientation == orientation
    noted = f"rotated by EXIF orientation {orientation}" in photo.facts.notes
    assert noted == (orientation > 1)


def test_alpha_is_turned_with_the_colour(encoded):
    rgba = np.full((20, 40, 4), 255, np.uint8)
    rgba[:, :10, 3] = 0
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = decode_photo(encoded(rgba, "PNG", exif=exif.tobytes()))
    assert photo.alpha.shape == (40, 20)
    assert (photo.alpha[:10] == 0).all() and (photo.alpha[10:] == 255).all()


def test_cmyk_jpeg_becomes_rgb_with_a_note(coffee, encoded):
    photo = decode_photo(encoded(Image.fromarray(coffee).convert("CMYK"), "JPEG", quality=95))
    assert psnr(coffee, photo.rgb) > 30
    assert "converted from CMYK" in photo.facts.notes


def test_grey_jpeg_becomes_three_equal_channels(coffee, encoded):
    photo = decode_photo(encoded(Image.fromarray(coffee).convert("L"), "JPEG"))
    assert (photo.rgb[..., 0] == photo.rgb[..., 2]).all()


def test_palette_png_keeps_its_transparency(encoded):
    image = Image.new("P", (32, 32), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(0, (0, 0, 16, 32))
    photo = decode_photo(encoded(image, "PNG", transparency=0))
    assert (photo.alpha[:, :16] == 0).all() and (photo.alpha[:, 16:] == 255).all()
    assert tuple(photo.rgb[0, 20]) == (255, 0, 0)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_16_bit_png_is_reduced_with_a_note(channels):
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    stored = ramp if channels == 1 else np.dstack([ramp] * channels)
    photo = decode_photo(cv2.imencode(".png", stored)[1].tobytes())
    assert np.abs(photo.rgb[..., 0].astype(float) - ramp / 257).max() <= 1
    assert "16-bit reduced to 8-bit" in photo.facts.notes
    assert photo.facts.has_alpha == (channels == 4)


def test_grey_with_alpha_png_keeps_both(encoded):
    grey = np.zeros((16, 16, 2), np.uint8)
    grey[..., 0], grey[..., 1] = 90, 128
    photo = decode_photo(encoded(Image.fromarray(grey, "LA"), "PNG"))
    assert (photo.rgb == 90).all() and (photo.alpha == 128).all()


def test_opaque_alpha_counts_as_none(encoded):
    photo = decode_photo(encoded(Image.new("RGBA", (32, 32), (9, 9, 9, 255)), "PNG"))
    assert photo.alpha is None and not photo.facts.has_alpha


def test_ten_bit_heic_is_reduced_with_a_note():
    ramp = np.dstack([np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)] * 3)
    buffer = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (64, 64), ramp.tobytes()).save(buffer, quality=95)
    photo = decode_photo(buffer.getvalue())
    assert "10-bit reduced to 8-bit" in photo.facts.notes
    assert np.abs(photo.rgb.astype(float) - ramp / 257).mean() < 3


@pytest.mark.parametrize("name", ["GIF", "WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_is_used_and_noted(encoded, name):
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "green", "blue")]
    data = encoded(frames[0], name, save_all=True, append_images=frames[1:])
    photo = decode_photo(data)
    assert photo.facts.frames == 3
    assert "first of 3 frames used" in photo.facts.notes
    assert photo.rgb[5, 5, 0] > 240 and photo.rgb[5, 5, 1] < 20


def p3_profile() -> bytes:
    """Display P3 as a matrix profile, made by editing the primaries of lcms's sRGB."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {}
    for at in range(132, 132 + 12 * struct.unpack(">I", profile[128:132])[0], 12):
        name, offset, size = struct.unpack(">4sII", profile[at : at + 12])
        tags[name] = (offset, size)
    primaries = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for name, xyz in primaries.items():
        offset = tags[name][0]
        profile[offset + 8 : offset + 20] = struct.pack(">3i", *(round(v * 65536) for v in xyz))
    offset, size = tags[b"desc"]
    text = "Display P3".encode("utf-16-be")
    start = offset + struct.unpack(">I", profile[offset + 24 : offset + 28])[0]
    assert size >= 28 + len(text)
    profile[offset + 20 : offset + 24] = struct.pack(">I", len(text))
    profile[start : start + len(text)] = text
    profile[84:100] = bytes(16)  # the profile's checksum no longer holds
    return bytes(profile)


def test_a_wide_gamut_profile_is_converted_to_srgb(encoded):
    data = encoded(Image.new("RGB", (32, 32), (200, 100, 100)), "JPEG", icc_profile=p3_profile())
    photo = decode_photo(data)
    # (200, 100, 100) in Display P3 is (213, 94, 98) in sRGB by the primaries' matrices.
    assert np.abs(photo.rgb[4, 4].astype(int) - (213, 94, 98)).max() <= 3
    assert photo.facts.icc == "Display P3"
    assert "converted from Display P3 to sRGB" in photo.facts.notes


def test_a_broken_profile_is_noted_and_ignored(encoded):
    image = Image.new("RGB", (32, 32), (200, 100, 100))
    photo = decode_photo(encoded(image, "PNG", icc_profile=b"not a profile" * 20))
    assert "unreadable ICC profile ignored" in photo.facts.notes
    assert tuple(photo.rgb[0, 0]) == (200, 100, 100)


def test_broken_exif_does_not_refuse_a_photo(encoded):
    data = encoded(Image.new("RGB", (32, 32)), "JPEG", exif=b"Exif\0\0garbage in here")
    assert decode_photo(data).facts.orientation == 1


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF"])
@pytest.mark.parametrize("share", [0.03, 0.5, 0.95])
def test_a_file_cut_short_is_refused_as_truncated(astronaut, encoded, name, share):
    data = encoded(astronaut, name)
    assert refusal(data[: int(len(data) * share)]) == "photo_truncated"


def test_damage_inside_a_png_is_refused_as_truncated(astronaut, encoded):
    data = bytearray(encoded(astronaut, "PNG"))
    data[len(data) // 2] ^= 0xFF
    assert refusal(bytes(data)) == "photo_truncated"


def test_a_progressive_jpeg_cut_short_is_not_silently_blurred(astronaut, encoded):
    data = encoded(astronaut, "JPEG", progressive=True)
    assert refusal(data[: len(data) * 3 // 4]) == "photo_truncated"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "photo_empty"),
        (b"hello, this is a shopping list", "photo_not_an_image"),
        (b"BM was a brand of car parts, once upon a time", "photo_not_an_image"),
        (b"<!doctype html><html><body>not found</body></html>", "photo_not_an_image"),
        (b"PK\x03\x04 and the rest of an archive", "photo_not_an_image"),
        (b"\x00" * 500, "photo_not_an_image"),
        (b'<?xml version="1.0"?>\n<svg xmlns="x"/>', "photo_format_unsupported"),
        (b'\xef\xbb\xbf<svg width="1"></svg>', "photo_format_unsupported"),
        (b"%PDF-1.7 ...", "photo_format_unsupported"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "photo_format_unsupported"),
        (b"8BPS\x00\x01", "photo_format_unsupported"),
        (b"II*\x00\x10\x00\x00\x00CR\x02\x00", "photo_format_unsupported"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00mp42", "photo_format_unsupported"),
    ],
)
def test_what_is_no_photo_is_refused_by_name(data, code):
    assert refusal(data) == code


def test_a_header_that_claims_too_much_is_refused_before_decoding():
    assert refusal(png_header(50_000, 50_000)) == "photo_too_large"
    assert refusal(png_header(12_000, 10_000)) == "photo_too_large"
    gif = b"GIF89a" + struct.pack("<HHBBB", 50_000, 50_000, 0, 0, 0)
    gif += b"," + struct.pack("<HHHHB", 0, 0, 50_000, 50_000, 0) + b"\x02\x02L\x01\x00;"
    assert refusal(gif) == "photo_too_large"


def test_the_megapixel_limit_is_the_callers(encoded):
    data = encoded(Image.new("RGB", (1100, 1000)), "PNG")
    assert refusal(data, Limits(max_megapixels=1)) == "photo_too_large"
    assert decode_photo(data, Limits(max_megapixels=1.1)).facts.width == 1100


def test_small_and_narrow_photos_are_refused(encoded):
    assert refusal(encoded(Image.new("RGB", (15, 40)), "PNG")) == "photo_too_small"
    assert refusal(encoded(Image.new("RGB", (400, 20)), "PNG")) == "photo_aspect_extreme"
    assert decode_photo(encoded(Image.new("RGB", (300, 20)), "PNG")).facts.height == 20


def test_many_threads_decode_alike(coffee, encoded):
    files = [encoded(coffee, name) for name in ("JPEG", "PNG", "WEBP", "HEIF")] * 2
    expected = [decode_photo(data).rgb for data in files]
    results: dict[int, np.ndarray] = {}
    threads = [
        threading.Thread(target=lambda i=i: results.update({i: decode_photo(files[i]).rgb}))
        for i in range(len(files))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all((results[i] == each).all() for i, each in enumerate(expected))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF"]),
    at=st.floats(0, 1),
    garbage=st.binary(min_size=1, max_size=12),
)
def test_damaged_bytes_give_a_photo_or_a_photo_error(encoded, name, at, garbage):
    image = Image.linear_gradient("L").resize((40, 40)).convert("RGB")
    data = bytearray(encoded(image, name))
    start = int(at * (len(data) - 1))
    data[start : start + len(garbage)] = garbage
    try:
        photo = decode_photo(bytes(data), Limits(max_megapixels=1))
    except PhotoError as error:
        assert error.code.startswith("photo_")
    else:
        assert photo.rgb.ndim == 3
