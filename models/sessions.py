"""Loaded models, one of each per process, shared by the requests that run side by side."""

import contextlib
import functools
import logging
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np

from imaging.pixels import Floats
from models.batching import Batcher
from models.digests import digests
from models.engine import Model
from models.entries import Entry
from models.providers import CUDA, open_file, shrinking
from models.registry import resolve
from models.settings import Runtime, get_runtime
from models.signature import check_output, probe, read_signature

_USUAL_SIDE = 320
_loading = threading.Lock()
_log = logging.getLogger("azmlinfsrv.opal")


class Session:
    """One loaded model; `run` may be called from any number of threads.

    `entry` tells how to prepare pictures for it; its `input_size` and `scale` are the file's own.
    `model` names it in answers, with the file's SHA-256. `providers` are those in use.
    """

    def __init__(self, entry: Entry, path: Path, runtime: Runtime) -> None:
        """Load the file, check it against the entry and run it once.

        Raises ModelError that names the file and says what to do.
        """
        found = digests(path, entry)
        self._session = open_file(path, entry, runtime)
        self._signature, entry = read_signature(self._session, entry, path)
        self.providers: tuple[str, ...] = tuple(self._session.get_providers())
        self.model = Model(entry.name, entry.version, found["sha256"])
        self._bound = CUDA in self.providers
        self._usual = entry.largest_run or _USUAL_SIDE**2
        self._slots: contextlib.AbstractContextManager[object] = (
            contextlib.nullcontext() if self._bound else run_slots(runtime.run_threads)
        )
        self._swollen = False
        given = probe(entry)
        self.entry = check_output(self._once(given), given, entry, path)
        self._batcher = self._make_batcher(runtime)

    def run(self, planes: Floats) -> Floats:
        """Run pictures, float32 N x 3 x height x width, normalised as the entry says.

        Returns the first output: N x channels x height x width (x the entry's scale), float32.
        """
        if self._batcher is not None:
            return self._batcher.run(planes)
        if self._signature.free_batch or len(planes) == 1:
            return self._once(planes)
        return np.concatenate([self._once(planes[at : at + 1]) for at in range(len(planes))])

    def _make_batcher(self, runtime: Runtime) -> Batcher | None:
        """Only on a GPU is a batch faster than its pictures one by one."""
        if runtime.batch == 1 or not self._bound:
            return None
        if not self._signature.free_batch:
            _log.warning("%s takes one picture at a time: OPAL_BATCH is not used", self.model.name)
            return None
        return Batcher(self._once, runtime.batch, runtime.batch_wait_ms / 1000)

    def _once(self, planes: Floats) -> Floats:
        given = np.ascontiguousarray(planes, self._signature.kind)
        pixels = given.shape[0] * given.shape[2] * given.shape[3]
        # Rare large runs must not leave their memory behind; usual ones would only ask for it anew.
        # What held the large run's own output is given back by the run after it.
        large = pixels > self._usual
        options = shrinking(self.providers[0]) if large or self._swollen else None
        self._swollen = large
        with self._slots:
            run = self._run_bound if self._bound else self._run_plain
            output = run(given, options)
        return np.asarray(output, np.float32)

    def _run_plain(self, given: Any, options: Any) -> Any:
        names = self._signature
        return self._session.run([names.output_name], {names.input_name: given}, options)[0]

    def _run_bound(self, given: Any, options: Any) -> Any:
        """Copies to and from the device only what is asked for: none of the other outputs."""
        binding = self._session.io_binding()
        binding.bind_cpu_input(self._signature.input_name, given)
        binding.bind_output(self._signature.output_name)
        self._session.run_with_iobinding(binding, options)
        return binding.copy_outputs_to_cpu()[0]


@functools.cache
def run_slots(threads: int) -> threading.BoundedSemaphore:
    """As many runs at once as the cores can carry: more would only hold memory and wait."""
    return threading.BoundedSemaphore(max(1, len(os.sched_getaffinity(0)) // threads))


def get_session(entry: Entry, path: Path) -> Session:
    """The process's one session of this file. Loads it on first use, which init sees to."""
    with _loading:
        return _load(entry, path)


@functools.cache
def _load(entry: Entry, path: Path) -> Session:
    session = Session(entry, path, get_runtime())
    _log.info("model %s loaded from %s on %s", entry.name, path, session.providers[0])
    return session


@functools.cache
def session_for(task: str, name: str) -> Session:
    """The session of a registry name or `family=/path`; see `models.registry.resolve`.

    Looks for the file once: a request must not search folders again.
    """
    return get_session(*resolve(task, name))
