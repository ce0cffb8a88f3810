"""One opened ONNX file with several named inputs, held to what its place in the model needs."""

import contextlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from imaging.pixels import Floats
from models.entries import OWN_VERSION, Entry, ModelError
from models.providers import CUDA, open_file
from models.sessions import run_slots
from models.settings import Runtime

_KINDS: Mapping[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}
FLOATS = ("tensor(float)", "tensor(float16)")
INTEGERS = ("tensor(int64)", "tensor(int32)")


@dataclass(frozen=True)
class Port:
    """An input or output that is needed.

    Of an input's dimensions, None must be free, and a number that or free. Of an output's, a number
    that or free. `shape` None: any.
    """

    name: str
    shape: tuple[int | None, ...] | None
    kinds: tuple[str, ...] = FLOATS


class Graph:
    """A loaded file; `run` may be called from any number of threads."""

    def __init__(self, path: Path, runtime: Runtime) -> None:
        """Open the file where `models.providers` says. Raises ModelError that names the file."""
        self.path = path
        entry = Entry(path.parent.name, "place", "diffusion", OWN_VERSION, path.name)
        self._session = open_file(path, entry, runtime)
        self._inputs = {each.name: each for each in self._session.get_inputs()}
        self.outputs: Mapping[str, Any] = {each.name: each for each in self._session.get_outputs()}
        self.providers: tuple[str, ...] = tuple(self._session.get_providers())
        self.bound = CUDA in self.providers
        # One run at a time on a GPU: two would not be faster, and would need twice the memory.
        self._slots: contextlib.AbstractContextManager[Any] = (
            threading.Lock() if self.bound else run_slots(runtime.run_threads)
        )

    @property
    def inputs(self) -> frozenset[str]:
        return frozenset(self._inputs)

    def problems(self, inputs: Sequence[Port], outputs: Sequence[Port]) -> list[str]:
        """What of this is not so, each with the file's name. Inputs beyond these are a problem."""
        found = [f"has no input {p.name}" for p in inputs if p.name not in self._inputs]
        unknown = sorted(self.inputs - {each.name for each in inputs})
        found += [f"has an input {name}, which is not supported" for name in unknown]
        found += [f"has no output {p.name}" for p in outputs if p.name not in self.outputs]
        for port in inputs:
            if port.name in self._inputs:
                found += _misfits(port, self._inputs[port.name])
        for port in outputs:
            if port.name in self.outputs:
                found += _wrong_channels(port, self.outputs[port.name])
        return [f"{self.path}: {each}" for each in found]

    def prepare(self, name: str, value: npt.NDArray[Any]) -> Any:
        """An input that many runs have in common, cast, and copied to the GPU if there is one."""
        given = self._cast(name, value)
        return onnxruntime.OrtValue.ortvalue_from_numpy(given, "cuda", 0) if self.bound else given

    def run(self, feeds: Mapping[str, Any], names: Sequence[str]) -> list[Floats]:
        """The named outputs, float32. `feeds`: arrays of any dtype, or what `prepare` has made."""
        run = self.run_bound if self.bound else self.run_plain
        try:
            with self._slots:
                outputs = run(feeds, names)
        except Exception as error:  # ONNX Runtime's exceptions have no common class of their own
            problem = next(iter(str(error).splitlines()), type(error).__name__)[:300]
            raise ModelError(f"{self.path}: can't be run ({problem})") from error
        return [np.asarray(each, np.float32) for each in outputs]

    def expect(self, output: Floats, shape: tuple[int, ...]) -> None:
        """Raises ModelError that names the file where an output has another shape."""
        if output.shape != shape:
            has, wanted = list(output.shape), list(shape)
            raise ModelError(f"{self.path}: gives {has}, but {wanted} is needed")

    def run_plain(self, feeds: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
        given = {name: self._cast(name, value) for name, value in feeds.items()}
        return list(self._session.run(list(names), given))

    def run_bound(self, feeds: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
        """Inputs that lie on the GPU stay there; only the named outputs are copied back."""
        binding = self._session.io_binding()
        for name, value in feeds.items():
            if isinstance(value, onnxruntime.OrtValue):
                binding.bind_ortvalue_input(name, value)
            else:
                binding.bind_cpu_input(name, self._cast(name, value))
        for name in names:
            binding.bind_output(name)
        self._session.run_with_iobinding(binding)
        return list(binding.copy_outputs_to_cpu())

    def _cast(self, name: str, value: npt.NDArray[Any]) -> npt.NDArray[Any]:
        wanted = self._inputs[name]
        given = np.ascontiguousarray(value, _KINDS[wanted.type])
        # A single value is a scalar to some exports and a list of one to others.
        return given.reshape(()) if len(wanted.shape) == 0 else given


def _misfits(port: Port, has: Any) -> list[str]:
    found = []
    if has.type not in port.kinds:
        kinds = " or ".join(each[7:-1] for each in port.kinds)
        found.append(f"input {port.name} is {has.type[7:-1]}, but {kinds} is needed")
    if port.shape is None:
        return found
    wanted = ["free" if each is None else each for each in port.shape]
    fits = len(has.shape) == len(port.shape) and all(
        not isinstance(given, int) if need is None else given == need or not isinstance(given, int)
        for given, need in zip(has.shape, port.shape, strict=True)
    )
    if not fits:
        found.append(f"input {port.name} is {_told(has.shape)}, but {wanted} is needed")
    return found


def _wrong_channels(port: Port, has: Any) -> list[str]:
    if port.shape is None or not has.shape or len(has.shape) != len(port.shape):
        return []
    wrong = [
        (given, need)
        for given, need in zip(has.shape, port.shape, strict=True)
        if need is not None and isinstance(given, int) and given != need
    ]
    return [f"output {port.name} has {given} channels, but {need}" for given, need in wrong]


def _told(shape: Sequence[Any]) -> list[Any]:
    return [each if isinstance(each, int) else "free" for each in shape]
