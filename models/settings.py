"""The endpoint's settings, read once from the environment."""

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.allowlist import AllowList

_DEFAULT_MAX_INPUT_BYTES = 200_000_000
_DEFAULT_TRANSFER_TIMEOUT_S = 60.0
_DEVICES = ("auto", "cpu", "cuda")
_SEARCHES = ("exhaustive", "heuristic", "default")
_SAMPLERS = ("auto", "dpm-solver", "lcm")


@dataclass(frozen=True)
class Runtime:
    """Which models run, and how ONNX Runtime runs them.

    `segment_model`, `upscale_model`: a name of the registry or `family=/path`; for upscaling also
    fast, best or sharp. `concurrency`: requests that the server works on at once. `threads`: those
    of one run on the CPU; 0 shares the cores out between the requests. `device`: auto takes CUDA
    where it works. `cudnn_search`: how cuDNN's convolutions are chosen. `batch`: most requests that
    run together on a GPU, 1 for no batching; `batch_wait_ms`: how long one waits for others.

    `diffusion_model`: the folder of the model for scenes by prompt, "" for none; a path, or a name
    in the model mount. `diffusion_sampler`: auto goes by the model's own scheduler.
    `diffusion_steps` and `diffusion_guidance` are for scenes that do not say; None: the sampler's.
    `diffusion_batch`: most scenes that go through the net together.
    """

    segment_model: str = "opal-cutout"
    upscale_model: str = "fast"
    concurrency: int = 1
    threads: int = 0
    device: str = "auto"
    cudnn_search: str = "exhaustive"
    batch: int = 1
    batch_wait_ms: int = 5
    diffusion_model: str = ""
    diffusion_sampler: str = "auto"
    diffusion_steps: int | None = None
    diffusion_guidance: float | None = None
    diffusion_batch: int = 4

    @property
    def run_threads(self) -> int:
        """Threads of one run on the CPU, at least 1."""
        cores = len(os.sched_getaffinity(0))
        return self.threads or max(1, cores // self.concurrency)


@dataclass(frozen=True)
class Settings:
    """`allowed`: hosts of input and output URLs. `max_input_bytes`: the largest input blob.

    `transfer_timeout_s`: seconds for one download, and for each wait during an upload.
    """

    allowed: AllowList
    max_input_bytes: int = _DEFAULT_MAX_INPUT_BYTES
    transfer_timeout_s: float = _DEFAULT_TRANSFER_TIMEOUT_S
    runtime: Runtime = field(default_factory=Runtime)


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises ValueError that names every variable at fault at once."""
    reader = _Reader(environment)
    allowed = AllowList.parse(environment.get("OPAL_ALLOWED_HOSTS", ""))
    if not allowed.entries:
        reader.problems.append(
            "OPAL_ALLOWED_HOSTS must list the blob hosts, such as *.blob.core.windows.net"
        )
    settings = Settings(
        allowed,
        int(reader.positive("OPAL_MAX_INPUT_BYTES", float(_DEFAULT_MAX_INPUT_BYTES))),
        reader.positive("OPAL_TRANSFER_TIMEOUT_S", _DEFAULT_TRANSFER_TIMEOUT_S),
        _runtime(reader),
    )
    reader.finish()
    return settings


def load_runtime(environment: Mapping[str, str]) -> Runtime:
    """Read what concerns models alone; everything has a default. Raises as load_settings."""
    reader = _Reader(environment)
    runtime = _runtime(reader)
    reader.finish()
    return runtime


@functools.cache
def get_runtime() -> Runtime:
    """How this process runs models, by its environment."""
    return load_runtime(os.environ)


def _runtime(reader: "_Reader") -> Runtime:
    return Runtime(
        segment_model=reader.text("OPAL_SEGMENT_MODEL", Runtime.segment_model),
        upscale_model=reader.text("OPAL_UPSCALE_MODEL", Runtime.upscale_model),
        concurrency=reader.whole("OPAL_CONCURRENCY", Runtime.concurrency, 1, 256),
        threads=reader.whole("OPAL_THREADS", Runtime.threads, 0, 256),
        device=reader.choice("OPAL_DEVICE", _DEVICES),
        cudnn_search=reader.choice("OPAL_CUDNN_SEARCH", _SEARCHES),
        batch=reader.whole("OPAL_BATCH", Runtime.batch, 1, 64),
        batch_wait_ms=reader.whole("OPAL_BATCH_WAIT_MS", Runtime.batch_wait_ms, 0, 1000),
        diffusion_model=reader.text("OPAL_DIFFUSION_MODEL", Runtime.diffusion_model),
        diffusion_sampler=reader.choice("OPAL_DIFFUSION_SAMPLER", _SAMPLERS),
        diffusion_steps=reader.optional_whole("OPAL_DIFFUSION_STEPS", 1, 100),
        diffusion_guidance=reader.optional_number("OPAL_DIFFUSION_GUIDANCE", 1, 20),
        diffusion_batch=reader.whole("OPAL_DIFFUSION_BATCH", Runtime.diffusion_batch, 1, 16),
    )


class _Reader:
    """Reads variables, and gathers what is wrong with them; unset and empty are the same."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environment.get(name, "").strip() or default

    def choice(self, name: str, options: tuple[str, ...]) -> str:
        value = self.text(name, options[0])
        if value not in options:
            self.problems.append(f"{name} must be one of {', '.join(options)}")
        return value

    def whole(self, name: str, default: int, lowest: int, highest: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not lowest <= int(value) <= highest:
            self.problems.append(f"{name} must be a whole number from {lowest} to {highest}")
            return default
        return int(value)

    def optional_whole(self, name: str, lowest: int, highest: int) -> int | None:
        return self.whole(name, lowest, lowest, highest) if self.text(name, "") else None

    def optional_number(self, name: str, lowest: float, highest: float) -> float | None:
        if not self.text(name, ""):
            return None
        try:
            value = float(self.text(name, ""))
        except ValueError:
            value = float("nan")
        if not lowest <= value <= highest:
            self.problems.append(f"{name} must be a number from {lowest:g} to {highest:g}")
        return value

    def positive(self, name: str, default: float) -> float:
        try:
            value = float(self.text(name, str(default)))
        except ValueError:
            value = 0.0
        if not 0 < value < float("inf"):
            self.problems.append(f"{name} must be a number above 0")
            return default
        return value

    def finish(self) -> None:
        if self.problems:
            raise ValueError("; ".join(self.problems))
