"""Studio scenes: the product is untouched, the light is plausible, and wrong wishes are named."""

import numpy as np
import pytest

from imaging.layout import Box
from imaging.lighting import LIGHTINGS
from models.errors import EndpointError
from models.place import task
from models.place.backdrop import Canvas
from models.place.joining import Grain
from models.place.prompted import lay_in_painted
from models.place.scenes import scene_names

CANVAS = (240, 200)
BOX = [80, 60, 80, 100]
PARAMS = {"scene": "white", "canvas": list(CANVAS), "product_box": BOX}


def cutout(seed: int = 0) -> np.ndarray:
    """A product of random colours with an outline of random softness, and holes."""
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (BOX[3], BOX[2], 4), np.uint8)
    alpha = np.full((BOX[3], BOX[2]), 255)
    for _ in range(3):
        row, column = random.integers(0, BOX[3]), random.integers(0, BOX[2])
        size = random.integers(4, 25)
        alpha[row : row + size, column : column + size] = random.integers(0, 256)
    alpha[:, : random.integers(1, 6)] = random.integers(0, 200)
    pixels[..., 3] = alpha
    return pixels


def plain(colour: tuple[int, int, int] = (200, 30, 30)) -> np.ndarray:
    pixels = np.zeros((BOX[3], BOX[2], 4), np.uint8)
    pixels[:, 10:70] = (*colour, 255)
    return pixels


def place(pixels: np.ndarray, **change: object) -> np.ndarray:
    return task.run({"cutout": pixels}, {**PARAMS, **change}).pixels


def refusal(**change: object) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        place(plain(), **change)
    return caught.value


@pytest.mark.parametrize("scene", scene_names())
@pytest.mark.parametrize("seed", range(3))
def test_opaque_pixels_are_untouched_in_every_scene(scene, seed):
    product = cutout(seed)
    lighting = list(LIGHTINGS)[seed * 2]
    stance = ("standing", "flat")[seed % 2]
    picture = place(product, scene=scene, lighting=lighting, stance=stance, shadow=True, seed=seed)
    assert picture.shape == (CANVAS[1], CANVAS[0], 3) and picture.dtype == np.uint8
    x, y, width, height = BOX
    solid = product[..., 3] == 255
    assert (picture[y : y + height, x : x + width][solid] == product[solid][:, :3]).all()


@pytest.mark.parametrize("scene", scene_names())
def test_two_runs_are_equal_to_the_bit(scene):
    assert (place(cutout(), scene=scene, seed=5) == place(cutout(), scene=scene, seed=5)).all()


def test_white_is_255_without_a_shadow_and_outside_of_one():
    alone = place(plain())
    outside = np.ones(alone.shape[:2], bool)
    outside[BOX[1] : BOX[1] + BOX[3], BOX[0] + 10 : BOX[0] + 70] = False
    assert (alone[outside] == 255).all()
    shaded = place(plain(), shadow=True)
    assert (shaded[:50] == 255).all() and (shaded[:, :50] == 255).all()
    assert shaded[161, 120].max() < 235


@pytest.mark.parametrize("strength", [0, 0.0])
def test_a_shadow_of_no_strength_leaves_white_at_255(strength):
    assert (place(plain(), shadow={"strength": strength}) == place(plain())).all()


def test_the_shadow_is_asked_for_and_goes_where_it_is_asked_to():
    left = place(plain(), shadow={"direction": 0, "strength": 0.9})
    right = place(plain(), shadow={"direction": 180, "strength": 0.9})
    row = slice(120, 170)
    assert left[row, :80].mean() < left[row, 160:].mean() - 3
    assert right[row, 160:].mean() < right[row, :80].mean() - 3


def test_a_softer_shadow_has_a_softer_edge():
    hard, soft = (
        place(plain(), shadow={"direction": 180, "softness": softness}).astype(int)[..., 0]
        for softness in (0.0, 1.0)
    )
    assert np.abs(np.diff(hard[140:, 180])).max() > np.abs(np.diff(soft[140:, 180])).max()


def test_lightings_differ_and_the_answer_says_which_it_was():
    made = {name: place(plain(), scene="studio", lighting=name).tobytes() for name in LIGHTINGS}
    assert len(set(made.values())) == len(LIGHTINGS)
    result = task.run({"cutout": plain()}, {**PARAMS, "scene": "noir", "lighting": "golden"})
    assert result.quality == {"product_box": BOX, "scale": 1.0, "lighting": "golden"}
    assert (result.model.name, result.model.version) == ("studio", "2")
    assert task.run({"cutout": plain()}, PARAMS).quality["lighting"] == "eye-level"


def test_a_glossy_floor_mirrors_the_product_below_it():
    red, blue = (
        place(plain(colour), scene="noir", shadow=False).astype(int)
        for colour in ((220, 20, 20), (20, 20, 220))
    )
    difference = np.abs(red - blue).max(axis=2)
    assert difference[164, 120] > 20
    assert (difference[: BOX[1]] == 0).all()
    assert difference[164, 120] > difference[190, 120]


def test_a_flat_product_has_its_shadow_around_it_and_is_not_mirrored():
    picture = place(plain(), stance="flat", shadow={"direction": 90})
    assert picture[162, 120].max() < 240 and picture[150, 152].max() < 252
    red, blue = (place(plain(c), scene="noir", stance="flat") for c in ((220, 0, 0), (0, 0, 220)))
    assert (red[164:] == blue[164:]).all()


def test_soft_edges_take_light_from_the_scene():
    product = plain((0, 0, 0))
    product[:, 5:10] = (0, 0, 0, 128)
    picture = place(product, scene="gradient", background="#ff4040", shadow=False)
    edge = picture[100, BOX[0] + 7].astype(int)
    bare = picture[100, BOX[0] + 2].astype(int)
    half = 255 * (0.5 * (bare / 255) ** 2.2) ** (1 / 2.2)
    assert edge[0] > half[0] + 3


def test_grain_is_added_to_the_scene_and_not_to_white():
    def noisy(times: int) -> np.ndarray:
        pixels = np.full((BOX[3] * times, BOX[2] * times, 4), 255, np.uint8)
        noise = np.random.default_rng(1).normal(130, 3, pixels.shape[:2])
        pixels[..., :3] = np.clip(np.rint(noise), 0, 255)[:, :, None]
        pixels[:4, :, 3] = 0
        return pixels

    def roughness(pixels: np.ndarray) -> float:
        return float(np.diff(place(pixels, scene="studio")[:30].astype(int), axis=1).std())

    clean = roughness(plain())
    assert roughness(noisy(1)) > clean + 1
    # Shrunk, noise averages out.
    assert clean + 0.1 < roughness(noisy(4)) < clean + 1
    assert (place(noisy(1))[:40] == 255).all()


@pytest.mark.parametrize(
    "box", [[0, 0, 80, 100], [160, 100, 80, 100], [0, 0, 240, 200], [100, 199, 5, 1]], ids=str
)
@pytest.mark.parametrize("scene", ["white", "noir", "wood"])
def test_a_product_at_the_canvas_edge_is_placed(box, scene):
    picture = place(plain(), scene=scene, product_box=box, shadow=True)
    assert picture.shape == (CANVAS[1], CANVAS[0], 3)


@pytest.mark.parametrize("canvas", [[16, 16], [16, 600], [3000, 20]], ids=str)
def test_small_and_odd_canvases_are_painted(canvas):
    for scene in scene_names():
        picture = place(plain(), scene=scene, canvas=canvas, product_box=[4, 4, 9, 9], shadow=True)
        assert picture.shape == (canvas[1], canvas[0], 3)


def test_an_empty_cut_out_leaves_the_scene():
    empty = np.zeros((10, 10, 4), np.uint8)
    assert (place(empty, shadow=True) == 255).all()


def test_an_unknown_scene_is_refused_with_those_that_exist():
    error = refusal(scene="beach")
    assert (error.status, error.code) == (400, "request_invalid")
    assert error.message.startswith("params.scene") and "marble" in error.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lighting": "neon"}, "params.lighting"),
        ({"lighting": None}, "params.lighting"),
        ({"stance": "lying"}, "params.stance"),
        ({"seed": -1}, "params.seed"),
        ({"seed": True}, "params.seed"),
        ({"seed": 2**31}, "params.seed"),
        ({"palette": "#ffffff"}, "params.palette"),
        ({"palette": ["#ffffff"] * 9}, "params.palette"),
        ({"palette": ["#ffffff", "red"]}, "params.palette[1]"),
        ({"background": "red"}, "params.background"),
        ({"shadow": None}, "params.shadow"),
        ({"shadow": {"direction": 361}}, "params.shadow.direction"),
        ({"shadow": {"softness": "0.5"}}, "params.shadow.softness"),
        ({"shadow": {"strength": -0.1}}, "params.shadow.strength"),
        ({"shadow": {"strength": float("nan")}}, "params.shadow.strength"),
        ({"shadow": {"strengh": 1}}, "params.shadow.strengh"),
        ({"steps": 4}, "params.steps"),
        ({"negative_prompt": "people"}, "params.negative_prompt"),
        ({"prompt": "a beach", "scene": ""}, "params.scene"),
        ({"prompt": ""}, "params.prompt"),
        ({"prompt": "a beach", "steps": 0}, "params.steps"),
    ],
    ids=str,
)
def test_a_wrong_parameter_is_named(change, field):
    error = refusal(**change)
    assert (error.status, error.code) == (400, "request_invalid")
    assert error.message.startswith(field + " ")


def test_a_prompt_needs_the_diffusion_engine():
    error = refusal(scene="beach", prompt="on a beach at noon")
    assert (error.status, error.code) == (422, "engine_unavailable")


def test_a_product_and_its_shadow_are_laid_on_a_painted_scene():
    scene = np.random.default_rng(8).integers(100, 200, (CANVAS[1], CANVAS[0], 3), np.uint8)
    canvas, product = Canvas(*CANVAS, Box(*BOX)), plain()
    bare = lay_in_painted(scene, product, canvas, None, Grain())
    shaded = lay_in_painted(scene, product, canvas, LIGHTINGS["overhead"], Grain())
    outside = np.ones(scene.shape[:2], bool)
    outside[BOX[1] : BOX[1] + BOX[3], BOX[0] : BOX[0] + BOX[2]] = False
    assert (bare[outside] == scene[outside]).all()
    assert shaded[162, 100:140].mean() < bare[162, 100:140].mean() - 20
    assert np.abs(shaded[:50].astype(int) - scene[:50]).max() <= 1
    x, y, width, height = BOX
    solid = product[..., 3] == 255
    for made in (bare, shaded):
        assert (made[y : y + height, x : x + width][solid] == product[solid][:, :3]).all()
