"""Photographs that come inside two packages, with masks of ours that say what their product is.

The photos are read where scikit-image and scikit-learn are installed and are not copied; the
masks are `../photo_masks/*.png`, and what they take for the product is in the README there.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from imaging.pixels import Pixels

MASKS = Path(__file__).resolve().parents[1] / "photo_masks"
_FOLDERS = (("skimage", "data"), ("sklearn", "datasets/images"))
_FILES = {
    "astronaut": "astronaut.png",
    "camera": "camera.png",
    "chelsea": "chelsea.png",
    "china": "china.jpg",
    "coffee": "coffee.png",
    "coins": "coins.png",
    "flower": "flower.jpg",
    "motorcycle_left": "motorcycle_left.png",
    "rocket": "rocket.jpg",
}
NAMES = tuple(_FILES)
# The pagoda is cut along the trees in front of it, so it cannot stand anywhere else. Small grey
# coins lie on paper, but nobody photographs them on gravel.
IN_STUDIO = tuple(name for name in NAMES if name != "china")
IN_CLUTTER = tuple(name for name in IN_STUDIO if name != "coins")


@dataclass(frozen=True)
class Case:
    """A photo to cut out, and the truth: `name` is the product's, shared by its pictures.

    `rgb`: uint8, height x width x 3; `matte`: uint8, height x width, 0 clear to 255 product.
    """

    name: str
    rgb: Pixels
    matte: Pixels


def photo(name: str, packages: Path | None = None) -> Case:
    """One of NAMES, as it is. `packages`: a site-packages folder to look in first."""
    return Case(name, picture(_FILES[name], packages), read_grey(MASKS / f"{name}.png"))


def picture(file: str, packages: Path | None = None) -> Pixels:
    """A photo of one of the two packages, uint8 RGB. Raises ValueError where it is missing."""
    for module, folder in _FOLDERS:
        spec = importlib.util.find_spec(module)
        homes = [packages / module] if packages else []
        homes += [Path(spec.origin).parent] if spec and spec.origin else []
        for home in homes:
            if (home / folder / file).is_file():
                return read_colour(home / folder / file)
    raise ValueError(f"{file} is in neither scikit-image nor scikit-learn: install both")


def read_colour(path: Path) -> Pixels:
    """A file that OpenCV reads, as uint8 RGB."""
    found = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if found is None:
        raise ValueError(f"{path} cannot be read")
    return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB), np.uint8)


def read_grey(path: Path) -> Pixels:
    """A file that OpenCV reads, as uint8 grey, height x width."""
    found = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if found is None:
        raise ValueError(f"{path} cannot be read")
    return np.asarray(found, np.uint8)
