"""A large photo needs little more memory than its own pixels."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.models.onnx_files import dark_file

ROOT = Path(__file__).resolve().parents[2]
# What the process holds before the photo; what the steps need at any size; and bytes per pixel:
# while decoding Pillow's 4 and our 3, later 3 of colour, 4 of the result, 1 of alpha, and the PNG.
MOST_BEFORE, MOST_WORKING, MOST_PER_PIXEL = 170e6, 80e6, 9.5
SCRIPT = """
import sys
from imaging.encode import encode_png
from models.reading import read_photo
from models.segment import cut
from models.sessions import session_for
net = session_for("segment", sys.argv[1])
def peak():  # getrusage would count the parent's memory too, from before exec
    with open("/proc/self/status") as status:
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
before = peak()
with open(sys.argv[2], "rb") as file:
    result = cut(read_photo(file.read(), {}), net)
encode_png(result.pixels)
print(before, peak(), result.pixels.shape[0] * result.pixels.shape[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
def test_a_24_megapixel_photo_is_cut_out_in_bounded_memory(tmp_path):
    net, photo = dark_file(tmp_path / "dark.onnx"), ROOT / "samples" / "sneaker.jpg"
    command = [sys.executable, "-c", SCRIPT, f"opal={net}", str(photo)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    before, peak, pixels = (int(each) for each in done.stdout.split())
    assert before < MOST_BEFORE
    assert peak - before < MOST_WORKING + MOST_PER_PIXEL * pixels
