"""Opens files with ONNX Runtime: on CUDA where it is there, else on the CPU."""

import functools
import logging
from pathlib import Path
from typing import Any

import onnxruntime

from models.entries import Entry, ModelError
from models.settings import Runtime

CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
_log = logging.getLogger("azmlinfsrv.opal")

Provider = tuple[str, dict[str, str]]


def providers(entry: Entry, runtime: Runtime, available: list[str]) -> list[Provider]:
    """The execution providers to ask for, with their options, the preferred one first.

    The arena grows by what is asked for, not to the next power of two, so that it holds no more
    than a run has needed. What the entry says of a provider goes over these options.
    """
    chosen: list[Provider] = []
    if CUDA in available and runtime.device != "cpu":
        options = {
            "arena_extend_strategy": "kSameAsRequested",
            "cudnn_conv_algo_search": runtime.cudnn_search.upper(),
            "do_copy_in_default_stream": "1",
        }
        chosen.append((CUDA, {**options, **entry.provider_options.get(CUDA, {})}))
    elif runtime.device == "cuda":
        raise ModelError(
            "OPAL_DEVICE is cuda, but this ONNX Runtime has no CUDA: install"
            " requirements-endpoint-gpu.txt in an environment of its own, or set it to auto"
        )
    return [*chosen, (CPU, {**entry.provider_options.get(CPU, {})})]


def session_options(runtime: Runtime) -> Any:
    """ONNX Runtime's options for a session that several requests share."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = runtime.run_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Patterns of memory are kept per input shape: worth little, and much memory where shapes vary.
    options.enable_mem_pattern = False
    # Spinning threads would take the cores from the requests beside them.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def open_file(path: Path, entry: Entry, runtime: Runtime) -> Any:
    """The file as an onnxruntime.InferenceSession.

    Raises ModelError, naming the file, for one that ONNX Runtime can't load, and where CUDA is
    asked for by name but does not work.
    """
    _load_cuda()
    asked = providers(entry, runtime, onnxruntime.get_available_providers())
    try:
        session = onnxruntime.InferenceSession(str(path), session_options(runtime), asked)
    except Exception as error:  # its exceptions have no common class of their own
        raise ModelError(
            f"{path}: ONNX Runtime can't load it ({_first_line(error)}); it is damaged, not an ONNX"
            " file, or of a newer kind; get or export it again"
        ) from error
    if asked[0][0] == CUDA and CUDA not in session.get_providers():
        _complain_of_cuda(runtime)
    return session


@functools.cache
def _load_cuda() -> None:
    """Find the CUDA and cuDNN that came as Python packages; nothing where there are none."""
    if CUDA in onnxruntime.get_available_providers():
        onnxruntime.preload_dlls(directory="")


def _complain_of_cuda(runtime: Runtime) -> None:
    """ONNX Runtime goes on without CUDA in silence, many times slower."""
    problem = (
        "ONNX Runtime could not use CUDA: a driver, CUDA or cuDNN is missing or has another version"
    )
    if runtime.device == "cuda":
        raise ModelError(f"{problem}; repair it, or set OPAL_DEVICE to auto or cpu")
    _log.warning("%s; models run on the CPU", problem)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:300]


def shrinking(provider: str) -> Any:
    """Run options that give back, after the run, what the provider's arena no longer needs."""
    options = onnxruntime.RunOptions()
    device = "gpu:0" if provider == CUDA else "cpu:0"
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", device)
    return options
