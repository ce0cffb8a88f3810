"""Synthetic product photos for measurements and tests: plain, quick to make, each different."""

import io

import numpy as np
from PIL import Image, ImageDraw


def plain_photo(number: int, size: tuple[int, int] = (320, 240), fmt: str = "JPEG") -> bytes:
    """An encoded photo, `size` = (width, height): a coloured box with a label on a light,
    slightly noisy backdrop. The same number gives the same bytes."""
    random = np.random.default_rng(number)
    width, height = size
    backdrop = random.integers(215, 240, 3)
    noise = random.normal(0, 2, (height, width, 3))
    picture = Image.fromarray(np.clip(backdrop + noise, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    colour = tuple(int(value) for value in random.integers(20, 150, 3))
    draw.rectangle((width * 0.3, height * 0.25, width * 0.7, height * 0.8), fill=colour)
    draw.rectangle((width * 0.38, height * 0.4, width * 0.62, height * 0.55), fill=(250, 220, 120))
    buffer = io.BytesIO()
    picture.save(buffer, fmt)
    return buffer.getvalue()
