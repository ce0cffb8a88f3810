"""Decoded pictures, shared by the exports that are cut from one of them.

The exports of a scene run next to each other and read the same blob. The last few pictures stay
decoded, within a bound in bytes; of several that ask for one at once, one decodes and the others
wait for it.
"""

import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import cache
from typing import TYPE_CHECKING

from opal.blobs import Blobs
from opal.documents import StageResult
from opal.stages import read_stage

if TYPE_CHECKING:
    from imaging.pixels import Pixels

_BOUND_BYTES = 256 * 1024 * 1024


class Pictures:
    """The pictures of this process by digest, least recently used first."""

    def __init__(self, bound_bytes: int = _BOUND_BYTES) -> None:
        self._bound_bytes = bound_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Future[Pixels]] = OrderedDict()

    def get(self, blobs: Blobs, stage: StageResult) -> "Pixels":
        """The stage's pixels, uint8 H x W x C, not to be written to; raises as `read_stage`."""
        from imaging.encode import load_png

        with self._lock:
            waiting = self._kept.get(stage.sha256)
            mine: Future[Pixels] = Future()
            self._kept[stage.sha256] = waiting or mine
            self._kept.move_to_end(stage.sha256)
        if waiting is not None:
            return waiting.result()
        try:
            pixels = load_png(read_stage(blobs, stage))
        except BaseException as error:
            with self._lock:
                del self._kept[stage.sha256]
            mine.set_exception(error)
            raise
        pixels.flags.writeable = False
        mine.set_result(pixels)
        self._make_room()
        return pixels

    def _make_room(self) -> None:
        """Let go of the oldest; what is in use stays alive until its users are done."""
        with self._lock:
            done = [(key, f.result().nbytes) for key, f in self._kept.items() if f.done()]
            held = sum(size for _, size in done)
            for key, size in done[:-1]:
                if held <= self._bound_bytes:
                    break
                del self._kept[key]
                held -= size


@cache
def get_pictures() -> Pictures:
    """The pictures of this process."""
    return Pictures()
