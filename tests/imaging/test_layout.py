"""One scene serves every frame: no crop leaves the canvas, none cuts the product."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.frame import Frame
from imaging.layout import (
    MAX_CANVAS_PIXELS,
    MAX_STRETCH,
    MAX_UPSCALE,
    MAX_UPSCALED_PIXELS,
    Box,
    bounding_box,
    layout_scene,
    scale_box,
)

frames = st.lists(
    st.builds(
        Frame,
        name=st.text(min_size=1, max_size=4),
        width=st.integers(64, 4000),
        height=st.integers(64, 4000),
        fill=st.floats(0.2, 1.0),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda frame: frame.name,
)
sides = st.integers(1, 12_000)


@settings(max_examples=300, deadline=None)
@given(sides, sides, frames, st.floats(0, 1))
def test_every_frame_holds_the_whole_product_at_its_fill(width, height, frames, baseline):
    layout = layout_scene(width, height, frames, baseline)
    product = layout.product
    assert 0 < layout.scale <= 1
    assert product.width >= 1 and product.height >= 1
    assert layout.canvas_width * layout.canvas_height <= MAX_CANVAS_PIXELS
    for frame in frames:
        crop = layout.crops[frame.name]
        assert crop.x >= 0 and crop.y >= 0
        assert crop.x + crop.width <= layout.canvas_width
        assert crop.y + crop.height <= layout.canvas_height
        assert crop.x <= product.x and crop.y <= product.y
        assert crop.x + crop.width >= product.x + product.width
        assert crop.y + crop.height >= product.y + product.height
        # The product fills its share of the limiting side, and no more of the other.
        spare = frame.fill * crop.width - product.width, frame.fill * crop.height - product.height
        assert min(spare) >= -1.001
        assert min(abs(each) for each in spare) <= 1.001


@settings(max_examples=300, deadline=None)
@given(st.integers(50, 9000), st.integers(50, 9000), frames)
def test_crops_have_their_frames_aspect(width, height, frames):
    layout = layout_scene(width, height, frames)
    for frame in frames:
        crop = layout.crops[frame.name]
        across = abs(crop.height * frame.width / frame.height - crop.width)
        down = abs(crop.width * frame.height / frame.width - crop.height)
        assert min(across, down) <= 1.001


@settings(max_examples=300, deadline=None)
@given(sides, sides, frames)
def test_the_canvas_is_enlarged_until_no_frame_is_starved(width, height, frames):
    layout = layout_scene(width, height, frames)
    assert 1 <= layout.upscale <= MAX_UPSCALE
    area = layout.canvas_width * layout.canvas_height
    assert layout.upscale == 1 or area * layout.upscale**2 <= MAX_UPSCALED_PIXELS * 1.001
    wanted = max(f.fill * min(f.width / width, f.height / height) for f in frames)
    needed = wanted / layout.scale
    if needed <= MAX_STRETCH:
        assert layout.upscale == 1
    elif needed <= MAX_UPSCALE and area * needed**2 <= MAX_UPSCALED_PIXELS:
        assert layout.upscale == pytest.approx(needed, abs=1e-3)


def test_a_large_photo_is_shrunk_to_what_the_frames_need():
    layout = layout_scene(3000, 4000, [Frame("square", 2000, 2000, 0.85)])
    assert layout.scale == pytest.approx(0.425)
    assert (layout.canvas_width, layout.canvas_height) == (2000, 2000)
    assert layout.upscale == 1


def test_a_small_photo_keeps_its_pixels_and_asks_for_enlargement():
    layout = layout_scene(600, 800, [Frame("square", 2000, 2000, 0.85)])
    assert layout.scale == 1
    assert layout.upscale == pytest.approx(2000 * 0.85 / 800, abs=1e-3)


def test_without_a_floor_the_product_is_centred():
    layout = layout_scene(1000, 1000, [Frame("square", 1000, 1000, 0.5)])
    left = layout.product.x
    right = layout.canvas_width - layout.product.x - layout.product.width
    above = layout.product.y
    below = layout.canvas_height - layout.product.y - layout.product.height
    assert abs(left - right) <= 1
    assert above / (above + below) == pytest.approx(0.5, abs=0.005)


def test_the_canvas_stays_under_a_callers_cap():
    layout = layout_scene(4000, 3000, [Frame("a", 4000, 4000, 0.3)], max_canvas_pixels=1_000_000)
    assert layout.canvas_width * layout.canvas_height <= 1_000_000
    assert layout.upscale == 4


def test_impossible_requests_are_refused():
    frame = Frame("a", 100, 100, 0.5)
    for product, wanted in (((0, 5), [frame]), ((5, 5), []), ((5, 5), [frame, frame])):
        with pytest.raises(ValueError):
            layout_scene(*product, wanted)
    with pytest.raises(ValueError):
        Frame("b", 100, 100, 0)


def test_scaling_a_box_by_a_whole_factor_is_exact():
    assert scale_box(Box(3, 4, 10, 20), 2) == Box(6, 8, 20, 40)
    assert scale_box(Box(3, 4, 1, 1), 0.1) == Box(0, 0, 1, 1)


def test_the_bounding_box_ignores_haze():
    alpha = np.full((50, 60), 5, np.uint8)
    assert bounding_box(alpha) is None
    alpha[10:20, 30:35] = 200
    assert bounding_box(alpha) == Box(30, 10, 5, 10)
