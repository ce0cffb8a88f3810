"""How near a matte is to the truth."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from imaging.pixels import Pixels

_TOLERANCE = 0.008


@dataclass(frozen=True)
class Score:
    """`iou`: of the mattes above one half. `boundary`: F-measure of their outlines. `mad`: mean
    absolute difference of alpha. All 0 to 1; mad is best at 0, the others at 1."""

    iou: float
    boundary: float
    mad: float


def score(found: Pixels, truth: Pixels) -> Score:
    """Compare two mattes, uint8, of one size.

    The outline's measure is that of Perazzi et al.: A Benchmark Dataset and Evaluation
    Methodology for Video Object Segmentation (2016), with its tolerance of 0.8 % of the diagonal.
    """
    a, b = found > 127, truth > 127
    union = int(np.count_nonzero(a | b))
    iou = int(np.count_nonzero(a & b)) / union if union else 1.0
    mad = float(np.abs(found.astype(np.int16) - truth).mean()) / 255
    return Score(iou, _boundary(a, b), mad)


def _boundary(a: npt.NDArray[np.bool_], b: npt.NDArray[np.bool_]) -> float:
    reach = max(1, round(_TOLERANCE * float(np.hypot(*a.shape))))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    line_a, line_b = _outline(a), _outline(b)
    if not line_a.any() or not line_b.any():
        return float(line_a.any() == line_b.any())
    precision = float(cv2.dilate(line_b, kernel)[line_a > 0].mean())
    recall = float(cv2.dilate(line_a, kernel)[line_b > 0].mean())
    return 2 * precision * recall / max(precision + recall, 1e-9)


def _outline(mask: npt.NDArray[np.bool_]) -> Pixels:
    """Product pixels that have ground beside them; the picture's frame is no outline."""
    codes = mask.astype(np.uint8)
    inner = cv2.erode(codes, np.ones((3, 3), np.uint8), borderValue=1)
    return np.asarray(codes - inner, np.uint8)
