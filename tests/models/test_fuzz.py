"""Damaged files through decoding, cut-out and upscaler: refused or served, and nothing else."""

import io
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from PIL import Image

from imaging.decode import decode_photo
from imaging.errors import PhotoError
from imaging.pixels import Pixels
from models import upscale
from models.errors import EndpointError
from models.reading import read_photo
from models.segment import cut
from models.sessions import Session, session_for
from tests.models.onnx_files import dark_file

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "HEIF", "AVIF")
OPAQUE = ("JPEG", "BMP", "GIF")
COUNT, LONGEST_S, MOST_MB = 500, 5.0, 400


def small_files() -> list[bytes]:
    """Two sample photos and a cut-out with alpha, 106 x 80 pixels, in every format."""
    mug, ring = (
        cv2.resize(decode_photo((SAMPLES / f"{name}.jpg").read_bytes()).rgb, (106, 80))
        for name in ("mug", "ring")
    )
    clear = np.dstack([mug, np.full((80, 106), 128, np.uint8)])
    files = [_encoded(each, name) for each in (mug, ring) for name in FORMATS]
    return files + [_encoded(clear, name) for name in FORMATS if name not in OPAQUE]


def _encoded(pixels: Pixels, name: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, name)
    return buffer.getvalue()


def mutated(data: bytes, random: np.random.Generator) -> bytes:
    """A copy with a few bytes changed, or a stretch cut out, repeated or blanked."""
    damaged = bytearray(data)
    kind = random.integers(5)
    at = int(random.integers(len(damaged)))
    length = int(random.integers(1, max(2, len(damaged) // 8)))
    if kind == 0:
        return bytes(damaged[:at])
    if kind == 1:
        damaged[at:at] = damaged[at : at + length]
    elif kind == 2:
        del damaged[at : at + length]
    elif kind == 3:
        damaged[at : at + length] = bytes(len(damaged[at : at + length]))
    else:
        for _ in range(int(random.integers(1, 9))):
            damaged[int(random.integers(len(damaged)))] = int(random.integers(256))
    return bytes(damaged)


def serve(data: bytes, net: Session) -> str:
    """What becomes of a file: a refusal's code, or `served`."""
    try:
        pixels = read_photo(data, {"max_megapixels": 0.05})
        if pixels.shape[2] == 3:
            pixels = cut(pixels, net).pixels
        large = upscale.run({"image": pixels[:40, :40]}, {"scale": 2}).pixels
    except (PhotoError, EndpointError) as refused:
        return refused.code
    assert large.shape[2] == 4 and large.dtype == np.uint8
    return "served"


@pytest.mark.filterwarnings("ignore")  # Pillow warns about much that it then reads or refuses
def test_damaged_photos_are_served_or_refused_in_bounded_time_and_memory(tmp_path):
    net = session_for("segment", f"opal={dark_file(tmp_path / 'dark.onnx', threshold=-0.2)}")
    random, files = np.random.default_rng(20), small_files()
    assert {serve(each, net) for each in files} == {"served"}
    outcomes, process = [], psutil.Process()
    before = process.memory_info().rss
    for number in range(COUNT):
        start = time.perf_counter()
        outcomes.append(serve(mutated(files[number % len(files)], random), net))
        assert time.perf_counter() - start < LONGEST_S, f"mutation {number} hung"
    assert process.memory_info().rss - before < MOST_MB * 1e6
    assert outcomes.count("served") > COUNT // 10
    assert len(set(outcomes)) >= 4
