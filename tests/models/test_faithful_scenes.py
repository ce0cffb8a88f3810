"""The product is the photo's in every studio scene, before and after it is encoded."""

from dataclasses import asdict
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from imaging.decode import decode_photo
from imaging.encode import encode_jpeg, load_export
from imaging.fidelity.ruler import Ruler
from imaging.foreground import cut_out
from imaging.framing import Place
from imaging.layout import Box, bounding_box
from models.place import task
from models.place.scenes import scene_names
from opal.job_options import default_recipe

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
SIDE = 480


@cache
def sample(name: str) -> tuple[np.ndarray, Box]:
    """A sample cut out along its exact matte, and the product's box."""
    rgb = decode_photo((SAMPLES / name).read_bytes()).rgb
    matte = cv2.imread(str(SAMPLES / "mattes" / f"{Path(name).stem}.png"), cv2.IMREAD_GRAYSCALE)
    assert matte is not None
    box = bounding_box(np.asarray(matte))
    assert box is not None
    return cut_out(rgb, np.asarray(matte)), box


@pytest.mark.parametrize("name", ["bottle.jpg", "mug.jpg"])
@pytest.mark.parametrize("scene", scene_names())
def test_a_scene_leaves_the_product_as_it_is(name, scene):
    source, box = sample(name)
    scale = 0.7 * SIDE / max(box.width, box.height)
    width, height = round(box.width * scale), round(box.height * scale)
    target = Box((SIDE - width) // 2, round(0.85 * SIDE) - height, width, height)
    params = {
        "scene": scene,
        "canvas": [SIDE, SIDE],
        "source_box": [box.x, box.y, box.width, box.height],
        "product_box": [target.x, target.y, width, height],
    }
    picture = task.run({"cutout": source}, params).pixels
    ruler = Ruler(source, box, Place(target.x, target.y, width, height), SIDE, SIDE)
    bare = ruler.measure(picture)
    assert bare.ssim == pytest.approx(1, abs=1e-6)
    assert bare.delta_e_p99 == 0
    encoded = ruler.measure(load_export(encode_jpeg(picture, 95)))
    assert not default_recipe().gate.fidelity.broken_by(asdict(encoded))
