"""Models a photo's background as a smooth surface of colour, fitted to the photo's border."""

import cv2
import numpy as np
import numpy.typing as npt

from imaging.pixels import Floats, Pixels

NEAR = 3.0
_ROUNDS = 4
_PLAIN = (4.5, 3.0, 3.0)

Mask = npt.NDArray[np.bool_]


def background_distance(rgb: Pixels) -> Floats:
    """How far each pixel is from the background's colour, in spreads; height x width, from 0.

    Soft darkening without a change of hue counts less than half: it is the product's shadow.
    """
    lab = np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)
    lab = np.asarray(cv2.GaussianBlur(lab, (0, 0), 0.8), np.float32)
    terms = _surface_terms(*lab.shape[:2])
    known = border_band(*lab.shape[:2])
    distance = np.zeros(lab.shape[:2], np.float32)
    for _ in range(2):  # the second fit sees the background inside the picture too
        surface, spread = _fit_surface(lab, terms, known)
        distance = _distance(lab, surface, spread)
        known = reached_from_border(distance < NEAR)
        known &= np.arange(known.size).reshape(known.shape) % 3 == 0
        if known.sum() < 200:
            break
    return distance


def _surface_terms(height: int, width: int) -> Floats:
    """1, x, y, x2, xy, y2 over the picture, height x width x 6."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2).astype(np.float32)


def border_band(height: int, width: int) -> Mask:
    band = max(3, round(0.03 * min(height, width)))
    border = np.ones((height, width), bool)
    border[band:-band, band:-band] = False
    return border


def _fit_surface(lab: Floats, terms: Floats, known: Mask) -> tuple[Floats, Floats]:
    """Least squares over the known pixels, leaving out those that do not fit; and their spread."""
    rows, colours = terms[known].astype(np.float64), lab[known].astype(np.float64)
    keep: Mask = np.ones(len(rows), bool)
    spread = np.ones(3)
    weights = np.zeros((6, 3))
    for attempt in range(_ROUNDS):
        used = rows[:, :1] if attempt == 0 else rows
        fitted = np.linalg.lstsq(used[keep], colours[keep], rcond=None)[0]
        weights = np.zeros((6, 3))
        weights[: len(fitted)] = fitted
        rest = np.abs(colours - rows @ weights)
        spread = np.maximum(1.4826 * np.median(rest, axis=0), (1.6, 1.1, 1.1))
        keep = np.asarray((rest < 3 * spread).all(axis=1))
        if keep.sum() < 50:
            break
    return np.asarray(terms @ weights, np.float32), spread.astype(np.float32)


def _distance(lab: Floats, surface: Floats, spread: Floats) -> Floats:
    """Distance in spreads, with chroma compared at the pixel's own lightness.

    Light scales all three of L* + 16, a* and b* by one factor, for each is a difference of cube
    roots (CIE 15): a shadow of the background therefore keeps a* and b* in proportion to L* + 16.
    """
    light = np.clip((lab[:, :, 0] + 16) / (surface[:, :, 0] + 16), 0.3, 1.4)
    rest = lab[:, :, 0] - surface[:, :, 0]
    offset = (lab[:, :, 1:] - light[:, :, None] * surface[:, :, 1:]) / spread[1:]
    chroma = np.hypot(offset[:, :, 0], offset[:, :, 1])
    lightness = np.asarray(lab[:, :, 0], np.float32)
    edge = np.hypot(cv2.Sobel(lightness, -1, 1, 0), cv2.Sobel(lightness, -1, 0, 1)) / 8
    plain = bool((spread < _PLAIN).all())  # on plain paper even a deep shadow can be told
    darker = (rest < 0) & (light > (0.35 if plain else 0.5)) & (edge < (4.0 if plain else 2.5))
    if plain:
        # Light that coloured paper throws into its own shadow makes that more saturated.
        hue = surface[:, :, 1:] / (np.linalg.norm(surface[:, :, 1:], axis=2, keepdims=True) + 3)
        richer = np.clip(np.sum(offset * hue, axis=2), 0, None)
        across = np.sqrt(np.maximum(chroma**2 - 0.97 * richer**2, 0))
        shadow, discount = darker & (across < 5 + 0.3 * richer), 0.2
        chroma = np.where(shadow, 0.6 * across, chroma)
    else:
        shadow, discount = darker & (chroma < 5), 0.35
    darkness = np.abs(rest) / spread[0] * np.where(shadow, discount, 1)
    return np.asarray(np.hypot(chroma, darkness), np.float32)


def reached_from_border(open_pixels: Mask) -> Mask:
    """The open pixels that hang together with the picture's border."""
    count, labels = cv2.connectedComponents(open_pixels.astype(np.uint8), connectivity=4)
    rim = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    reached = np.zeros(count, bool)
    reached[rim] = True
    reached[0] = False
    return np.asarray(reached[labels])
