"""What is written reads back: exactly for PNG, closely for JPEG and WebP."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity as ssim

from imaging.encode import encode_jpeg, encode_png, encode_webp, load_png
from imaging.errors import PhotoError


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png_is_lossless_and_in_rgb_order(coffee, channels):
    pixels = np.dstack([coffee, coffee[..., :1]])[..., :channels]
    read = np.asarray(Image.open(io.BytesIO(encode_png(np.ascontiguousarray(pixels)))))
    assert (read.reshape(pixels.shape) == pixels).all()


def test_a_png_of_many_strips_is_lossless():
    pixels = np.random.default_rng(0).integers(0, 255, (1500, 1400, 4), np.uint8)
    assert (np.asarray(Image.open(io.BytesIO(encode_png(pixels)))) == pixels).all()


@pytest.mark.parametrize(
    "pixels", [np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4), np.uint8)]
)
def test_other_layouts_cannot_be_png(pixels):
    with pytest.raises(ValueError, match="cannot encode"):
        encode_png(pixels)


@pytest.mark.parametrize("channels", [3, 4])
def test_load_png_reads_back_what_was_written(coffee, channels):
    pixels = np.ascontiguousarray(np.dstack([coffee, coffee[..., :1]])[..., :channels])
    assert (load_png(encode_png(pixels)) == pixels).all()


@pytest.mark.parametrize("cut", [1, 12, 40, 5000])
def test_a_png_cut_short_is_not_loaded(coffee, cut):
    with pytest.raises(PhotoError) as caught:
        load_png(encode_png(coffee)[:-cut])
    assert caught.value.code == "photo_truncated"


def test_load_png_refuses_other_layouts_and_sizes(coffee):
    for data in (encode_jpeg(coffee), encode_png(coffee[..., 0]), b""):
        with pytest.raises(PhotoError) as caught:
            load_png(data)
        assert caught.value.code == "photo_format_unsupported"
    with pytest.raises(PhotoError) as caught:
        load_png(encode_png(coffee), max_megapixels=0.1)
    assert caught.value.code == "photo_too_large"


def test_jpeg_is_close_and_carries_an_srgb_profile(coffee):
    image = Image.open(io.BytesIO(encode_jpeg(coffee, 90)))
    assert ssim(coffee, np.asarray(image), channel_axis=2) > 0.95
    assert b"sRGB" in image.info["icc_profile"].replace(b"\0", b"")
    assert len(image.info["icc_profile"]) < 1000


def test_jpeg_keeps_full_colour_resolution_from_quality_90():
    assert b"\x01\x11\x00\x02\x11\x01" in encode_jpeg(np.zeros((32, 32, 3), np.uint8), 90)
    assert b"\x01\x22\x00\x02\x11\x01" in encode_jpeg(np.zeros((32, 32, 3), np.uint8), 80)


def test_webp_keeps_alpha(coffee):
    alpha = np.zeros(coffee.shape[:2], np.uint8)
    alpha[100:300] = 255
    data = encode_webp(np.dstack([coffee, alpha]))
    assert (np.asarray(Image.open(io.BytesIO(data)))[..., 3] == alpha).all()


def test_webp_refuses_what_it_cannot_hold():
    with pytest.raises(ValueError):
        encode_webp(np.zeros((1, 16384, 3), np.uint8))
