"""The endpoint's settings, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.allowlist import AllowList

_DEFAULT_MAX_INPUT_BYTES = 200_000_000
_DEFAULT_TRANSFER_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Settings:
    """`allowed`: hosts of input and output URLs. `max_input_bytes`: the largest input blob.

    `transfer_timeout_s`: seconds for one download, and for each wait during an upload.
    """

    allowed: AllowList
    max_input_bytes: int = _DEFAULT_MAX_INPUT_BYTES
    transfer_timeout_s: float = _DEFAULT_TRANSFER_TIMEOUT_S


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings. Raises ValueError that names every variable at fault at once."""
    problems = []
    allowed = AllowList.parse(environment.get("OPAL_ALLOWED_HOSTS", ""))
    if not allowed.entries:
        problems.append(
            "OPAL_ALLOWED_HOSTS must list the blob hosts, such as *.blob.core.windows.net"
        )
    numbers = {}
    for name, default in (
        ("OPAL_MAX_INPUT_BYTES", float(_DEFAULT_MAX_INPUT_BYTES)),
        ("OPAL_TRANSFER_TIMEOUT_S", _DEFAULT_TRANSFER_TIMEOUT_S),
    ):
        numbers[name] = _positive(environment.get(name) or str(default))
        if numbers[name] <= 0:
            problems.append(f"{name} must be a number above 0")
    if problems:
        raise ValueError("; ".join(problems))
    return Settings(
        allowed, int(numbers["OPAL_MAX_INPUT_BYTES"]), numbers["OPAL_TRANSFER_TIMEOUT_S"]
    )


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if value < float("inf") else 0.0
