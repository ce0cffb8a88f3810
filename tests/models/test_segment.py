"""Photos become cut-outs: here with small nets that see darkness, or that a test scripts."""

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image

from imaging.layout import Box
from imaging.light import to_srgb_scale
from models import segment
from models.cutout.look import look
from models.cutout.outline import tidy
from models.engine import Model
from models.entries import Entry
from models.errors import EndpointError
from models.registry import load_registry
from models.segment import cut
from models.sessions import Session, session_for
from models.settings import get_runtime
from tests.models.onnx_files import birefnet_file, dark_file, isnet_file, u2net_file

Pair = tuple[np.ndarray, np.ndarray]


def sweep_photo(
    width: int = 900, height: int = 700, paper: float = 0.8, product: tuple = (0.05, 0.01, 0.01)
) -> Pair:
    """A ring-shaped product with a soft shadow on a vignetted sweep, and its true matte."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    light = np.repeat((paper * (1 - 0.5 * radius**2))[..., None], 3, axis=2)
    shade = np.zeros((height, width), np.float32)
    centre = (int(width * 0.55), int(height * 0.72))
    cv2.ellipse(shade, centre, (width // 4, height // 14), 0, 0, 360, 1, -1)
    light *= 1 - 0.45 * cv2.GaussianBlur(shade, (0, 0), width / 30)[..., None]
    matte = np.zeros((4 * height, 4 * width), np.uint8)
    middle = (2 * width, 2 * height)
    cv2.circle(matte, middle, height, 255, -1)
    cv2.circle(matte, middle, height // 3, 0, -1)
    matte = cv2.resize(matte, (width, height), interpolation=cv2.INTER_AREA)
    share = matte[..., None] / 255
    ball = np.array(product) * (0.7 + 0.3 * (x / width))[..., None]
    noise = np.random.default_rng(3).normal(0, 1.2, (height, width, 3))
    codes = to_srgb_scale(share * ball + (1 - share) * light) + noise
    return np.rint(np.clip(codes, 0, 255)).astype(np.uint8), matte


def iou(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.minimum(a, b).sum(dtype=float) / np.maximum(a, b).sum(dtype=float))


@pytest.fixture(scope="module")
def dark(tmp_path_factory: pytest.TempPathFactory) -> Session:
    path = dark_file(tmp_path_factory.mktemp("nets") / "dark.onnx")
    return session_for("segment", f"opal={path}")


class Scripted:
    """A net of ours that sees what a test tells it to, whatever the picture shows."""

    model = Model("scripted", "1")

    def __init__(self, see: Callable[[tuple[int, int], int], np.ndarray]) -> None:
        self.entry: Entry = dataclasses.replace(load_registry().families["opal"], sides=())
        self._see, self.looks = see, 0

    def run(self, planes: np.ndarray) -> np.ndarray:
        seen = self._see(planes.shape[2:], self.looks).astype(np.float32)
        self.looks += 1
        return np.stack([seen, seen[:, ::-1]])[: len(planes), None]


@pytest.mark.parametrize(
    ("paper", "product"), [(0.95, (0.05, 0.01, 0.01)), (0.45, (0.02, 0.02, 0.02))]
)
def test_a_product_on_a_plain_sweep_is_cut_out_with_its_hole_open(dark, paper, product):
    photo, true = sweep_photo(paper=paper, product=product)
    result = cut(photo, dark)
    assert iou(result.pixels[..., 3], true) > 0.98
    assert result.model == dark.model
    assert result.quality["fragments"] == 1 and result.quality["holes"] == 1
    assert result.quality["confidence"] > 0.9 and result.quality["agreement"] > 0.95
    assert np.abs(np.array(result.quality["product_box"]) - (275, 175, 350, 350)).max() <= 5
    assert (result.pixels[result.pixels[..., 3] == 0] == 0).all()


def test_the_edge_of_a_cut_out_has_the_products_colour(dark):
    pixels = cut(sweep_photo(paper=0.95)[0], dark).pixels
    edge = (pixels[..., 3] > 40) & (pixels[..., 3] < 250)
    assert edge.sum() > 200
    assert np.median(pixels[edge][:, 1]) < 60  # white paper would bring green


def test_segmenting_twice_gives_the_same_bytes_and_leaves_the_photo_alone(dark):
    photo, _ = sweep_photo(400, 300)
    before = photo.copy()
    assert (cut(photo, dark).pixels == cut(photo, dark).pixels).all()
    assert (photo == before).all()


def test_the_endpoints_setting_chooses_the_net(monkeypatch, tmp_path):
    path = dark_file(tmp_path / "my-net.onnx")
    monkeypatch.setenv("OPAL_SEGMENT_MODEL", f"opal={path}")
    get_runtime.cache_clear()
    try:
        result = segment.run({"photo": sweep_photo(300, 200)[0]}, {"max_megapixels": 12})
    finally:
        get_runtime.cache_clear()
    assert (result.model.name, len(result.model.sha256)) == ("my-net", 64)


def test_a_photo_that_brings_alpha_keeps_it():
    photo, true = sweep_photo(300, 200)
    result = segment.run({"photo": np.dstack([photo, true])}, {})
    assert result.model.name == "existing-alpha"
    assert (result.pixels[..., 3] == true).all()
    assert (result.pixels[true == 255][:, :3] == photo[true == 255]).all()


@pytest.mark.parametrize("refine", [True, False])
@pytest.mark.parametrize("shade", [240, 0])
def test_a_photo_without_a_product_is_refused(dark, refine, shade):
    with pytest.raises(EndpointError) as refused:
        cut(np.full((200, 300, 3), shade, np.uint8), dark, refine)
    assert (refused.value.status, refused.value.code) == (422, "no_product_found")


def test_a_photo_that_is_clear_everywhere_is_refused():
    with pytest.raises(EndpointError) as refused:
        segment.run({"photo": np.zeros((64, 64, 4), np.uint8)}, {})
    assert refused.value.code == "no_product_found"


@pytest.mark.parametrize("params", [{"refin": True}, {"refine": "yes"}, {"refine": 1}])
def test_a_wrong_parameter_is_named(params):
    with pytest.raises(EndpointError, match=r"params\.refin"):
        segment.run({"photo": np.zeros((64, 64, 4), np.uint8)}, params)


def rembgs_mask(photo: np.ndarray, net: Session) -> np.ndarray:
    """The mask that rembg 2.0.86 makes of the same file, by its published steps."""
    entry = net.entry
    small = Image.fromarray(photo).resize(2 * (entry.input_size,), Image.Resampling.LANCZOS)
    pixels = np.array(small) / max(np.max(np.array(small)), 1e-6)
    planes = np.zeros(pixels.shape)
    for at in range(3):
        planes[:, :, at] = (pixels[:, :, at] - entry.mean[at]) / entry.std[at]
    seen = net.run(np.expand_dims(planes.transpose((2, 0, 1)), 0).astype(np.float32))[:, 0]
    if entry.activation == "sigmoid":
        seen = 1 / (1 + np.exp(-seen))
    seen = np.squeeze((seen - np.min(seen)) / (np.max(seen) - np.min(seen)))
    mask = Image.fromarray((seen * 255).astype("uint8"))
    return np.array(mask.resize(photo.shape[1::-1], Image.Resampling.LANCZOS))


@pytest.mark.parametrize(
    ("family", "write"), [("u2net", u2net_file), ("isnet", isnet_file), ("birefnet", birefnet_file)]
)
def test_the_plain_mask_of_another_family_is_rembgs_to_the_bit(tmp_path, family, write):
    net = session_for("segment", f"{family}={write(tmp_path / 'net.onnx', side=64)}")
    photo = sweep_photo(700, 1100)[0]  # more rows than are shrunk at a time
    alpha = cut(photo, net, refine=False).pixels[..., 3]
    assert np.ptp(alpha) > 100
    assert (alpha == rembgs_mask(photo, net)).all()


@pytest.mark.parametrize(
    ("family", "write"), [("u2net", u2net_file), ("isnet", isnet_file), ("birefnet", birefnet_file)]
)
def test_the_other_families_masks_can_be_refined(tmp_path, family, write):
    net = session_for("segment", f"{family}={write(tmp_path / 'net.onnx', side=64)}")
    result = cut(sweep_photo(300, 200)[0], net)
    assert result.pixels.shape == (200, 300, 4)


def disc(size: tuple[int, int], x: float, y: float, radius: float) -> np.ndarray:
    """A soft-edged disc; position and radius are shares of the picture's width and height."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    from_middle = np.hypot((columns + 0.5) / size[1] - x, (rows + 0.5) / size[0] - y)
    return np.clip(0.5 + (radius - from_middle) * 60, 0, 1)


def noise(width: int = 480, height: int = 480) -> np.ndarray:
    return np.random.default_rng(5).integers(90, 160, (height, width, 3), np.uint8)


def test_a_small_product_gets_a_second_look_and_a_large_one_does_not():
    small = Scripted(lambda size, look: disc(size, 0.5, 0.5, 0.4 if look else 0.1))
    quality = cut(noise(), small).quality
    assert small.looks == 2 and quality["agreement"] > 0.7
    large = Scripted(lambda size, _: disc(size, 0.5, 0.5, 0.45))
    assert cut(noise(), large).quality["agreement"] == 1 and large.looks == 1


def test_what_the_net_sees_on_one_side_only_when_mirrored_counts_half():
    class Lopsided(Scripted):
        def run(self, planes: np.ndarray) -> np.ndarray:
            seen = np.zeros((len(planes), 1, *planes.shape[2:]), np.float32)
            seen[..., planes.shape[3] // 2 :] = 1
            return seen

    seen = look(Lopsided(lambda *_: np.empty(0)), noise(), Box(0, 0, 480, 480))
    assert np.all(seen.mask == 0.5)


def test_what_the_net_sees_at_one_of_two_sizes_counts_half():
    class FarSighted(Scripted):
        def run(self, planes: np.ndarray) -> np.ndarray:
            return np.full((len(planes), 1, *planes.shape[2:]), planes.shape[2] > 300, np.float32)

    net = FarSighted(lambda *_: np.empty(0))
    net.entry = dataclasses.replace(net.entry, sides=(384, 256))
    seen = look(net, noise(), Box(0, 0, 480, 480))
    assert seen.mask.shape == (384, 384) and np.all(seen.mask == 0.5)


def test_a_part_that_the_second_look_loses_stays():
    def see(size: tuple[int, int], look: int) -> np.ndarray:
        if look:  # the crop spans both discs; now only the left one is seen
            return disc(size, 0.22, 0.5, 0.14)
        return np.maximum(disc(size, 0.35, 0.5, 0.08), disc(size, 0.65, 0.5, 0.08))

    result = cut(noise(), Scripted(see))
    assert result.quality["fragments"] == 2
    assert result.quality["agreement"] < 0.7
    assert result.pixels[240, 312, 3] > 200


def test_a_pair_is_kept():
    def see(size: tuple[int, int], _: int) -> np.ndarray:
        return np.maximum(disc(size, 0.3, 0.5, 0.17), disc(size, 0.7, 0.5, 0.17))

    assert cut(noise(), Scripted(see)).quality["fragments"] == 2


def test_specks_and_pinholes_go_unless_the_net_is_sure_of_them():
    solid = np.zeros((200, 200), np.float32)
    solid[50:150, 50:150] = 1
    solid[10:13, 10:13] = solid[190:193, 10:13] = 1  # specks
    solid[70:72, 70:72] = solid[120:122, 120:122] = 0  # pinholes
    mask = solid.copy()
    mask[10:13, 10:13], mask[70:72, 70:72] = 0.55, 0.45
    tidied = tidy(solid, mask)
    assert not tidied[10:13, 10:13].any() and tidied[190:193, 10:13].all()
    assert tidied[70:72, 70:72].all() and not tidied[120:122, 120:122].any()


def test_a_doubtful_outline_settles_on_the_photos_edge():
    photo, true = (each[100:500, 100:500] for each in sweep_photo(600, 600))  # one look's worth
    shifted = np.roll(true, 5, axis=1) / 255

    def see(size: tuple[int, int], _: int) -> np.ndarray:
        return cv2.GaussianBlur(cv2.resize(shifted, size[::-1]), (0, 0), 4)

    alpha = cut(photo, Scripted(see)).pixels[..., 3]
    assert iou(alpha, true) > 0.98 > 0.94 > iou(shifted * 255, true)


def test_a_net_that_is_sure_of_nothing_finds_no_product():
    with pytest.raises(EndpointError, match="no_product_found"):
        cut(noise(), Scripted(lambda size, _: 0.4 * disc(size, 0.5, 0.5, 0.3)))


@pytest.mark.parametrize("size", [(16, 16), (16, 240), (240, 16), (33, 17)])
def test_the_smallest_photos_are_cut_out(dark, size):
    photo = np.full((*size, 3), 230, np.uint8)
    photo[size[0] // 4 : -size[0] // 4 or None, size[1] // 4 : -size[1] // 4] = 15
    assert cut(photo, dark).pixels.shape == (*size, 4)
