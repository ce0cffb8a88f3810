"""Where a folder's submission is kept: a small file in the user's state folder.

Not in the folder itself, which may be a memory card, shared, or synchronised. There is one for
each API, tenant, folder and set of wishes; one run at a time may have it.
"""

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import ValidationError

from opal.cli.connection import Connection
from opal.cli.errors import CliError
from opal.cli.submission import Submission, Wishes


class SubmissionFile:
    """The submission as it is on the disk; `save` writes it whole or not at all."""

    def __init__(self, file: Path, submission: Submission) -> None:
        self._file = file
        self.submission = submission

    def save(self, submission: Submission) -> None:
        """Write it down; raises `OSError`."""
        part = self._file.with_suffix(".part")
        with part.open("w", encoding="utf-8") as text:
            text.write(submission.model_dump_json(indent=1, exclude_none=True))
            text.flush()
            os.fsync(text.fileno())
        part.replace(self._file)
        self.submission = submission


@contextlib.contextmanager
def opened(
    connection: Connection, folder: Path, wishes: Wishes, environment: Mapping[str, str]
) -> Iterator[SubmissionFile]:
    """The folder's submission, locked; raises `CliError` while another run has it."""
    folder = folder.resolve()
    named = "\n".join([connection.url, connection.tenant_id, str(folder), wishes.digest])
    digest = hashlib.sha256(named.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    home = state_folder(environment)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = home / f"{digest}.json"
    with file.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CliError(f"{folder} is being submitted already, by another command.") from None
        fresh = Submission(
            folder=os.fsencode(folder).decode("utf-8", "replace"), url=connection.url
        )
        yield SubmissionFile(file, _read(file) or fresh)


def state_folder(environment: Mapping[str, str]) -> Path:
    """`$XDG_STATE_HOME/opal/submissions`, by default below `~/.local/state`."""
    state = environment.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "opal" / "submissions"


def _read(file: Path) -> Submission | None:
    try:
        return Submission.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise CliError(
            f"{file} can't be read, perhaps because a scene or a preset is gone. Remove it to"
            " submit the folder anew."
        ) from None
