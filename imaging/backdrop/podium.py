"""A round pedestal under the product."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from imaging.backdrop.illumination import ease
from imaging.backdrop.stage import Stage
from imaging.footing import PITCH
from imaging.light import to_linear, to_srgb_scale
from imaging.pixels import Floats, Pixels
from imaging.surfaces.ramp import RGB, coloured, ramp

_STRIP = 256


@dataclass(frozen=True)
class Podium:
    """The ellipse of its top (`x`, `y`, half axes `wide`, `deep`) and its `tall` side, pixels."""

    x: float
    y: float
    wide: float
    deep: float
    tall: float


def podium_for(stage: Stage) -> Podium:
    """A podium wide enough for the product, whose base stands a little before its middle."""
    wide = max(0.74 * stage.product_width, 0.52 * stage.unit)
    deep = PITCH * wide
    return Podium(stage.centre, stage.base - 0.34 * deep, wide, deep, 0.55 * stage.unit)


def draw_podium(picture: Pixels, podium: Podium, colour: RGB, azimuth: float) -> None:
    """Draw the podium into uint8 sRGB, in place, its side shaded as by a soft lamp at `azimuth`.

    `azimuth`: where the light comes from, degrees, 180 left, 270 from the eye. Outlines are
    smooth: a pixel takes the share of it that is covered.
    """
    left, right = _span(podium.x, podium.wide, picture.shape[1])
    bottom = min(picture.shape[0], math.ceil(podium.y + podium.deep + podium.tall) + 2)
    top = max(0, math.floor(podium.y - podium.deep) - 2)
    table = ramp(((0, 0, 0), colour))
    x = np.arange(left, right, dtype=np.float32)[None] + np.float32(0.5)
    dither = np.random.default_rng(21).uniform(-0.5, 0.5, (_STRIP, right - left))
    noise = dither.astype(np.float32)
    for first in range(top, bottom, _STRIP):
        last = min(first + _STRIP, bottom)
        y = np.arange(first, last, dtype=np.float32)[:, None] + np.float32(0.5)
        cover, light = _strip(x, y, podium, azimuth)
        light *= 255
        light += noise[: last - first]
        tone = np.asarray(cv2.convertScaleAbs(light), np.uint8)
        _lay(picture[first:last, left:right], tone, table, cover)


def _strip(x: Floats, y: Floats, podium: Podium, azimuth: float) -> tuple[Floats, Floats]:
    """Share of the pixels that is podium, and the light on it, 0 to 1, rows of y by columns of x.

    The top is fully lit; its rounded rim shows as a light line, and the side darkens downwards.
    """
    across = (x - podium.x) / np.float32(podium.wide)
    depth = np.clip((y - podium.y) / np.float32(podium.tall), 0, 1)
    light = _side_light(across, azimuth) * (1 - np.float32(0.22) * depth)
    if y[-1, 0] < podium.y + podium.tall:
        cover = _column(x, y, podium)
    else:
        cover = np.maximum(_column(x, y, podium), _ellipse(x, y, podium, podium.tall))
    if y[0, 0] < podium.y + 1.1 * podium.deep:
        lid = _ellipse(x, y, podium, 0.0)
        light += _ellipse(x, y, podium, 0.012 * podium.wide) * (0.55 * (1 - light))
        light += lid * (1 - light)
        cover = np.maximum(cover, lid)
    return cover, light


def _lay(part: Pixels, tone: Pixels, table: Pixels, cover: Floats) -> None:
    """Write the tones as colours where they cover, in shares at the outline."""
    shaded = np.empty_like(part)
    coloured(tone, table, shaded)
    np.copyto(part, shaded, where=(cover >= 1)[:, :, None])
    edge = (cover > 0) & (cover < 1)
    share = cover[edge][:, None]
    light = share * to_linear(shaded[edge]) + (1 - share) * to_linear(part[edge])
    part[edge] = np.rint(to_srgb_scale(light)).astype(np.uint8)


def lid_share(stage: Stage, podium: Podium) -> Floats:
    """1 on the podium's top, 0 elsewhere, height x width."""
    return _ellipse(*stage.grid(), podium, 0.0)


def body_share(stage: Stage, podium: Podium) -> Floats:
    """1 on the podium, top and side, 0 elsewhere, height x width."""
    x, y = stage.grid()
    body = np.maximum(_column(x, y, podium), _ellipse(x, y, podium, podium.tall))
    return np.maximum(body, _ellipse(x, y, podium, 0.0))


def shade_about(stage: Stage, podium: Podium, azimuth: float) -> Floats:
    """Light left on the sweep about the podium, height x width: a dark line and a soft shadow."""
    x, y = stage.grid()
    across = (x - np.float32(podium.x)) / np.float32(podium.wide)
    along = (y - np.float32(podium.y + podium.tall + 0.1 * podium.deep)) / np.float32(podium.deep)
    shift = np.float32(-0.55 * math.cos(math.radians(azimuth)))
    line = _soft_spot(across, along, 0.92, 1.16)
    wide = _soft_spot(across - shift, along, 0.75, 2.0)
    return np.asarray((1 - np.float32(0.5) * line) * (1 - np.float32(0.32) * wide), np.float32)


def _soft_spot(across: Floats, along: Floats, inner: float, outer: float) -> Floats:
    """1 within the inner radius, smoothly to 0 at the outer one."""
    return ease((outer - np.sqrt(across**2 + along**2)) / (outer - inner))


def _side_light(across: Floats, azimuth: float) -> Floats:
    """Light on the round side at -1 (left) to 1 (right), after Lambert with a soft lamp."""
    held = np.clip(across, -1, 1)
    toward = np.sqrt(1 - held * held)
    angle = math.radians(azimuth)
    facing = held * math.cos(angle) + toward * max(0.35, -math.sin(angle))
    return np.asarray(0.50 + 0.36 * np.clip(0.25 + 0.75 * facing, 0, 1), np.float32)


def _ellipse(x: Floats, y: Floats, podium: Podium, down: float) -> Floats:
    """Share of each pixel inside the top's ellipse, moved down by so many pixels."""
    across, along = (x - podium.x) / podium.wide, (y - podium.y - down) / podium.deep
    radius = np.sqrt(across**2 + along**2)
    slope = np.sqrt((across / podium.wide) ** 2 + (along / podium.deep) ** 2)
    return np.asarray(np.clip(0.5 + (1 - radius) * radius / np.maximum(slope, 1e-6), 0, 1))


def _column(x: Floats, y: Floats, podium: Podium) -> Floats:
    """Share of each pixel between the middles of the top and of the foot."""
    inside = np.clip(podium.wide - np.abs(x - podium.x) + 0.5, 0, 1)
    between = (y >= podium.y) & (y < podium.y + podium.tall)
    return np.asarray(inside * between, np.float32)


def _span(centre: float, half: float, side: int) -> tuple[int, int]:
    return max(0, math.floor(centre - half) - 2), min(side, math.ceil(centre + half) + 2)
