"""One cut-out in a process of its own: a photo's bytes in, PNG bytes out, timed.

Run by `benchmarks.cutout` in the environment of the engine, of which the other one's packages are
no part. The model is loaded and has run on a small photo before the clock starts. Prints JSON.
"""

import argparse
import importlib
import io
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.peak import peak_mb, reset_peak, resident_mb

Cut = Callable[[bytes], bytes]
_WARM_UP_SIDE = 480


def main() -> None:
    """Cut out once and report seconds and megabytes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cutout_once")
    parser.add_argument("engine", choices=("opal", "rembg"))
    parser.add_argument("--refine", action="store_true", help="refined edges, or alpha matting")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--photo", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    photo = asked.photo.read_bytes()
    cut = (_opal if asked.engine == "opal" else _rembg)(asked.model.resolve(), asked.refine)
    cut(_small(photo))
    before = resident_mb()
    reset_peak()
    begun = time.perf_counter()
    png = cut(photo)
    seconds = time.perf_counter() - begun
    peak = peak_mb()
    asked.out.write_bytes(png)
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "before_mb": before}))


def _opal(model: Path, refine: bool) -> Cut:
    """What the endpoint does between download and upload.

    Without refinement the file runs as one of the U2Net family, which is rembg's protocol.
    """
    os.environ["OPAL_SEGMENT_MODEL"] = f"{'opal' if refine else 'u2net'}={model}"
    from imaging.encode import encode_png
    from models import segment
    from models.pixel_threads import limit_pixel_threads
    from models.reading import read_photo

    limit_pixel_threads(int(os.environ["OPAL_THREADS"]))

    def cut(data: bytes) -> bytes:
        photo = {"photo": read_photo(data, {})}
        return encode_png(segment.run(photo, {"refine": refine}).pixels)

    return cut


def _rembg(model: Path, refine: bool) -> Cut:
    """rembg.remove with its session for U2Net files of one's own, without post-processing."""
    os.environ["REMBG_HOME"] = str(model.parent)
    rembg = importlib.import_module("rembg")
    # It falls back to something quicker, in silence, where matting fails; that must not be timed.
    inner: Any = importlib.import_module("rembg.bg")
    inner.decontaminate_cutout = _matting_failed
    session = rembg.new_session("u2net_custom", model_path=str(model))

    def cut(data: bytes) -> bytes:
        png: bytes = rembg.remove(
            data, session=session, alpha_matting=refine, post_process_mask=False
        )
        return png

    return cut


def _matting_failed(*_: object) -> None:
    raise RuntimeError("rembg's alpha matting failed")


def _small(photo: bytes) -> bytes:
    image_module = importlib.import_module("PIL.Image")
    with image_module.open(io.BytesIO(photo)) as image:
        image.thumbnail((_WARM_UP_SIDE, _WARM_UP_SIDE))
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "JPEG", quality=90)
        return buffer.getvalue()


if __name__ == "__main__":
    main()
