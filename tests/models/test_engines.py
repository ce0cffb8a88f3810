"""Each engine does its one thing to the pixels it is given."""

import io

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio as psnr

from imaging.encode import encode_jpeg, encode_png
from imaging.light import to_srgb_scale
from models import place, segment, upscale
from models.engines import ENGINES
from models.errors import EndpointError
from models.reading import read_photo, read_picture


def sweep_photo(
    width: int = 900, height: int = 700, paper: float = 0.8, product: tuple = (0.5, 0.05, 0.04)
) -> tuple[np.ndarray, np.ndarray]:
    """A ring-shaped product with a soft shadow on a vignetted sweep, and its true matte."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    light = np.repeat((paper * (1 - 0.5 * radius**2))[..., None], 3, axis=2)
    shade = np.zeros((height, width), np.float32)
    centre = (int(width * 0.55), int(height * 0.72))
    cv2.ellipse(shade, centre, (width // 4, height // 14), 0, 0, 360, 1, -1)
    light *= 1 - 0.45 * cv2.GaussianBlur(shade, (0, 0), width / 30)[..., None]
    matte = np.zeros((4 * height, 4 * width), np.uint8)
    middle = (2 * width, 2 * height)
    cv2.circle(matte, middle, height, 255, -1)
    cv2.circle(matte, middle, height // 3, 0, -1)
    matte = cv2.resize(matte, (width, height), interpolation=cv2.INTER_AREA)
    share = matte[..., None] / 255
    ball = np.array(product) * (0.7 + 0.3 * (x / width))[..., None]
    noise = np.random.default_rng(3).normal(0, 1.2, (height, width, 3))
    codes = to_srgb_scale(share * ball + (1 - share) * light) + noise
    return np.rint(np.clip(codes, 0, 255)).astype(np.uint8), matte


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.minimum(a, b).sum(dtype=float) / np.maximum(a, b).sum(dtype=float))


def refusal(call, *arguments) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        call(*arguments)
    return caught.value


@pytest.mark.parametrize(
    ("paper", "product"),
    [
        (0.95, (0.5, 0.05, 0.04)),  # red on white
        (0.45, (0.02, 0.02, 0.02)),  # black on grey
        (0.15, (0.8, 0.8, 0.78)),  # white on dark grey
        (0.60, (0.05, 0.2, 0.5)),  # blue on light grey
    ],
)
def test_a_product_on_a_plain_sweep_is_cut_out_cleanly(paper, product):
    photo, true = sweep_photo(paper=paper, product=product)
    result = segment.run({"photo": photo.copy()}, {})
    alpha = result.pixels[..., 3]
    assert iou(alpha, true) > 0.975
    assert result.model.name == "grabcut-border-prior"
    assert result.quality["fragments"] == 1 and result.quality["holes"] == 1
    assert np.abs(np.array(result.quality["product_box"]) - (275, 175, 350, 350)).max() <= 9
    assert (result.pixels[alpha == 0] == 0).all()


def test_the_edge_of_a_cut_out_has_the_products_colour():
    photo, _ = sweep_photo(paper=0.95)
    pixels = segment.run({"photo": photo.copy()}, {}).pixels
    edge = (pixels[..., 3] > 40) & (pixels[..., 3] < 250)
    assert edge.sum() > 200
    assert np.median(pixels[edge][:, 1]) < 90  # white paper would bring green


def test_segmenting_twice_gives_the_same_bytes():
    photo, _ = sweep_photo(400, 300)
    first = segment.run({"photo": photo.copy()}, {}).pixels
    assert (first == segment.run({"photo": photo.copy()}, {}).pixels).all()


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "rocket"])
def test_a_real_photo_is_cut_out_in_one_piece(name):
    photo = getattr(skimage.data, name)()
    result = segment.run({"photo": photo.copy()}, {})
    assert result.pixels.shape == (*photo.shape[:2], 4)
    assert 0.01 < result.quality["coverage"] < 0.98


def test_a_photo_that_brings_alpha_keeps_it():
    photo, true = sweep_photo(300, 200)
    result = segment.run({"photo": np.dstack([photo, true])}, {})
    assert result.model.name == "existing-alpha"
    assert (result.pixels[..., 3] == true).all()


@pytest.mark.parametrize(
    "photo",
    [
        np.full((200, 300, 3), 240, np.uint8),
        np.zeros((64, 64, 3), np.uint8),
        np.dstack([np.full((200, 300, 3), 9, np.uint8), np.zeros((200, 300), np.uint8)]),
    ],
)
def test_a_photo_without_a_product_is_refused(photo):
    error = refusal(segment.run, {"photo": photo}, {})
    assert (error.status, error.code) == (422, "no_product_found")


def cutout(width: int = 200, height: int = 300) -> np.ndarray:
    pixels = np.zeros((height, width, 4), np.uint8)
    cv2.rectangle(pixels, (40, 30), (width - 40, height - 30), (30, 90, 160, 255), -1)
    pixels[..., 3] = cv2.GaussianBlur(pixels[..., 3], (0, 0), 1)
    pixels[..., :3] = (30, 90, 160)
    return pixels


WHITE = {"scene": "white", "canvas": [640, 480], "product_box": [220, 90, 200, 300]}


def test_the_white_scene_is_pure_white_outside_the_product():
    result = place.run({"cutout": cutout()}, WHITE)
    outside = np.ones((480, 640), bool)
    outside[90:390, 220:420] = False
    assert (result.pixels[outside] == 255).all()
    assert result.pixels[240, 320].tolist() == [30, 90, 160]
    assert result.quality["product_box"] == [220, 90, 200, 300]
    assert result.model.name == "studio-sweep"


def test_the_white_scene_may_have_a_shadow_and_stays_pure_far_from_it():
    pixels = place.run({"cutout": cutout()}, {**WHITE, "shadow": True}).pixels
    assert pixels[362, 320].max() < 240
    assert (pixels[:80] == 255).all() and (pixels[:, :100] == 255).all()
    assert (pixels[-30:] == 255).all()


def test_the_studio_has_a_grey_sweep_and_a_shadow():
    params = {**WHITE, "scene": "studio"}
    lit = place.run({"cutout": cutout()}, params).pixels
    flat = place.run({"cutout": cutout()}, {**params, "shadow": False}).pixels
    assert 150 < flat[5, 5, 0] < 236 and np.ptp(flat[5, 5].astype(int)) <= 1
    assert lit[362, 320, 0] < flat[362, 320, 0] - 20
    assert (place.run({"cutout": cutout()}, params).pixels == lit).all()


def test_the_studio_takes_a_background_colour():
    pixels = place.run({"cutout": cutout()}, {**WHITE, "scene": "studio", "background": "#336699"})
    red, green, blue = pixels.pixels[5, 5].astype(int)
    assert red < green < blue


def test_a_part_of_the_cut_out_can_be_placed_at_another_size():
    params = {**WHITE, "source_box": [40, 30, 120, 240], "product_box": [200, 100, 60, 120]}
    pixels = place.run({"cutout": cutout()}, params).pixels
    assert (pixels[110:210, 210:250] == (30, 90, 160)).all()
    assert (pixels[:98] == 255).all()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scene": "beach"}, "params.scene"),
        ({"scene": None}, "params.scene"),
        ({"canvas": [5000, 5000]}, "params.canvas"),
        ({"canvas": [640]}, "params.canvas"),
        ({"canvas": [640.5, 480]}, "params.canvas"),
        ({"canvas": "640x480"}, "params.canvas"),
        ({"product_box": [600, 90, 200, 300]}, "params.product_box"),
        ({"product_box": [-1, 0, 20, 30]}, "params.product_box"),
        ({"product_box": [0, 0, 0, 30]}, "params.product_box"),
        ({"product_box": [True, 0, 10, 30]}, "params.product_box"),
        ({"source_box": [0, 0, 201, 300]}, "params.source_box"),
        ({"background": "grey"}, "params.background"),
        ({"shadow": 1}, "params.shadow"),
        ({"shaddow": True}, "params.shaddow"),
    ],
)
def test_a_wrong_place_parameter_is_named(change, field):
    error = refusal(place.run, {"cutout": cutout()}, {**WHITE, **change})
    assert (error.status, error.code) == (400, "request_invalid")
    assert error.message.startswith(field)


def test_an_opaque_picture_cannot_be_placed():
    error = refusal(place.run, {"cutout": np.zeros((300, 200, 3), np.uint8)}, WHITE)
    assert (error.status, error.code) == (422, "cutout_opaque")


@pytest.mark.parametrize("scale", [2, 2.5, 4])
def test_upscaling_multiplies_the_size_and_keeps_the_picture(scale):
    coffee = skimage.data.coffee()
    small = cv2.resize(coffee, (150, 100), interpolation=cv2.INTER_AREA)
    result = upscale.run({"image": small}, {"scale": scale})
    assert result.pixels.shape == (round(100 * scale), round(150 * scale), 3)
    size = (round(150 * scale), round(100 * scale))
    expected = Image.fromarray(small).resize(size, Image.Resampling.LANCZOS)
    assert psnr(np.asarray(expected), result.pixels) > 38
    assert result.model.name == "lanczos"


def test_upscaling_keeps_alpha():
    assert upscale.run({"image": cutout()}, {"scale": 2}).pixels.shape == (600, 400, 4)


@pytest.mark.parametrize("scale", [0, 1, 4.1, -2, "2", None, True, [2]])
def test_a_scale_is_above_one_and_at_most_four(scale):
    error = refusal(upscale.run, {"image": cutout()}, {"scale": scale})
    assert error.message.startswith("params.scale")


def test_upscaling_beyond_100_megapixels_is_refused():
    image = np.zeros((3000, 3000, 3), np.uint8)
    assert "100 megapixels" in refusal(upscale.run, {"image": image}, {"scale": 4}).message


def test_pictures_are_read_from_our_png_and_from_other_formats():
    pixels = cutout()
    assert (read_picture(encode_png(pixels), {}) == pixels).all()
    assert read_picture(encode_jpeg(pixels[..., :3]), {}).shape == (300, 200, 3)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP", lossless=True)
    assert read_picture(buffer.getvalue(), {}).shape == (300, 200, 4)


def test_the_photo_limit_can_be_lowered_by_a_parameter():
    with pytest.raises(Exception, match="photo_too_large"):
        read_photo(encode_png(np.zeros((300, 300, 3), np.uint8)), {"max_megapixels": 0.05})
    error = refusal(read_photo, b"", {"max_megapixels": 1000})
    assert error.message.startswith("params.max_megapixels")


def test_every_task_has_one_engine():
    assert {task: engine.input_name for task, engine in ENGINES.items()} == {
        "segment": "photo",
        "place": "cutout",
        "upscale": "image",
    }
