"""The colour difference CIEDE2000 (CIE 142-2001)."""

import numpy as np
import numpy.typing as npt

from imaging.light import to_linear
from imaging.pixels import Floats, Pixels

# IEC 61966-2-1, each row divided by its sum, so that white is 1, 1, 1; transposed.
_TO_RELATIVE_XYZ = np.array(
    [
        [0.4124 / 0.9505, 0.2126, 0.0193 / 1.0890],
        [0.3576 / 0.9505, 0.7152, 0.1192 / 1.0890],
        [0.1805 / 0.9505, 0.0722, 0.9505 / 1.0890],
    ],
    np.float32,
)
_STRIP = 65_536  # pixels at a time: the intermediate planes stay in the processor's cache


def to_lab(rgb: Pixels) -> Floats:
    """uint8 sRGB, n x 3, as CIELAB (D65), float32: L 0 to 100, a and b about -128 to 127."""
    return light_to_lab(to_linear(rgb))


def light_to_lab(light: Floats) -> Floats:
    """Linear sRGB light, 0 to 1, n x 3, as CIELAB like `to_lab`.

    OpenCV's conversion reads a coarse table and is off by up to 0.3.
    """
    relative = light @ _TO_RELATIVE_XYZ
    dark = relative * np.float32(841 / 108) + np.float32(4 / 29)
    x, y, z = np.where(relative > np.float32(216 / 24389), np.cbrt(relative), dark).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def delta_e_of_pixels(first: Pixels, second: Pixels) -> Floats:
    """CIEDE2000 between uint8 sRGB pixels, n x 3 each; float32, n.

    Equal pixels cost next to nothing.
    """
    result = np.zeros(len(first), np.float32)
    for top in range(0, len(first), _STRIP):
        one, other = first[top : top + _STRIP], second[top : top + _STRIP]
        differ = np.flatnonzero((one != other).any(axis=1))
        if differ.size:
            result[top + differ] = ciede2000(to_lab(one[differ]), to_lab(other[differ]))
    return result


def ciede2000(
    first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """CIEDE2000 with all weights 1, between CIELAB colours, n x 3 each; n, of the same type.

    The order of steps is that of Sharma, Wu, Dalal: The CIEDE2000 color-difference formula,
    Color Research and Application 30 (2005), equations 2 to 22.
    """
    lightness1, a1, b1 = first.T
    lightness2, a2, b2 = second.T
    stretch = 1.5 - 0.5 * _saturation((_length(a1, b1) + _length(a2, b2)) / 2)
    a1, a2 = a1 * stretch, a2 * stretch
    chroma1, chroma2 = _length(a1, b1), _length(a2, b2)
    hue1, hue2 = np.arctan2(b1, a1), np.arctan2(b2, a2)
    turn, mean_hue = _hues(hue1, hue2, chroma1 * chroma2 == 0)
    mean_chroma = (chroma1 + chroma2) / 2
    offset = ((lightness1 + lightness2) / 2 - 50) ** 2
    by_lightness = (lightness2 - lightness1) / (1 + 0.015 * offset / np.sqrt(20 + offset))
    by_chroma = (chroma2 - chroma1) / (1 + 0.045 * mean_chroma)
    hue_weight = 1 + 0.015 * mean_chroma * _hue_term(mean_hue)
    by_hue = 2 * np.sqrt(chroma1 * chroma2) * np.sin(turn / 2) / hue_weight
    squares = by_lightness**2 + by_chroma**2 + by_hue**2
    squares += _rotation(mean_hue, mean_chroma) * by_chroma * by_hue
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _length(a: npt.NDArray[np.floating], b: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    return np.asarray(np.sqrt(a * a + b * b))


def _hues(
    first: npt.NDArray[np.floating],
    second: npt.NDArray[np.floating],
    grey: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]:
    """The turn from one hue to the other the short way, and the hue halfway; in radians.

    Next to a grey, which has no hue, the turn is 0 and the halfway hue is the sum.
    """
    full = 2 * np.pi
    first, second = first + full * (first < 0), second + full * (second < 0)
    turn, total = second - first, first + second
    far = np.abs(turn) > np.pi
    halfway = (total + full * np.where(far, np.where(total < full, 1, -1), 0)) / 2
    turn = turn - full * np.where(far, np.sign(turn), 0)
    return np.where(grey, 0, turn).astype(turn.dtype), np.where(grey, total, halfway)


def _hue_term(hue: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    degree = np.pi / 180
    return np.asarray(
        1
        - 0.17 * np.cos(hue - 30 * degree)
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + 6 * degree)
        - 0.20 * np.cos(4 * hue - 63 * degree)
    )


def _rotation(
    hue: npt.NDArray[np.floating], chroma: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """The term that turns the ellipses of blue, equation 21 with 18 and 19."""
    angle = np.pi / 3 * np.exp(-(((hue * (180 / np.pi) - 275) / 25) ** 2))
    return np.asarray(-2 * _saturation(chroma) * np.sin(angle))


def _saturation(chroma: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """sqrt(C^7 / (C^7 + 25^7)); numpy's power takes longer than all the rest together."""
    share = chroma * (1 / 25)
    squared = share * share
    seventh = squared * squared * squared * share
    return np.asarray(np.sqrt(seventh / (seventh + 1)))
