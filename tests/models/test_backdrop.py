"""Backdrops: for every canvas, the same each time, and in the product's scale."""

import cv2
import numpy as np
import pytest

from imaging.layout import Box
from imaging.light import to_linear
from models.place.backdrop import LIGHT_SIDE, Canvas, Look, paint
from models.place.scenes import load_scene, scene_names

CANVASES = {
    "square": Canvas(240, 240, Box(60, 60, 120, 130)),
    "wide": Canvas(300, 90, Box(20, 20, 60, 60)),
    "tall": Canvas(80, 300, Box(20, 150, 40, 60)),
    "filled": Canvas(120, 120, Box(0, 0, 120, 120)),
    "tiny": Canvas(16, 16, Box(4, 4, 6, 8)),
    "lonely": Canvas(200, 200, Box(100, 100, 1, 1)),
    "flat": Canvas(160, 120, Box(40, 20, 80, 90), "flat"),
}
RANDOM = ("marble", "wood", "concrete", "linen", "window")


def picture(name: str, canvas: Canvas, **look) -> np.ndarray:
    """The backdrop in linear light, at the light's size."""
    backdrop = paint(load_scene(name), canvas, Look(**look))
    if backdrop.texture is None:
        return backdrop.light
    size = backdrop.light.shape[1::-1]
    return to_linear(cv2.resize(backdrop.texture, size, interpolation=cv2.INTER_AREA)) * (
        backdrop.light
    )


@pytest.mark.parametrize("kind", CANVASES)
@pytest.mark.parametrize("name", scene_names())
def test_every_scene_is_painted_on_every_canvas(name, kind):
    canvas = CANVASES[kind]
    backdrop = paint(load_scene(name), canvas, Look())
    if backdrop.texture is not None:
        assert backdrop.texture.shape == (canvas.height, canvas.width, 3)
        assert backdrop.texture.dtype == np.uint8
    small = backdrop.light.shape[:2]
    assert backdrop.light.shape == (*small, 3) and max(small) <= LIGHT_SIDE
    assert backdrop.light.dtype == backdrop.floor.dtype == np.float32
    assert backdrop.floor.shape == small
    assert np.isfinite(backdrop.light).all() and backdrop.light.min() >= 0
    assert backdrop.floor.min() >= 0 and backdrop.floor.max() <= 1
    assert 0 <= backdrop.horizon <= 1
    if canvas.stance == "flat":
        assert backdrop.horizon == 0 and (backdrop.floor == 1).all()


@pytest.mark.parametrize("name", scene_names())
def test_the_product_stands_on_the_floor(name):
    backdrop = paint(load_scene(name), CANVASES["square"], Look())
    base = 190
    assert backdrop.horizon * 240 < base
    assert backdrop.floor[base - 2, 90:150].min() > 0.9


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_gives_one_backdrop_and_another_seed_another(name):
    once, again, other = (picture(name, CANVASES["square"], seed=seed) for seed in (3, 3, 4))
    assert (once == again).all()
    assert np.abs(once - other).max() > 0.05


@pytest.mark.parametrize("stance", ["standing", "flat"])
@pytest.mark.parametrize("name", RANDOM)
def test_the_pattern_keeps_to_the_products_size_not_to_pixels(name, stance):
    small = picture(name, Canvas(240, 240, Box(60, 60, 120, 130), stance))
    large = picture(name, Canvas(480, 480, Box(120, 120, 240, 260), stance))
    large = cv2.GaussianBlur(large, (0, 0), 2)
    shrunk = cv2.resize(large, (240, 240), interpolation=cv2.INTER_AREA)
    likeness = np.corrcoef(cv2.GaussianBlur(small, (0, 0), 2).ravel(), shrunk.ravel())[0, 1]
    assert likeness > 0.97


def test_a_product_twice_as_large_stands_on_a_pattern_twice_as_large():
    base = Canvas(400, 400, Box(150, 150, 100, 100), "flat")
    twice = Canvas(400, 400, Box(100, 100, 200, 200), "flat")
    small = paint(load_scene("marble"), base, Look(seed=1)).texture[100:300, 100:300]
    large = paint(load_scene("marble"), twice, Look(seed=1)).texture
    enlarged = cv2.resize(small, (400, 400), interpolation=cv2.INTER_CUBIC)
    both = [cv2.GaussianBlur(each, (0, 0), 6).ravel() for each in (enlarged, large)]
    assert np.corrcoef(*both)[0, 1] > 0.95


@pytest.mark.parametrize("kind", CANVASES)
def test_white_is_pure_white(kind):
    backdrop = paint(load_scene("white"), CANVASES[kind], Look(background=(1, 2, 3)))
    assert backdrop.texture is None and (backdrop.light == 1).all()


def test_the_light_comes_from_where_the_lighting_says():
    light = {
        name: paint(load_scene("concrete"), CANVASES["square"], Look(lighting=name)).light
        for name in ("side-lit", "golden")
    }
    side = light["side-lit"][200]
    assert side[20].sum() > side[220].sum()
    assert (light["golden"][200, 120] / side[120])[2] < (light["golden"][200, 120] / side[120])[0]


def test_brand_colours_and_paper_are_used_where_a_scene_takes_them():
    red, blue = (200, 30, 30), (20, 40, 160)
    canvas = CANVASES["square"]
    plain = picture("studio", canvas, background=red)
    assert plain[230, 20, 0] > 4 * plain[230, 20, 1]
    edge = picture("table-edge", canvas, palette=(red, blue))
    assert edge[230, 20].argmax() == 0 and edge[10, 20].argmax() == 2
    podium = picture("podium", canvas, palette=(red, blue))
    assert podium[175, 120].argmax() == 0 and podium[10, 20].argmax() == 2
    alone = picture("table-edge", canvas, palette=(blue,))
    assert alone[10, 20].sum() > 2 * alone[230, 20].sum()
    assert (picture("marble", canvas, palette=(red,)) == picture("marble", canvas)).all()


def test_an_unknown_lighting_is_refused_with_the_list_of_lightings():
    with pytest.raises(ValueError, match=r"no lighting 'noon'.*golden"):
        paint(load_scene("studio"), CANVASES["tiny"], Look(lighting="noon"))
