"""Runs pictures of requests that come at the same time together, for a GPU does so in less time."""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from imaging.pixels import Floats


@dataclass(frozen=True, eq=False)
class _Asked:
    planes: Floats
    answer: "Future[Floats]" = field(default_factory=Future)


class Batcher:
    """Gathers calls of `run` from many threads into calls of one function, from one thread.

    A call waits up to `wait_s` for others of its shape, or until there are `most` pictures. Calls
    are served in the order in which they came; an error of a batch reaches everyone in it.
    """

    def __init__(self, run: Callable[[Floats], Floats], most: int, wait_s: float) -> None:
        self._run = run
        self._most = most
        self._wait_s = wait_s
        self._queue: deque[_Asked] = deque()
        self._changed = threading.Condition()
        self._worker: threading.Thread | None = None

    def run(self, planes: Floats) -> Floats:
        """What the function gives for these pictures, float32 NCHW."""
        asked = _Asked(planes)
        with self._changed:
            if self._worker is None:  # not before the first call: the server may fork until then
                self._worker = threading.Thread(target=self._work, name="batcher", daemon=True)
                self._worker.start()
            self._queue.append(asked)
            self._changed.notify()
        return asked.answer.result()

    def _work(self) -> None:
        while True:
            batch = self._gather()
            try:
                outputs = self._run(np.concatenate([each.planes for each in batch]))
                self._hand_out(batch, outputs)
            except BaseException as error:  # whoever waits must hear of anything at all
                for each in batch:
                    if not each.answer.done():
                        each.answer.set_exception(error)

    def _hand_out(self, batch: list[_Asked], outputs: Floats) -> None:
        if len(outputs) != sum(len(each.planes) for each in batch):
            raise RuntimeError("the model gave another number of pictures than it was given")
        start = 0
        for each in batch:
            end = start + len(each.planes)
            each.answer.set_result(outputs[start:end].copy())
            start = end

    def _gather(self) -> list[_Asked]:
        """Wait for the next batch and take it off the queue."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue)
            deadline = time.monotonic() + self._wait_s
            while not self._full() and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            batch = self._next_batch()
            for each in batch:
                self._queue.remove(each)
            return batch

    def _full(self) -> bool:
        return sum(len(each.planes) for each in self._next_batch()) >= self._most

    def _next_batch(self) -> list[_Asked]:
        """The first call, and those behind it of the same shape while there is room."""
        batch: list[_Asked] = []
        count = 0
        for each in self._queue:
            if each.planes.shape[1:] != self._queue[0].planes.shape[1:]:
                continue
            if batch and count + len(each.planes) > self._most:
                break
            batch.append(each)
            count += len(each.planes)
        return batch
