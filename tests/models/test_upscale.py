"""The upscaler: sizes, parameters, and nets that are better than a filter."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from PIL import Image

from models import upscale
from models.errors import EndpointError
from models.sessions import session_for
from models.settings import get_runtime
from tests.models.onnx_files import upscale_file

NAMES = [f"opal-x{scale}-{kind}" for scale in (2, 4) for kind in upscale.KINDS]


@pytest.fixture
def setting(monkeypatch):
    """Sets OPAL_UPSCALE_MODEL for one test."""

    def choose(value: str) -> None:
        monkeypatch.setenv("OPAL_UPSCALE_MODEL", value)
        get_runtime.cache_clear()

    yield choose
    monkeypatch.undo()
    get_runtime.cache_clear()


def label(side: int = 192) -> np.ndarray:
    """A printed label with print, lines and a round seal on woven cloth, free of aliasing."""
    y, x = np.mgrid[0 : 3 * side, 0 : 3 * side]
    cloth = 120 + 30 * np.sin(x / 5) * np.sin(y / 5)
    large = np.dstack([cloth, 0.9 * cloth, 0.7 * cloth]).astype(np.uint8)
    unit = 3 * side // 64
    cv2.rectangle(large, (6 * unit, 6 * unit), (58 * unit, 44 * unit), (250, 240, 220), -1)
    for row, text in enumerate(("SENCHA", "No. 7 first flush", "net 100 g  e 3.5 oz")):
        scale = 1.9 - 0.5 * row
        place = (9 * unit, (16 + 10 * row) * unit)
        cv2.putText(large, text, place, cv2.FONT_HERSHEY_TRIPLEX, scale, (40, 20, 60), 3)
    cv2.circle(large, (50 * unit, 50 * unit), 9 * unit, (180, 20, 30), 4)
    cv2.line(large, (0, 63 * unit), (40 * unit, 46 * unit), (20, 60, 30), 4)
    return cv2.resize(large, (side, side), interpolation=cv2.INTER_AREA)


def photo() -> np.ndarray:
    return np.ascontiguousarray(skimage.data.astronaut()[40:232, 130:322])


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2))


def shrunk(large: np.ndarray, scale: int) -> np.ndarray:
    side = large.shape[0] // scale
    return np.asarray(Image.fromarray(large).resize((side, side), Image.Resampling.BICUBIC))


def refusal(image: np.ndarray, params: dict) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        upscale.run({"image": image}, params)
    assert (caught.value.status, caught.value.code) == (400, "request_invalid")
    return caught.value


@pytest.mark.parametrize("large", [label(), photo()], ids=["label", "photo"])
@pytest.mark.parametrize("model", ["fast", "best"])
@pytest.mark.parametrize(("scale", "gain"), [(2, 1.5), (4, 0.8)])
def test_our_nets_restore_more_than_a_lanczos_filter_does(large, model, scale, gain):
    small = shrunk(large, scale)
    plain = Image.fromarray(small).resize(large.shape[1::-1], Image.Resampling.LANCZOS)
    made = upscale.run({"image": small}, {"scale": scale, "model": model})
    assert made.model.name == f"opal-x{scale}-{model}"
    assert psnr(made.pixels, large) > psnr(np.asarray(plain), large) + gain


@pytest.mark.parametrize("scale", [2, 4])
def test_the_sharp_net_is_crisper_and_stays_near_the_picture(scale):
    large = photo()
    small = shrunk(large, scale)
    made = {
        model: upscale.run({"image": small}, {"scale": scale, "model": model}).pixels
        for model in ("fast", "sharp")
    }
    steepness = {
        name: np.abs(np.diff(px.astype(float), axis=1)).mean() for name, px in made.items()
    }
    assert steepness["sharp"] > 1.03 * steepness["fast"]
    assert psnr(made["sharp"], large) > psnr(made["fast"], large) - 2.5


@pytest.mark.parametrize("name", NAMES)
def test_no_net_shifts_colours(name):
    scale, model = int(name[6]), name.rpartition("-")[2]
    for colour in [(0, 0, 0), (255, 255, 255), (200, 30, 90), (12, 130, 128)]:
        flat = np.full((24, 24, 3), colour, np.uint8)
        made = upscale.run({"image": flat}, {"scale": scale, "model": model}).pixels
        assert np.abs(made.astype(int) - colour).max() <= 3
    small = shrunk(photo(), 2)
    made = upscale.run({"image": small}, {"scale": scale, "model": model}).pixels
    assert np.abs(made.mean((0, 1)) - small.mean((0, 1))).max() < 0.7


def test_enlarging_twice_gives_the_same_bytes():
    first, second = (upscale.run({"image": photo()}, {"scale": 2.37}).pixels for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("name", NAMES)
def test_no_seam_shows_where_tiles_meet(name):
    """As if the net had seen the whole picture at once, without any tile."""
    scale, model = int(name[6]), name.rpartition("-")[2]
    image = np.tile(photo(), (1, 3, 1))[:60, :500]
    tiled = upscale.run({"image": image}, {"scale": scale, "model": model})
    assert tiled.quality["tiles"] == 2
    planes = np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32) / 255
    whole = 255 * session_for("upscale", name).run(planes)[0].transpose(1, 2, 0)
    assert np.abs(np.clip(whole, 0, 255) - tiled.pixels).max() < 1


@pytest.mark.parametrize(
    ("scale", "model"), [(1.01, "opal-x2-fast"), (2, "opal-x2-fast"), (2.01, "opal-x4-fast")]
)
def test_sides_are_rounded_and_the_next_larger_net_is_used(scale, model):
    result = upscale.run({"image": label(64)[:33]}, {"scale": scale})
    assert result.pixels.shape == (round(33 * scale), round(64 * scale), 3)
    assert result.model.name == model and len(result.model.sha256) == 64
    assert result.quality == {"scale": scale, "model_scale": int(model[6]), "tiles": 1}


def test_alpha_stays_and_has_the_new_size():
    image = np.dstack([label(64), np.full((64, 64), 255, np.uint8)])
    image[:20, :, 3] = 0
    made = upscale.run({"image": image}, {"scale": 2}).pixels
    assert made.shape == (128, 128, 4)
    assert (made[44:, :, 3] == 255).all() and not made[:36].any()


def test_a_net_of_the_real_esrgan_family_is_used_for_every_scale(setting, tmp_path):
    path = upscale_file(tmp_path / "mine.onnx", 4)
    setting(f"realesr={path}")
    image = label(40)
    for scale in (1.5, 2, 4):
        result = upscale.run({"image": image}, {"scale": scale})
        assert (result.model.name, result.quality["model_scale"]) == ("mine", 4)
        assert result.pixels.shape[0] == 40 * scale
    assert (result.pixels == image.repeat(4, axis=0).repeat(4, axis=1)).all()


def test_a_net_of_two_times_is_helped_by_a_filter_beyond(setting, tmp_path):
    setting(f"realesr={upscale_file(tmp_path / 'two.onnx', 2)}")
    assert upscale.run({"image": label(40)}, {"scale": 3.5}).pixels.shape == (140, 140, 3)


def test_the_setting_decides_unless_the_request_does(setting):
    setting("best")
    assert upscale.run({"image": label(32)}, {"scale": 2}).model.name == "opal-x2-best"
    named = {"scale": 2, "model": "sharp"}
    assert upscale.run({"image": label(32)}, named).model.name == "opal-x2-sharp"


@pytest.mark.parametrize("scale", [0, 1, 4.1, -2, "2", None, True, [2], float("nan")])
def test_a_scale_is_above_one_and_at_most_four(scale):
    assert refusal(label(32), {"scale": scale}).message.startswith("params.scale")


@pytest.mark.parametrize("model", ["", "slow", None, 1, ["fast"], "realesr=/etc/passwd"])
def test_a_request_names_one_of_three_models(model):
    error = refusal(label(32), {"scale": 2, "model": model})
    assert error.message.startswith("params.model must be one of fast, best, sharp")


def test_an_unknown_parameter_is_named():
    assert "params.sharpness" in refusal(label(32), {"scale": 2, "sharpness": 1}).message


def test_upscaling_beyond_100_megapixels_is_refused_before_any_work():
    image = np.zeros((3000, 3000, 3), np.uint8)
    assert "100 megapixels" in refusal(image, {"scale": 4}).message


def test_the_bundled_files_are_small():
    weights = Path(upscale.__file__).parent / "weights"
    assert all((weights / f"{name}.onnx").stat().st_size <= 4_000_000 for name in NAMES)
