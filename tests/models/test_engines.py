"""Each engine does its one thing to the pixels it is given."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from imaging.encode import encode_jpeg, encode_png
from models.engines import ENGINES
from models.errors import EndpointError
from models.place import task as place
from models.reading import read_photo, read_picture


def refusal(call, *arguments) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        call(*arguments)
    return caught.value


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
    assert result.model.name == "studio"


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
