"""The light on a scene, small and smooth: what multiplies its texture, or is the picture."""

import numpy as np

from imaging.backdrop import illumination
from imaging.backdrop.podium import body_share, lid_share, podium_for, shade_about
from imaging.backdrop.stage import Stage
from imaging.backdrop.window import window_light
from imaging.light import to_linear
from imaging.lighting import Lighting
from imaging.pixels import Floats
from models.place.paints import Paints
from models.place.scenes import SceneSpec

_SUN, _SHADE = (1.03, 1.0, 0.93), (0.93, 0.98, 1.06)
_POOL = 0.9
_BEND = 0.9


def light_on(
    spec: SceneSpec, paints: Paints, stage: Stage, lighting: Lighting, seed: int, plain: bool
) -> Floats:
    """Linear light, float32, stage height x width x 3.

    `plain`: there is no texture, and the light carries the paints' colours.
    """
    light = illumination.key_light(
        stage, lighting, spec.light.falloff, _BEND if spec.join == "sweep" else 0.0
    )
    even = illumination.vignette(stage, spec.light.vignette)
    if spec.join == "sweep":
        even = even * illumination.sweep(stage)
    if spec.light.spot:
        even *= 1 - spec.light.spot * (1 - illumination.pool(stage, _POOL))
    if spec.light.glow:
        shine = illumination.glow(stage)
        if spec.join == "edge":
            shine = shine * (1 - floor_line(stage))
        even *= 1 + spec.light.glow * shine
    if paints.podium is not None and not stage.flat:
        podium = podium_for(stage)
        shade = shade_about(stage, podium, lighting.azimuth)
        even *= 1 - (1 - shade) * (1 - body_share(stage, podium))
    light *= even[:, :, None]
    if spec.light.window:
        sun = window_light(stage, seed)[:, :, None]
        shaded = np.array(_SHADE, np.float32) * np.float32(1 - spec.light.window)
        light *= shaded + (np.array(_SUN, np.float32) - shaded) * sun
    light *= _colours(spec, paints, stage, plain)
    return light


def floor_share(spec: SceneSpec, stage: Stage) -> Floats:
    """How fully a shadow shows, float32, 0..1, stage height x width."""
    if stage.flat:
        return np.ones((stage.height, stage.width), np.float32)
    if spec.podium is not None:
        return lid_share(stage, podium_for(stage))
    if spec.join == "edge":
        line = floor_line(stage)
    else:
        _, rows = stage.grid()
        line = illumination.ease((rows - stage.horizon) / (0.3 * stage.unit) + 0.5)
    return np.ascontiguousarray(np.broadcast_to(line, (stage.height, stage.width)))


def floor_line(stage: Stage) -> Floats:
    """1 under the horizon and 0 above it, height x 1, with a soft edge of two rows or so."""
    _, rows = stage.grid()
    if stage.flat:
        return np.ones_like(rows)
    soft = max(1.0, 0.006 * stage.unit)
    return illumination.ease((rows - stage.horizon) / (2 * soft) + 0.5)


def _colours(spec: SceneSpec, paints: Paints, stage: Stage, plain: bool) -> Floats:
    """The paints as linear light, height x 1 x 3; of a texture, how the wall changes upwards."""
    foot, top = to_linear(np.array(paints.wall, np.uint8))
    if stage.flat:
        foot = top = to_linear(np.array(paints.floor[-1], np.uint8))
    _, rows = stage.grid()
    up = illumination.ease(1 - rows / max(stage.horizon, 1.0))[:, :, None]
    wall = foot + (top - foot) * up
    if not plain:
        return np.asarray(wall / np.maximum(foot, 1e-4), np.float32)
    floor = to_linear(np.array(paints.floor[-1], np.uint8))
    if spec.join == "sweep" and not stage.flat:
        bend = (rows - stage.horizon) / (0.8 * stage.unit) + 0.4
        line = illumination.ease(bend)[:, :, None]
    else:
        line = floor_line(stage)[:, :, None]
    return np.asarray(wall + (floor - wall) * line, np.float32)
