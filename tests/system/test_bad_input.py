"""What users drop by mistake: each has its code on its item, and the job goes on."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from benchmarks.photos import plain_photo
from tests.system.conftest import Opal

# A person need not look at drawings.
OPTIONS = b'{"scenes": ["white"], "exports": ["web_thumb"], "gate": "off"}'


def encoded(picture: Image.Image, fmt: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, fmt, **options)
    return buffer.getvalue()


def picture() -> Image.Image:
    return Image.open(io.BytesIO(plain_photo(700)))


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0"))
        + chunk(b"IEND", b"")
    )


def heic() -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(picture()).save(buffer, quality=80)
    return buffer.getvalue()


def cutout_png() -> bytes:
    with_alpha = picture().convert("RGBA")
    alpha = Image.new("L", with_alpha.size, 0)
    alpha.paste(255, (96, 60, 224, 192))
    with_alpha.putalpha(alpha)
    return encoded(with_alpha, "PNG")


def sixteen_bit_png() -> bytes:
    wide = np.asarray(picture().convert("L")).astype(np.uint16) * 257
    return encoded(Image.fromarray(wide), "PNG")


def wide_gamut_jpeg() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return encoded(picture(), "JPEG", icc_profile=profile)


def animation(fmt: str) -> bytes:
    frames = [Image.open(io.BytesIO(plain_photo(710 + n))).convert("RGB") for n in range(3)]
    return encoded(frames[0], fmt, save_all=True, append_images=frames[1:], duration=100)


REFUSED = {
    "empty.jpg": (b"", "photo_empty"),
    "truncated.jpg": (plain_photo(701)[:-2000], "photo_truncated"),
    "truncated.png": (plain_photo(702, fmt="PNG")[:-9000], "photo_truncated"),
    "text.jpg": (b"these are words, not pixels\n" * 40, "photo_not_an_image"),
    "huge-header.png": (png_header(50_000, 50_000), "photo_too_large"),
    "over-100-megapixels.png": (
        encoded(Image.new("1", (11_000, 10_000)), "PNG"),
        "photo_too_large",
    ),
    "one-pixel.png": (encoded(Image.new("RGB", (1, 1)), "PNG"), "photo_too_small"),
    "ribbon.png": (encoded(Image.new("RGB", (2000, 100), "red"), "PNG"), "photo_aspect_extreme"),
    "drawing.svg": (
        b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
        "photo_format_unsupported",
    ),
    "blank.png": (encoded(Image.new("RGB", (300, 300), "white"), "PNG"), "no_product_found"),
}
TAKEN = {
    "animated.gif": animation("GIF"),
    "animated.webp": animation("WEBP"),
    "cmyk.jpg": encoded(picture().convert("CMYK"), "JPEG"),
    "grey.jpg": encoded(picture().convert("L"), "JPEG"),
    "sixteen-bit.png": sixteen_bit_png(),
    "palette.png": encoded(picture().convert("P"), "PNG"),
    "odd-profile.jpg": wide_gamut_jpeg(),
    "cut-out.png": cutout_png(),
    "phone.HEIC": heic(),
    "UPPER.JPG": plain_photo(703),
    "with spaces and (brackets).jpg": plain_photo(704),
    "größe-尺寸-📦.jpg": plain_photo(705),
    "percent%2Fslash.jpg": plain_photo(706),
    "two..dots.jpg": plain_photo(707),
    "x" * 900 + ".jpg": plain_photo(708),
}
IGNORED = {
    ".DS_Store": b"\0\0\0\1Bud1",
    "._box.jpg": b"\0\5\x16\7",
    "prices.csv": b"a,b\n1,2\n",
    "notes.txt": b"do not publish",
}
WITHOUT_TENANT = {
    "no-tenant.jpg": "tenant_missing",
    "Bad Tenant!/spring/box.jpg": "tenant_invalid",
}


@pytest.fixture(scope="module")
def folder(opal: Opal) -> Any:
    """One folder with everything in it, finished."""
    opal.drop("mixed", "job.json", OPTIONS)
    for name, (data, _) in REFUSED.items():
        opal.drop("mixed", name, data)
    for name, data in (TAKEN | IGNORED).items():
        opal.drop("mixed", name, data)
    return opal.wait("mixed", total=len(REFUSED) + len(TAKEN))


@pytest.mark.parametrize("name", REFUSED)
def test_a_photo_that_cannot_be_used_fails_with_its_code(folder: Any, name: str) -> None:
    item = next(i for i in folder["items"] if i["filename"] == name)
    assert item["status"] == "failed"
    assert item["error"]["code"] == REFUSED[name][1]
    assert item["error"]["retryable"] is False
    assert item["error"]["message"]


@pytest.mark.parametrize("name", TAKEN)
def test_an_unusual_photo_goes_through(folder: Any, name: str) -> None:
    item = next(i for i in folder["items"] if i["filename"] == name)
    assert item["status"] == "completed", item["error"]
    assert [o["preset"] for o in item["outputs"]] == ["web_thumb"]


def test_what_was_done_to_an_unusual_photo_is_noted(folder: Any) -> None:
    notes = {i["filename"]: " ".join(i["photo"].get("notes", [])) for i in folder["items"]}
    assert "first of 3 frames" in notes["animated.gif"]
    assert "CMYK" in notes["cmyk.jpg"]
    assert "16-bit" in notes["sixteen-bit.png"]
    assert notes["UPPER.JPG"] == ""


def test_an_existing_alpha_is_used_as_the_mask(folder: Any) -> None:
    item = next(i for i in folder["items"] if i["filename"] == "cut-out.png")
    assert item["ai_metadata"]["segment"]["name"] == "existing-alpha"
    assert item["quality"]["segment"]["product_box"] == [96, 60, 128, 132]


def test_the_job_goes_on_and_says_that_it_is_partial(folder: Any) -> None:
    assert folder["status"] == "partial"
    assert folder["counters"]["completed"] == len(TAKEN)
    assert folder["counters"]["failed"] == len(REFUSED)
    assert folder["package_path"] == "outputs/shop/mixed/job.zip"


def test_files_that_are_no_photos_are_ignored_with_a_reason(folder: Any) -> None:
    ignored = {entry["filename"]: entry["reason"] for entry in folder["ignored"]}
    assert set(ignored) == set(IGNORED)
    assert all(ignored.values())


@pytest.fixture(scope="module")
def inbox(opal: Opal) -> Any:
    """Where drops without a usable tenant are recorded, with all of them in it."""
    for path in WITHOUT_TENANT:
        opal.container("raw").upload_blob(path, plain_photo(720), overwrite=True)
    opal.until(lambda: set(WITHOUT_TENANT) <= {*opal.filenames("inbox", tenant="_unassigned")})
    return opal.wait("inbox", tenant="_unassigned")


@pytest.mark.parametrize("path", WITHOUT_TENANT)
def test_a_drop_without_a_usable_tenant_is_recorded_for_the_operator(inbox: Any, path: str) -> None:
    found = next(item for item in inbox["items"] if item["filename"] == path)
    assert found["status"] == "failed"
    assert found["error"]["code"] == WITHOUT_TENANT[path]
