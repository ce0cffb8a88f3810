"""Padding and alignment: the product keeps off the borders, and stands where it is wanted."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.frame import Frame, Padding, floor_line, wanted_scale
from imaging.framing import fit_in_frame
from imaging.layout import Box, SceneLayout, layout_scene

shares = st.floats(0, 0.4)
paddings = st.builds(Padding, shares, shares, shares, shares)
horizontals = st.sampled_from(("left", "center", "right"))
verticals = st.sampled_from(("top", "middle", "bottom"))
sides = st.integers(20, 6000)
frames = st.builds(
    Frame,
    name=st.just("shop"),
    width=st.integers(200, 3000),
    height=st.integers(200, 3000),
    fill=st.floats(0.2, 1.0),
    padding=paddings,
    horizontal=horizontals,
    vertical=verticals,
)
OTHER = Frame("story", 1080, 1920, 0.8, Padding(0.1, 0.2, 0.3, 0.0), "right", "top")


def borders(box: Box, size: tuple[int, int], at: tuple[int, int] = (0, 0)) -> dict[str, int]:
    """The free pixels on each side of a box in a frame of this size that begins at `at`."""
    left, top = box.x - at[0], box.y - at[1]
    right, bottom = size[0] - left - box.width, size[1] - top - box.height
    return {"top": top, "right": right, "bottom": bottom, "left": left}


def check(free: dict[str, int], size: tuple[int, int], frame: Frame) -> None:
    """No border is less than its padding, and an aligned one is no more, to the pixel."""
    across = {"left", "right"}
    for side, pixels in free.items():
        padding = getattr(frame.padding, side) * (size[0] if side in across else size[1])
        assert pixels >= 0
        assert pixels >= padding - 1.001
        if side in {frame.horizontal, frame.vertical}:
            assert abs(pixels - padding) <= 1.001


@settings(max_examples=400)
@given(sides, sides, frames)
def test_on_a_scene_the_product_keeps_off_the_padding_and_touches_it_where_it_is_aligned(
    width, height, frame
):
    layout = layout_scene(width, height, [frame, OTHER])
    for each in (frame, OTHER):
        crop = layout.crops[each.name]
        size = crop.width, crop.height
        check(borders(layout.product, size, (crop.x, crop.y)), size, each)


@settings(max_examples=150)
@given(st.integers(1, 90), st.integers(1, 90), frames)
def test_a_cut_out_keeps_off_the_padding_and_touches_it_where_it_is_aligned(width, height, frame):
    cutout = np.full((100, 100, 4), 255, np.uint8)
    picture = fit_in_frame(cutout, Box(5, 6, width, height), frame)
    solid = picture[..., 3] > 0
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    box = Box(columns[0], rows[0], np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert picture.shape == (frame.height, frame.width, 4)
    check(borders(box, (frame.width, frame.height)), (frame.width, frame.height), frame)


@settings(max_examples=300)
@given(sides, sides, frames)
def test_the_product_is_as_large_as_fill_and_padding_allow(width, height, frame):
    scale = wanted_scale(width, height, frame)
    padding = frame.padding
    allowed = {
        min(frame.fill, 1 - padding.left - padding.right) - scale * width / frame.width,
        min(frame.fill, 1 - padding.top - padding.bottom) - scale * height / frame.height,
    }
    assert min(allowed) == pytest.approx(0, abs=1e-9)


@settings(max_examples=200)
@given(sides, sides, frames)
def test_no_alignment_makes_the_product_larger_or_smaller(width, height, frame):
    bare = Frame(frame.name, frame.width, frame.height, frame.fill, frame.padding)
    aligned, centred = layout_scene(width, height, [frame]), layout_scene(width, height, [bare])
    assert (aligned.scale, aligned.upscale) == (centred.scale, centred.upscale)
    assert aligned.product.width == centred.product.width


PRESETS = [
    Frame("square", 2000, 2000, 0.8),
    Frame("landscape", 2000, 1500, 0.8),
    Frame("portrait", 1080, 1920, 0.8),
]


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        (
            (1211, 1101),
            SceneLayout(
                *(1835, 2691, Box(312, 795, 1211, 1101), 1.0, 1.3212),
                {
                    "square": Box(161, 589, 1514, 1514),
                    "landscape": Box(0, 657, 1835, 1376),
                    "portrait": Box(161, 0, 1514, 2691),
                },
            ),
        ),
        (
            (3000, 4000),
            SceneLayout(
                *(2667, 2667, Box(733, 534, 1200, 1600), 0.4, 1.0),
                {
                    "square": Box(333, 334, 2000, 2000),
                    "landscape": Box(0, 334, 2667, 2000),
                    "portrait": Box(583, 0, 1500, 2667),
                },
            ),
        ),
    ],
)
def test_without_padding_and_alignment_a_layout_is_what_it_always_was(product, expected):
    """A layout that moved would make every stored scene again."""
    assert layout_scene(*product, PRESETS) == expected


@settings(max_examples=300)
@given(sides, sides, st.integers(200, 3000), st.integers(200, 3000), st.floats(0.2, 1.0))
def test_without_padding_and_alignment_a_product_stands_where_it_always_stood(
    width, height, frame_width, frame_height, fill
):
    layout = layout_scene(width, height, [Frame("shop", frame_width, frame_height, fill)])
    product, crop = layout.product, layout.crops["shop"]
    assert product.x - crop.x == (crop.width - product.width) // 2
    assert product.y - crop.y == round((crop.height - product.height) * 0.5)


@settings(max_examples=300)
@given(sides, sides, sides, sides, st.floats(0.3, 1.0), st.integers(300, 3000))
def test_on_a_floor_products_of_every_shape_stand_on_one_line(w1, h1, w2, h2, fill, height):
    frame = Frame("shop", 1000, height, fill, floor=floor_line(fill))
    lines = []
    for width, tall in ((w1, h1), (w2, h2)):
        layout = layout_scene(width, tall, [frame])
        product, crop = layout.product, layout.crops["shop"]
        lines.append((product.y + product.height - crop.y) / crop.height)
        assert lines[-1] == pytest.approx(floor_line(fill), abs=1.001 / crop.height)


def test_a_floor_that_the_padding_leaves_no_room_for_gives_way():
    low = Frame("shop", 1000, 1000, 0.8, Padding(bottom=0.3), floor=0.9)
    high = Frame("shop", 1000, 1000, 0.8, Padding(top=0.3), floor=0.5)
    for frame, edge in ((low, 700), (high, 300 + 700)):
        layout = layout_scene(400, 700, [frame])
        product, crop = layout.product, layout.crops["shop"]
        bottom = (product.y + product.height - crop.y) * 1000 / crop.height
        assert bottom == pytest.approx(edge, abs=1.5)


def test_an_aligned_product_leaves_the_floor():
    frame = Frame("shop", 1000, 1000, 0.5, vertical="top", floor=0.9)
    layout = layout_scene(500, 500, [frame])
    assert layout.product.y == layout.crops["shop"].y


@pytest.mark.parametrize(("side", "left"), [(60, 20), (61, 19)])
def test_without_alignment_a_cut_out_is_centred_to_the_left_and_upper_pixel(side, left):
    cutout = np.full((side, side, 4), 255, np.uint8)
    picture = fit_in_frame(cutout, Box(0, 0, side, side), Frame("shop", 100, 100, side / 100))
    assert np.flatnonzero(picture[50, :, 3])[0] == left
    assert np.flatnonzero(picture[:, 50, 3])[0] == left


@pytest.mark.parametrize(
    "sides",
    [{"top": -0.1}, {"left": 0.5, "right": 0.5}, {"top": 1.0}, {"bottom": math.nan}],
)
def test_a_padding_without_room_is_refused(sides):
    with pytest.raises(ValueError):
        Padding(**sides)


def test_a_floor_outside_the_frame_is_refused():
    with pytest.raises(ValueError):
        Frame("shop", 100, 100, 0.8, floor=1.1)
