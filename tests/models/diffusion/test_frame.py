"""The model sees the product where it will stand, and what it makes of the product is not kept."""

import dataclasses

import cv2
import numpy as np
import pytest

from imaging.layout import Box
from models.place.diffusion.frame import finish, keep_product, plan_frame
from models.place.diffusion.shapes import Shapes
from tests.models.diffusion.products import BOX, CANVAS, bottle

SD15 = Shapes(4, 9, (768,), 0, 8, 512, 64, 0.18215, (12,), 0)
SDXL = dataclasses.replace(SD15, side=1024, multiple=32)


@pytest.mark.parametrize(
    ("canvas", "size", "inner"),
    [
        ((2000, 2000), (512, 512), Box(0, 0, 512, 512)),
        ((100, 100), (512, 512), Box(0, 0, 512, 512)),
        ((1600, 2000), (512, 640), Box(0, 0, 512, 640)),
        ((3000, 2000), (768, 512), Box(0, 0, 768, 512)),
        ((2000, 1500), (704, 512), Box(10, 0, 683, 512)),
        ((6000, 1000), (1024, 192), Box(0, 10, 1024, 171)),
        ((16, 24_000), (64, 1024), Box(31, 0, 1, 1024)),
    ],
)
def test_the_frame_has_the_canvas_shape_at_the_models_own_size(canvas, size, inner):
    frame = plan_frame(canvas, SD15)
    assert ((frame.width, frame.height), frame.inner) == (size, inner)


def test_a_larger_model_works_at_its_larger_size():
    frame = plan_frame((2000, 2000), SDXL)
    assert (frame.width, frame.height) == (1024, 1024)


def test_the_product_is_kept_a_little_beyond_its_edge_and_all_else_is_free():
    frame = plan_frame((200, 160), SD15)
    block = np.full((50, 40, 4), (220, 0, 0, 255), np.uint8)
    kept = keep_product(block, Box(60, 40, 40, 50), frame)
    left, top = frame.inner.x + 60 * frame.scale, frame.inner.y + 40 * frame.scale
    rows, columns = np.nonzero(kept.mask)
    ends = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    right, bottom = left + 40 * frame.scale, top + 50 * frame.scale
    wanted = [left - 2, top - 2, right + 2, bottom + 2]
    assert (np.abs(np.array(wanted) - ends) <= 1).all()
    assert (kept.rgb[~kept.mask] == 128).all()
    # The rim has the product's red, not the black of clear pixels.
    assert (kept.rgb[kept.mask] == (220, 0, 0)).all()


def test_a_product_at_the_canvas_edge_stays_in_the_frame():
    frame = plan_frame((999, 500), SD15)
    kept = keep_product(
        bottle(), Box(999 - BOX.width, 500 - BOX.height, BOX.width, BOX.height), frame
    )
    assert kept.mask.shape == (frame.height, frame.width) and kept.mask.any()


def test_what_the_model_made_of_the_product_is_painted_over_from_around_it():
    frame = plan_frame(CANVAS, SD15)
    kept = keep_product(bottle(), BOX, frame)
    painted = np.full((frame.height, frame.width, 3), (30, 120, 60), np.uint8)
    painted[cv2.dilate(kept.mask.astype(np.uint8), np.ones((5, 5))) > 0] = (255, 0, 0)
    scene = finish(painted, kept, frame)
    assert scene.shape == (frame.inner.height, frame.inner.width, 3)
    assert (np.abs(scene.astype(int) - (30, 120, 60)) <= 1).all()


def test_without_any_product_the_scene_is_what_was_painted():
    frame = plan_frame((512, 512), SD15)
    kept = keep_product(np.zeros((40, 40, 4), np.uint8), Box(10, 10, 40, 40), frame)
    painted = np.random.default_rng(0).integers(0, 256, (512, 512, 3), np.uint8)
    assert not kept.mask.any()
    assert (finish(painted, kept, frame) == painted).all()
