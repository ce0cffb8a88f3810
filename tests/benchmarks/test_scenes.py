"""The rival of the scenes' speed table does what it is said to do, over the scene's background."""

import numpy as np
from PIL import Image

from benchmarks.scenes import empty_scene, product_box, weekend_script

SIDE = 96
PRODUCT = np.full((60, 40, 4), (200, 30, 30, 255), np.uint8)


def script_over(background: "np.ndarray") -> "np.ndarray":
    opened = Image.fromarray(background).convert("RGBA")
    box = product_box(PRODUCT, SIDE)
    return np.asarray(weekend_script(opened, Image.fromarray(PRODUCT), box))


def test_the_product_stands_in_the_middle_inside_the_canvas():
    box = product_box(PRODUCT, SIDE)
    assert (box.width, box.height) == (44, 65)
    assert box.x == (SIDE - box.width) // 2
    assert 0 < box.y < SIDE - box.height - box.y


def test_the_scripts_product_is_as_it_was_and_its_shadow_darkens_below_it():
    box = product_box(PRODUCT, SIDE)
    picture = script_over(np.full((SIDE, SIDE, 3), 255, np.uint8))
    inside = picture[box.y + 2 : box.y + box.height - 2, box.x + 2 : box.x + box.width - 2]
    assert (inside == (200, 30, 30)).all()
    assert picture[box.y + box.height, SIDE // 2].max() < 200
    assert (picture[:4] == 255).all()


def test_an_empty_scene_is_the_scene_without_a_product():
    box = product_box(PRODUCT, SIDE)
    assert (empty_scene("white", SIDE, box) == 255).all()
    assert np.ptp(empty_scene("studio", SIDE, box)) > 10
