"""The scenes' contact sheet: every studio scene around every sample."""

from pathlib import Path

import numpy as np

from benchmarks.sheet import COMMITTED, Row, fitted, write_sheet
from imaging.frame import Frame, floor_line
from imaging.layout import bounding_box, layout_scene
from imaging.pixels import Pixels
from imaging.resize import resize
from models import segment
from models.place.backdrop import Canvas, Look
from models.place.scenes import SceneSpec, load_scene, scene_names
from models.place.shading import ShadowChoice
from models.place.studio import render
from models.training.evaluation.sets import sample_photos

_CELL = 168
_FINER = 3
_FILL = 0.68
_LARGEST = 1600


def scenes(packages: Path | None) -> Path:
    """A row a scene, in its own colours and lighting; the samples are cut out by the model."""
    products = {path.stem: _product(rgb) for path, rgb in sample_photos()}
    rows = []
    for name in scene_names():
        spec = load_scene(name)
        cells = [_placed(spec, product) for product in products.values()]
        rows.append(Row(f"{name}: {spec.description}", cells))
    return write_sheet(COMMITTED / "scenes.jpg", list(products), rows, _CELL)


def _product(rgb: Pixels) -> Pixels:
    """The sample cut out and trimmed, RGBA, moderately large."""
    cutout = segment.run({"photo": rgb}, {}).pixels
    box = bounding_box(np.ascontiguousarray(cutout[:, :, 3]))
    assert box
    trimmed = cutout[box.y : box.y + box.height, box.x : box.x + box.width]
    return fitted(np.ascontiguousarray(trimmed), _LARGEST)


def _placed(spec: SceneSpec, product: Pixels) -> Pixels:
    """The product in the scene, rendered larger than a cell and shrunk."""
    side = _FINER * _CELL
    frame = Frame(spec.name, side, side, _FILL, floor=floor_line(_FILL))
    plan = layout_scene(product.shape[1], product.shape[0], [frame])
    sized = resize(product, plan.product.width, plan.product.height)
    canvas = Canvas(plan.canvas_width, plan.canvas_height, plan.product)
    picture = render(spec, canvas, Look(lighting=spec.lighting), sized, ShadowChoice())
    return fitted(picture, _CELL)
