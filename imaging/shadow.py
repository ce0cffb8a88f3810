"""The soft shadow of a product that stands on a floor, guessed from its matte."""

import cv2
import numpy as np

from imaging.pixels import Floats

_CONTACT = 0.60
_AMBIENT = 0.34


def contact_shadow(alpha: Floats, strength: float = 1.0) -> Floats:
    """Return the share of light that is left, float32, 0 to 1, height x width.

    `alpha`: float32, 0 to 1, height x width: the product on its (reduced) canvas. Two parts: a
    narrow dark line that follows the product's lower outline where that is close to the floor
    (ambient occlusion), and a wide faint ellipse on the floor. Light is exactly 1 where there is
    no shadow. `strength` scales the darkness, 0 to 1.
    """
    solid = alpha > 0.5
    columns = np.flatnonzero(solid.any(axis=0))
    if columns.size == 0:
        return np.ones(alpha.shape, np.float32)
    rows = np.flatnonzero(solid.any(axis=1))
    bottom = alpha.shape[0] - 1 - np.argmax(solid[::-1, columns], axis=0)
    height, width = float(np.ptp(rows) + 1), float(np.ptp(columns) + 1)
    base = float(np.quantile(bottom, 0.995))
    lift = np.maximum(base - bottom, 0) / min(height, 2 * width)
    contact = _outline(alpha.shape, columns, bottom, np.exp(-lift / 0.09), min(height, width))
    stands = lift < 0.2
    level = float(bottom[stands].mean() + base) / 2 - 0.01 * height
    ambient = _ellipse(alpha.shape, columns[stands], level, width)
    dark = 1 - (1 - _CONTACT * contact) * (1 - _AMBIENT * ambient)
    dark = np.maximum(dark - 0.004, 0) / 0.996  # ends the endless tails of the blurs
    return np.asarray(1 - strength * dark, np.float32)


def _outline(
    shape: tuple[int, ...],
    columns: "np.typing.NDArray[np.intp]",
    bottom: "np.typing.NDArray[np.intp]",
    weight: "np.typing.NDArray[np.float64]",
    size: float,
) -> Floats:
    """A band around the lower outline, 0 to 1, weighted per column, soft both ways."""
    sigma = max(0.7, 0.016 * size)
    line = np.zeros(shape[1], np.float32)
    line[columns] = weight
    centre = np.interp(np.arange(shape[1]), columns, bottom).astype(np.float32)
    blur = max(0.7, 0.012 * size)
    soft = cv2.GaussianBlur(line[None], (0, 0), blur, borderType=cv2.BORDER_CONSTANT)
    curve = cv2.GaussianBlur(centre[None], (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    distance = (np.arange(shape[0], dtype=np.float32)[:, None] - curve) / sigma
    return np.asarray(soft * np.exp(-0.5 * distance**2), np.float32)


def _ellipse(
    shape: tuple[int, ...], stands: "np.typing.NDArray[np.intp]", level: float, width: float
) -> Floats:
    """A blurred ellipse on the floor under the part that stands, 0 to 1."""
    centre = (round(float(stands.mean())), round(level))
    half = max(1, round(0.52 * float(np.ptp(stands) + 1)))
    blot = np.zeros(shape, np.float32)
    cv2.ellipse(blot, centre, (half, max(1, round(0.13 * half))), 0, 0, 360, 1.0, -1)
    sigma = max(0.7, 0.045 * width)
    return np.asarray(cv2.GaussianBlur(blot, (0, 0), sigma), np.float32)
