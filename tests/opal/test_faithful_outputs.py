"""A file whose product is not the photo's is held back; an approved or a finer one goes out."""

import hashlib
import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from activities import export_variant
from imaging.composite import lay_over
from imaging.encode import encode_jpeg
from imaging.layout import Box, layout_scene
from imaging.resize import resize
from opal.documents import CompleteItem, InspectedPhoto, ItemRef, Output
from opal.gate import FidelityLimits
from opal.recipe import ExportPreset, ExportSource, Placement
from tests.opal.activities import call, item_in_processing, stored

PRODUCT = Box(40, 30, 200, 160)
JPEG = ExportPreset(name="square", width=320, height=320)
SCENE_PATH = "outputs/demo/{job}/{item}/white/square.jpg"
REVIEW_PATH = "work/demo/review/{job}/{item}/white/square.jpg"

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def item(app) -> ItemRef:
    """An item that is being processed."""
    return item_in_processing()


def pixels_of_cutout(noise: float = 6) -> np.ndarray:
    """A printed product with a grain."""
    pixels = np.zeros((220, 280, 4), np.uint8)
    part = pixels[30:190, 40:240]
    grain = np.random.default_rng(2).normal(0, noise, (160, 200, 1))
    part[:, :, :3] = np.clip(np.array([170, 90, 60]) + grain, 0, 255)
    for row, text in enumerate(("SENCHA", "No. 7")):
        cv2.putText(part, text, (20, 60 + 50 * row), 2, 1.2, (240, 235, 220, 255), 2)
    part[:, :, 3] = 255
    return pixels


def exporting(
    blobs: Any,
    item: ItemRef,
    preset: ExportPreset = JPEG,
    damage: Callable[[np.ndarray], Any] | None = None,
    noise: float = 6,
    **changes: Any,
) -> dict[str, Any]:
    """A request to export a preset of a placed picture that may have been damaged."""
    from activities.framing import frame_of

    source = pixels_of_cutout(noise)
    box = [PRODUCT.x, PRODUCT.y, PRODUCT.width, PRODUCT.height]
    cutout = stored(blobs, "work/demo/segment/cut.png", source, product_box=box)
    scene = preset.model_copy(update={"source": ExportSource.SCENE})
    frame = frame_of(scene, Placement(), floor=True)
    layout = layout_scene(PRODUCT.width, PRODUCT.height, [frame])
    canvas = np.full((layout.canvas_height, layout.canvas_width, 3), 240, np.uint8)
    target = layout.product
    part = np.ascontiguousarray(source[30:190, 40:240])
    lay_over(canvas, resize(part, target.width, target.height), target)
    if damage is not None:
        damage(canvas[target.y : target.y + target.height, target.x : target.x + target.width])
    picture = stored(blobs, "work/demo/place/p.png", canvas)
    alone = preset.source is ExportSource.CUTOUT
    return {
        "item": item.dump(),
        "cutout": cutout.dump(),
        "picture": None if alone else picture.dump(),
        "photo_sha256": "5f" * 32,
        "made_by": {"segment": cutout.model, "place": {"name": "studio", "version": "2"}},
        "scene": "cutout" if alone else "white",
        "preset": preset.dump(),
        "exports": [preset.dump()],
        **changes,
    }


def export(request: dict[str, Any]) -> Output:
    return Output.parse(call(export_variant, request))


def repaint(product: np.ndarray) -> None:
    product[20:70, 30:90] = (40, 120, 200)


def path_of(item: ItemRef, pattern: str) -> str:
    return pattern.format(job=item.job_id, item=item.item_id)


def test_a_faithful_file_goes_out_with_its_figures(item, blobs):
    made = export(exporting(blobs, item))
    assert not made.held
    assert made.path == path_of(item, SCENE_PATH)
    assert made.fidelity is not None
    assert made.fidelity.ssim >= 0.99
    assert made.fidelity.delta_e_mean <= 1
    data = blobs.read(made.path)
    assert hashlib.sha256(data).hexdigest() == made.sha256
    assert f"ssim>{made.fidelity.ssim:g}<".encode() in Image.open(io.BytesIO(data)).info["xmp"]
    metadata = blobs.properties(made.path).metadata
    assert float(metadata["fidelity_delta_e_mean"]) == made.fidelity.delta_e_mean


def test_a_damaged_product_waits_for_a_person_and_goes_out_when_approved(item, blobs):
    request = exporting(blobs, item, damage=repaint)
    held = export(request)
    assert held.held
    assert held.path == path_of(item, REVIEW_PATH)
    assert held.fidelity is not None
    assert held.fidelity.changed > 0.05
    assert blobs.properties(path_of(item, SCENE_PATH)) is None
    waiting = blobs.read(held.path)
    out = export(request | {"approved": True})
    assert not out.held
    assert out.path == path_of(item, SCENE_PATH)
    assert blobs.read(out.path) == waiting
    assert out.fidelity == held.fidelity
    assert blobs.properties(held.path) is None


def test_the_recipes_limits_decide(item, blobs):
    lenient = {**dict.fromkeys(FidelityLimits.model_fields), "max_delta_e_mean": 50}
    assert not export(exporting(blobs, item, damage=repaint, limits=lenient)).held
    assert export(exporting(blobs, item, limits={"min_ssim": 1.0})).held


@pytest.mark.parametrize(("kind", "suffix"), [("jpeg", "jpg"), ("webp", "webp")])
def test_no_file_is_held_because_of_its_encoding_alone(item, blobs, kind, suffix):
    coarse = JPEG.model_copy(update={"format": kind, "quality": 30})
    made = export(exporting(blobs, item, coarse, noise=25))
    assert not made.held
    assert made.path.endswith(suffix)
    assert made.fidelity is not None
    assert made.fidelity.ssim >= 0.99


def test_a_damaged_product_is_held_in_the_quality_that_was_asked_for(item, blobs):
    coarse = JPEG.model_copy(update={"quality": 60})
    held = export(exporting(blobs, item, coarse, damage=repaint))
    image = Image.open(io.BytesIO(blobs.read(held.path)))
    asked = encode_jpeg(np.asarray(image), 60)
    assert image.quantization == Image.open(io.BytesIO(asked)).quantization


def test_a_cut_out_alone_is_proven_too(item, blobs):
    alone = ExportPreset(
        name="alone", source=ExportSource.CUTOUT, width=300, height=260, format="png"
    )
    made = export(exporting(blobs, item, alone))
    assert not made.held
    assert made.fidelity is not None
    assert made.fidelity.delta_e_mean < 0.1
    image = Image.open(io.BytesIO(blobs.read(made.path)))
    image.load()
    assert "algorithmicallyEnhanced" in image.info["XML:com.adobe.xmp"]


@pytest.mark.parametrize(
    ("generated", "term"),
    [(False, b"/composite<"), (True, b"/compositeWithTrainedAlgorithmicMedia<")],
)
def test_a_file_says_whether_its_scene_was_generated(item, blobs, generated, term):
    made = export(exporting(blobs, item, generated=generated))
    packet = Image.open(io.BytesIO(blobs.read(made.path))).info["xmp"]
    assert term in packet
    assert b"5f" * 32 in packet
    assert b"a-net 7" in packet
    assert (b"AISystemUsed>studio<" in packet) == generated


def test_the_same_request_writes_the_same_bytes(item, blobs):
    request = exporting(blobs, item)
    assert export(request).sha256 == export(request).sha256


def test_a_product_that_cannot_be_compared_is_held_by_any_limit(item, blobs):
    request = exporting(blobs, item)
    source = pixels_of_cutout()
    source[:, :, 3] //= 2
    box = request["cutout"]["quality"]["product_box"]
    request["cutout"] = stored(blobs, "work/demo/segment/h.png", source, product_box=box).dump()
    made = export(request)
    assert made.held
    assert made.fidelity is None
    assert not export(request | {"limits": dict.fromkeys(FidelityLimits.model_fields)}).held


def test_an_item_is_never_completed_with_a_held_output(item, blobs):
    held = export(exporting(blobs, item, damage=repaint))
    with pytest.raises(ValueError, match="waits for a person"):
        CompleteItem(item=item, photo=InspectedPhoto(), stages={}, outputs=(held,))
