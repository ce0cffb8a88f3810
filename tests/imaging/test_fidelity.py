"""An untouched product measures as equal at any scale, and every damage breaks the limits."""

import io
from dataclasses import asdict

import cv2
import numpy as np
import pytest
from PIL import Image

from imaging.composite import lay_over
from imaging.fidelity.ruler import Figures, Ruler
from imaging.frame import Frame
from imaging.framing import Place, crop_to_frame, fit_in_frame, fitted_box, place_in_crop
from imaging.layout import Box, SceneLayout, layout_scene
from imaging.resize import resize
from opal.job_options import default_recipe

BOX = Box(60, 40, 300, 360)
SCALES = [1.0, 0.3, 2.0]


def cutout(textured: bool) -> np.ndarray:
    """A rounded product with a soft outline, printed or of one smooth colour."""
    y, x = np.mgrid[0:460, 0:420].astype(np.float32)
    part = ((x - 210) / 150) ** 4 + ((y - 220) / 180) ** 4
    alpha = np.clip((1 - part) * 40 + 0.5, 0, 1)
    colour = np.empty((460, 420, 3), np.float32)
    colour[:] = (170, 60, 50)
    colour += ((x - 210) / 8)[:, :, None]
    if textured:
        weave = 25 * np.sin(x / 2.1) * np.sin(y / 2.7)
        noise = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 20, x.shape), (0, 0), 1.2)
        colour += (weave + noise)[:, :, None]
        colour = np.clip(colour, 0, 255).astype(np.uint8)
        colour[150:290, 130:290] = (235, 228, 210)
        for row, text in enumerate(("SENCHA", "No. 7", "net 100 g")):
            where = (135, 185 + 40 * row)
            cv2.putText(colour, text, where, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (30, 40, 60), 2)
    rgba = np.dstack([np.clip(colour, 0, 255), 255 * alpha])
    rgba[alpha == 0] = 0
    return np.rint(rgba).astype(np.uint8)


LIMITS = default_recipe().gate.fidelity
CUTOUTS = {"printed": cutout(True), "smooth": cutout(False)}


def placed(source: np.ndarray, scale: float, x: int = 60, y: int = 50) -> tuple[np.ndarray, Place]:
    """The product on a bright floor with a dark shadow at its foot."""
    width, height = round(BOX.width * scale), round(BOX.height * scale)
    canvas = np.empty((height + 120, width + 130, 3), np.float32)
    canvas[:] = (228, 222, 214)
    shadow = np.zeros(canvas.shape[:2], np.float32)
    foot = (60 + width // 2, 50 + height - 2)
    cv2.ellipse(shadow, foot, (round(0.4 * width), 4), 0, 0, 360, 1, -1)
    shadow = cv2.GaussianBlur(shadow, (0, 0), 2) + cv2.GaussianBlur(shadow, (0, 0), 9)
    canvas *= (1 - 0.8 * np.minimum(shadow, 1))[:, :, None]
    part = np.ascontiguousarray(source[BOX.y : BOX.y + BOX.height, BOX.x : BOX.x + BOX.width])
    picture = canvas.astype(np.uint8)
    lay_over(picture, resize(part, width, height), Box(x, y, width, height))
    return picture, Place(60, 50, width, height)


def measure(source: np.ndarray, box: Box, picture: np.ndarray, place: Place) -> Figures:
    return Ruler(source, box, place, picture.shape[1], picture.shape[0]).measure(picture)


def broken(figures: Figures) -> tuple[str, ...]:
    return LIMITS.broken_by(asdict(figures))


@pytest.mark.parametrize("kind", CUTOUTS)
@pytest.mark.parametrize("scale", SCALES)
def test_an_untouched_product_is_the_source_with_a_shadow_at_its_foot(kind, scale):
    picture, place = placed(CUTOUTS[kind], scale)
    figures = measure(CUTOUTS[kind], BOX, picture, place)
    assert figures.ssim > 0.997
    assert figures.delta_e_mean < 0.3
    assert figures.halo < 3
    # The filters soften an outline that is enlarged and shrunk back.
    assert figures.shift < (0.35 if scale > 1 else 0.01)


@pytest.mark.parametrize("kind", CUTOUTS)
@pytest.mark.parametrize("scale", SCALES)
def test_a_jpeg_of_good_quality_keeps_the_product(kind, scale):
    picture, place = placed(CUTOUTS[kind], scale)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=95, subsampling=0)
    figures = measure(CUTOUTS[kind], BOX, np.asarray(Image.open(buffer)), place)
    assert not broken(figures)


def repainted(source: np.ndarray, scale: float) -> np.ndarray:
    painted = source.copy()
    painted[170:230, 160:230, :3] = (60, 140, 90)
    return placed(painted, scale)[0]


def moved(source: np.ndarray, scale: float) -> np.ndarray:
    """By one pixel of the smaller of both resolutions."""
    return placed(source, scale, x=60 + max(1, round(scale)))[0]


def recoloured(source: np.ndarray, scale: float) -> np.ndarray:
    other = source.copy()
    other[:, :, :3] = np.rint(other[:, :, :3] * np.array([0.93, 1.0, 1.1]))
    return placed(other, scale)[0]


def blurred(source: np.ndarray, scale: float) -> np.ndarray:
    return cv2.GaussianBlur(placed(source, scale)[0], (0, 0), 2 * max(1, scale))


@pytest.mark.parametrize("kind", CUTOUTS)
@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("damage", [repainted, moved, recoloured, blurred])
def test_a_damaged_product_breaks_the_limits(kind, scale, damage):
    _, place = placed(CUTOUTS[kind], scale)
    assert broken(measure(CUTOUTS[kind], BOX, damage(CUTOUTS[kind], scale), place))


@pytest.mark.parametrize("kind", CUTOUTS)
@pytest.mark.parametrize("scale", [1.0, 0.3])
@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.parametrize("level", [0, 255])
def test_a_fringe_around_the_product_is_a_halo(kind, scale, width, level):
    picture, place = placed(CUTOUTS[kind], scale)
    clean = measure(CUTOUTS[kind], BOX, picture, place).halo
    size = (int(place.width), int(place.height))
    alpha = np.zeros(picture.shape[:2], np.uint8)
    part = CUTOUTS[kind][BOX.y : BOX.y + BOX.height, BOX.x : BOX.x + BOX.width, 3]
    alpha[50 : 50 + size[1], 60 : 60 + size[0]] = resize(np.ascontiguousarray(part), *size)
    grown = cv2.dilate(cv2.inRange(alpha, 250, 255), np.ones((3, 3), np.uint8), iterations=width)
    picture[(grown > 0) & (alpha < 250)] = level
    halo = measure(CUTOUTS[kind], BOX, picture, place).halo
    assert halo > clean + 4
    assert halo > (LIMITS.max_halo or 0)


def layout_of(source: np.ndarray, frame: Frame, upscale: float) -> tuple[np.ndarray, SceneLayout]:
    """A scene for a large frame and this one, enlarged afterwards by a filter."""
    large = Frame("large", 500, 470, 0.8)
    layout = layout_scene(BOX.width, BOX.height, [large, frame])
    canvas = np.full((layout.canvas_height, layout.canvas_width, 3), 235, np.uint8)
    part = np.ascontiguousarray(source[BOX.y : BOX.y + BOX.height, BOX.x : BOX.x + BOX.width])
    target = layout.product
    lay_over(canvas, resize(part, target.width, target.height), target)
    size = round(canvas.shape[1] * upscale), round(canvas.shape[0] * upscale)
    return resize(canvas, *size), layout


@pytest.mark.parametrize("frame", [Frame("f", 333, 401, 0.71), Frame("f", 611, 290, 0.93)])
@pytest.mark.parametrize("upscale", [1.0, 1.37])
def test_a_crop_is_undone_to_the_fraction_of_a_pixel(frame, upscale):
    source = CUTOUTS["printed"]
    scene, layout = layout_of(source, frame, upscale)
    picture = crop_to_frame(scene, layout.crops["f"], scene.shape[1] / layout.canvas_width, frame)
    place = place_in_crop(layout, frame, scene.shape[1], scene.shape[0])
    found = measure(source, BOX, picture, place)
    assert found.ssim > 0.996
    assert not broken(found)
    beside = Place(place.x + 0.25, place.y, place.width, place.height)
    assert broken(measure(source, BOX, picture, beside))


def test_a_cut_out_alone_is_compared_with_its_transparency():
    source = CUTOUTS["printed"]
    frame = Frame("alone", 300, 300, 0.9)
    picture, fitted = fit_in_frame(source, BOX, frame), fitted_box(BOX, frame)
    place = Place(fitted.x, fitted.y, fitted.width, fitted.height)
    figures = measure(source, BOX, picture, place)
    assert figures.ssim == pytest.approx(1, abs=1e-5)
    assert figures.delta_e_mean == 0
    assert not broken(figures)
    holed = picture.copy()
    holed[120:180, 120:180, 3] = 120
    assert broken(measure(source, BOX, holed, place))


def test_a_product_that_is_not_in_the_picture_cannot_be_compared():
    picture, _ = placed(CUTOUTS["smooth"], 1.0)
    with pytest.raises(ValueError, match="not in the picture"):
        measure(CUTOUTS["smooth"], BOX, picture, Place(9000, 50, 300, 360))


def test_a_product_without_an_opaque_pixel_cannot_be_compared():
    clear = CUTOUTS["smooth"].copy()
    clear[:, :, 3] //= 2
    picture, place = placed(clear, 1.0)
    with pytest.raises(ValueError, match="opaque"):
        measure(clear, BOX, picture, place)
