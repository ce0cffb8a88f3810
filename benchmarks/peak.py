"""Peak memory of this process, over a stretch of its life. Linux only."""

from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def reset_peak() -> None:
    """Forget the peak so far; where the kernel refuses, the peak stays that of the whole life."""
    try:
        _RESET.write_text("5")
    except OSError as error:
        print(f"peak memory includes the warm-up: {error}", flush=True)


def peak_mb() -> float:
    """The largest resident set since the last reset, in megabytes."""
    return _field("VmHWM")


def resident_mb() -> float:
    """The resident set now, in megabytes."""
    return _field("VmRSS")


def _field(name: str) -> float:
    line = next(each for each in _STATUS.read_text().splitlines() if each.startswith(name + ":"))
    return int(line.split()[1]) * 1024 / 1e6
