"""Every scene looks as it looked when its golden image was accepted.

`python -m tests.models.renew_goldens` renews them. A picture that differs is kept in out/failed.
"""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from models.place.scenes import scene_names
from tests.models.golden_scenes import CANVAS, FOLDER, bottle, reduced, rendered

FAILED = Path(__file__).resolve().parents[2] / "out" / "failed"
LEAST_LIKENESS = 0.99
MOST_DIFFERENCE = 1.0


@pytest.mark.parametrize("name", scene_names())
def test_a_scene_looks_like_its_golden_image(name):
    made = reduced(rendered(name))
    kept = np.asarray(Image.open(FOLDER / f"{name}.png"))
    likeness = structural_similarity(made, kept, channel_axis=2)
    difference = np.abs(made.astype(float) - kept).mean()
    if likeness <= LEAST_LIKENESS or difference > MOST_DIFFERENCE:
        FAILED.mkdir(parents=True, exist_ok=True)
        path = FAILED / f"{name}.png"
        Image.fromarray(np.hstack([made, kept])).save(path)
        pytest.fail(f"SSIM {likeness:.4f}, difference {difference:.2f}: see {path}")


def test_every_golden_image_has_its_scene_and_is_small():
    files = {path.stem: path.stat().st_size for path in FOLDER.iterdir()}
    assert set(files) == set(scene_names())
    assert max(files.values()) < 120_000 and sum(files.values()) < 1_200_000


def test_white_without_shadow_is_255_wherever_the_product_is_not():
    picture = rendered("white", shadow=False)
    assert (picture[_clear(picture)] == 255).all()


def test_white_with_shadow_is_255_outside_the_shadow():
    picture = rendered("white", shadow=True)
    product = CANVAS.product
    under = picture[product.y + product.height - 8 :, product.x : product.x + product.width]
    assert under.min() < 230
    border = np.ones(picture.shape[:2], bool)
    border[24:-24, 24:-24] = False
    assert (picture[border] == 255).all()
    assert (picture[: product.y] == 255).all()


def _clear(picture: np.ndarray) -> np.ndarray:
    """Where no part of the product is."""
    clear = np.ones(picture.shape[:2], bool)
    box = CANVAS.product
    clear[box.y : box.y + box.height, box.x : box.x + box.width] = bottle()[:, :, 3] == 0
    return clear
