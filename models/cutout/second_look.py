"""A second look of the net, at a crop around what the first found, where it sees finer."""

import cv2
import numpy as np

from imaging.layout import Box
from imaging.pixels import Floats
from models.cutout.look import Look, Mask, spread

_FOUND, _MARGIN = 0.4, 0.12
_FILLED = 0.7
_LEAST_PART = 0.01
_SURE, _DENIED = 0.6, 0.4


def crop_around(first: Look) -> Box | None:
    """The box around what was found, with a margin, in photo pixels.

    None where nothing was found or a crop would show the net next to nothing more.
    """
    solid = (first.mask > _FOUND).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    if count == 1:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    large = stats[1:][areas >= _LEAST_PART * areas.max()]
    left, top = large[:, cv2.CC_STAT_LEFT].min(), large[:, cv2.CC_STAT_TOP].min()
    right = (large[:, cv2.CC_STAT_LEFT] + large[:, cv2.CC_STAT_WIDTH]).max()
    bottom = (large[:, cv2.CC_STAT_TOP] + large[:, cv2.CC_STAT_HEIGHT]).max()
    rows, columns = first.mask.shape
    across, down = first.box.width / columns, first.box.height / rows
    margin = _MARGIN * max((right - left) * across, (bottom - top) * down)
    x0, y0 = max(0, int(left * across - margin)), max(0, int(top * down - margin))
    x1 = min(first.box.width, int(np.ceil(right * across + margin)))
    y1 = min(first.box.height, int(np.ceil(bottom * down + margin)))
    if (x1 - x0) * (y1 - y0) > _FILLED * first.box.width * first.box.height:
        return None
    return Box(first.box.x + x0, first.box.y + y0, x1 - x0, y1 - y0)


def seen_in(first: Look, box: Box, width: int, height: int) -> Floats:
    """The part of a look that lies in `box`, at `width` x `height`."""
    rows, columns = first.mask.shape
    across, down = columns / first.box.width, rows / first.box.height
    step_x, step_y = box.width / width * across, box.height / height * down
    shift = np.array(
        [
            [step_x, 0, (box.x - first.box.x) * across + step_x / 2 - 0.5],
            [0, step_y, (box.y - first.box.y) * down + step_y / 2 - 0.5],
        ]
    )
    part = cv2.warpAffine(
        first.mask,
        shift,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(part, np.float32)


def joined(first: Look, second: Look) -> tuple[Look, float]:
    """The second look, with the parts that only the first saw; and how far the two agree.

    A strap or a leg may leave a crop's middle and be lost there. Whole parts that the first look
    was sure of stay; along the outline, where the two differ by less than the first look's own
    fineness, the second is believed. Agreement is the intersection over the union, 0 to 1.
    """
    rows, columns = second.mask.shape
    before = seen_in(first, second.box, columns, rows)
    union = float(np.maximum(before, second.mask).sum())
    agreement = float(np.minimum(before, second.mask).sum()) / union if union else 1.0
    lost = _parts((before > _SURE) & (second.mask < _DENIED), _cell(first, second))
    keep = spread(lost.astype(np.float32), columns, rows)
    mask = np.where(keep > 0, np.maximum(before, second.mask), second.mask)
    return Look(second.box, mask, max(first.peak, second.peak)), agreement


def _cell(first: Look, second: Look) -> int:
    """How many pixels of the second look one of the first covers, rounded up."""
    one = first.box.width / first.mask.shape[1]
    other = second.box.width / second.mask.shape[1]
    return int(np.ceil(one / other))


def _parts(mask: Mask, cell: int) -> Mask:
    """The mask's parts that are thicker than two cells, whole."""
    codes = mask.astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * cell + 1, 2 * cell + 1))
    cores = cv2.erode(codes, kernel)
    count, labels = cv2.connectedComponents(codes, connectivity=8)
    kept = np.zeros(count, bool)
    kept[np.unique(labels[cores > 0])] = True
    kept[0] = False
    return np.asarray(kept[labels])
