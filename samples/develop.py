"""Turns a finished render into a file like one from a phone: size, grain, EXIF, format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from shots import Shot

MATTE_SIDE = 2000
MAKER = "Fieldmouse"


def photo(render: Path, target: Path, shot: Shot) -> None:
    """Scale up, darken the corners a little, add grain and store in the format of the name."""
    image = Image.open(render).convert("RGB")
    if image.size != shot.size:
        image = image.resize(shot.size, Image.Resampling.LANCZOS)
    image = _sensor(image, shot, seed=len(shot.stem))
    exif = _exif(shot)
    if shot.orientation == 6:
        image = image.transpose(Image.Transpose.ROTATE_90)
    match target.suffix.lower():
        case ".jpg":
            image.save(target, quality=85, optimize=True, exif=exif)
        case ".webp":
            image.save(target, quality=93, method=6, exif=exif)
        case _:
            image.save(target, optimize=True)


def matte(render: Path, target: Path, shot: Shot) -> None:
    """Keep the alpha of a product-only render as 8-bit grey, two thousand pixels at most."""
    alpha = Image.open(render).getchannel("A")
    size = matte_size(shot)
    if alpha.size != size:
        alpha = alpha.resize(size, Image.Resampling.LANCZOS)
    alpha.save(target, optimize=True)


def matte_size(shot: Shot) -> tuple[int, int]:
    """Size of the stored matte: that of the photo unless it is too large."""
    scale = min(1.0, MATTE_SIDE / max(shot.size))
    return round(shot.size[0] * scale), round(shot.size[1] * scale)


def _sensor(image: Image.Image, shot: Shot, seed: int) -> Image.Image:
    """White balance, vignette and grain; coarser grain on large photos, as phones leave it."""
    width, height = image.size
    rng = np.random.default_rng(seed)
    coarse = max(1, round(max(image.size) / 1600))
    small = rng.normal(0, 1, (-(-height // coarse), -(-width // coarse))).astype(np.float32)
    noise = Image.fromarray(small).resize(image.size, Image.Resampling.BICUBIC)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    shade = 1 - 0.07 * (x * x + y * y) / 2
    pixels = np.asarray(image, dtype=np.float32)
    cast = 1 + 0.06 * shot.warmth * np.array([1, 0.1, -1], dtype=np.float32)
    pixels *= shade[..., None] * cast
    pixels += np.asarray(noise)[..., None] * shot.grain
    return Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))


def _exif(shot: Shot) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = MAKER
    exif[ExifTags.Base.Model] = shot.camera
    exif[ExifTags.Base.DateTime] = shot.taken
    exif[ExifTags.Base.Orientation] = shot.orientation
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = shot.taken
    return exif
