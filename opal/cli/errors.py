"""What ends a command, as one or two plain lines and an exit status."""

from opal.client import ApiError, ClientError, Unreachable
from opal.errors import OpalError
from opal.settings import SettingsError

FAILED = 1
MISUSED = 2
UNREACHABLE = 3
WAITING = 4
INTERRUPTED = 130


class CliError(Exception):
    """Ends the command with this text, and this exit status."""

    def __init__(self, message: str, status: int = FAILED) -> None:
        self.status = status
        super().__init__(message)


EXPECTED = (CliError, ClientError, OpalError, SettingsError, OSError)
"""Errors that are told; any other is a defect, and shows its traceback."""


def told(error: Exception) -> tuple[str, int]:
    """What to say about an error, and the exit status."""
    if isinstance(error, CliError):
        return str(error), error.status
    if isinstance(error, ApiError):
        trace = f", trace {error.trace_id}" if error.trace_id else ""
        return f"{error.message}\n  code {error.code}{trace}", FAILED
    if isinstance(error, OpalError):
        return f"{error.message}\n  code {error.code}", FAILED
    if isinstance(error, Unreachable):
        return str(error), UNREACHABLE
    return str(error), MISUSED if isinstance(error, SettingsError) else FAILED


def reason(error: Exception) -> str:
    """An error in one line, for a list."""
    if isinstance(error, ApiError):
        return f"{error.message} ({error.code})"
    return str(error)
