"""The measures that model cards quote, and the test sets that they are taken on."""

import numpy as np
import pytest

from models.training.evaluation.backdrops import KINDS, studio
from models.training.evaluation.compose import cut, placed, stand
from models.training.evaluation.measures import score
from models.training.evaluation.photos import MASKS, NAMES, photo, read_grey


def square(left: int, side: int = 40) -> "np.ndarray":
    matte = np.zeros((100, 100), np.uint8)
    matte[30 : 30 + side, left : left + side] = 255
    return matte


def test_the_truth_itself_scores_best():
    found = score(square(30), square(30))
    assert (found.iou, found.boundary, found.mad) == (1, 1, 0)


def test_a_shifted_square_loses_what_it_no_longer_covers():
    found = score(square(40), square(30))
    assert found.iou == pytest.approx(30 / 50)
    assert found.mad == pytest.approx(2 * 10 * 40 / 100**2)
    assert 0.3 < found.boundary < 0.7  # upper and lower edges still match for the most part


def test_an_empty_matte_scores_nothing_unless_the_truth_is_empty():
    nothing = np.zeros((100, 100), np.uint8)
    assert score(nothing, square(30)).iou == score(nothing, square(30)).boundary == 0
    assert score(nothing, nothing).iou == score(nothing, nothing).boundary == 1


def test_the_frame_is_no_outline():
    truth = np.zeros((100, 100), np.uint8)
    truth[:, :50] = 255
    found = truth.copy()
    found[:20, :50] = 0
    # Half of the found outline is the true edge, which it follows but for a fifth.
    assert score(found, truth).boundary == pytest.approx(2 * 0.62 * 0.82 / 1.44, abs=0.03)


@pytest.mark.parametrize("name", NAMES)
def test_a_mask_fits_its_photo_and_is_neither_empty_nor_everything(name):
    case = photo(name)
    assert case.matte.shape == case.rgb.shape[:2]
    assert 0.01 < (case.matte > 127).mean() < 0.9


def test_every_mask_is_explained():
    explained = (MASKS / "README.md").read_text("utf-8")
    assert {path.stem for path in MASKS.glob("*.png")} == set(NAMES)
    assert all(f"| `{name}` |" in explained for name in NAMES)


def test_a_product_that_touches_the_frame_stays_where_it_was():
    cutout = cut(photo("chelsea"))
    assert placed(cutout, np.random.default_rng(1)) is cutout


def test_a_product_that_stands_free_is_placed_whole_and_anew():
    cutout = cut(photo("coffee"))
    canvas = placed(cutout, np.random.default_rng(1))
    border = np.concatenate([canvas[0], canvas[-1], canvas[:, 0], canvas[:, -1]])
    assert not border[:, 3].any() and max(canvas.shape[:2]) == 720
    assert (canvas[:, :, 3] > 127).mean() > 0.1


def test_an_edge_takes_the_colour_of_the_product_not_of_the_ground():
    case = photo("coffee")
    edge = (case.matte > 60) & (case.matte < 190) & (np.arange(400)[:, None] < 60)
    # Up there the rim of the cup is white, and the table behind it is brown.
    assert cut(case)[edge][:, 2].mean() > case.rgb[edge][:, 2].mean() + 15


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_photo(kind):
    cutout = np.zeros((90, 120, 4), np.uint8)
    cutout[30:60, 40:80] = (200, 40, 40, 255)

    def made(seed: int) -> "np.ndarray":
        random = np.random.default_rng(seed)
        return stand("box", cutout, studio(random, kind, 120, 90), random).rgb

    assert np.array_equal(made(1), made(1)) and not np.array_equal(made(1), made(2))


def test_the_truth_of_a_made_photo_is_where_the_product_is():
    cutout = np.zeros((90, 120, 4), np.uint8)
    cutout[30:60, 40:80] = (220, 20, 20, 255)
    case = stand("box", cutout, np.full((90, 120, 3), 0.7, np.float32), np.random.default_rng(3))
    red = case.rgb[:, :, 0].astype(int) - case.rgb[:, :, 1] > 60
    assert np.count_nonzero(red != (case.matte > 127)) < 0.02 * red.size


def test_a_file_that_is_no_picture_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"nothing\.png"):
        read_grey(tmp_path / "nothing.png")
