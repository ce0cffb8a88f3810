"""A scene by prompt through the task `place`: the product itself lies over what was painted."""

import pytest

from models.errors import EndpointError
from models.place import task
from tests.models.diffusion.products import BOX, CANVAS, bottle

PARAMS = {
    "scene": "my kitchen",
    "prompt": "a marble table",
    "canvas": list(CANVAS),
    "product_box": [BOX.x, BOX.y, BOX.width, BOX.height],
    "steps": 3,
    "seed": 5,
}


def placed(**others):
    return task.run({"cutout": bottle()}, {**PARAMS, **others})


def test_the_opaque_product_is_unchanged_and_the_scene_is_painted_around_it(deploy, sd):
    deploy(sd.folder)
    result, product = placed(), bottle()
    inside = result.pixels[BOX.y : BOX.y + BOX.height, BOX.x : BOX.x + BOX.width]
    opaque = product[:, :, 3] == 255
    assert opaque.mean() > 0.3
    assert (inside[opaque] == product[opaque, :3]).all()
    assert result.pixels.shape == (80, 100, 3) and result.pixels.std() > 10
    assert result.model.name == "tiny" and result.quality["steps"] == 3
    assert (placed().pixels == result.pixels).all()


def test_its_shadow_lies_on_the_painted_scene_and_can_be_left_out(deploy, sd):
    deploy(sd.folder)
    with_shadow, without = (placed(shadow=each).pixels.astype(int) for each in (True, False))
    assert with_shadow.mean() < without.mean() - 0.2
    assert (with_shadow <= without + 3).mean() > 0.99


@pytest.mark.parametrize(
    ("name", "value"), [("steps", 0), ("guidance", 21), ("prompt", ""), ("negative_prompt", 1)]
)
def test_a_wrong_parameter_is_refused_before_anything_is_painted(deploy, sd, name, value):
    deploy(sd.folder)
    with pytest.raises(EndpointError, match=rf"params\.{name} ") as refused:
        placed(**{name: value})
    assert refused.value.status == 400
