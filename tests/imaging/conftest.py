"""Real photos, and pictures written by Pillow, for the tests of the pixel package."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image

Encoder = Callable[..., bytes]


@pytest.fixture(scope="session")
def coffee() -> np.ndarray:
    return skimage.data.coffee()


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    return skimage.data.astronaut()


@pytest.fixture
def encoded() -> Encoder:
    """Writes a Pillow image or an array in a format of Pillow's, as bytes."""

    def write(image: Any, name: str, **options: Any) -> bytes:
        buffer = io.BytesIO()
        image = image if isinstance(image, Image.Image) else Image.fromarray(image)
        image.save(buffer, name, **options)
        return buffer.getvalue()

    return write
