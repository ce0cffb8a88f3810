"""Downloading a job's results: `DIR/<job>/<item>/<scene>/<preset>.<type>`.

A file that is there with the right SHA-256 is not fetched again, so a run that was interrupted
goes on where it was. The names come from the server; what a name could do to the local disk is
taken out of it.
"""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from opal.api.jobs import ItemView
from opal.cli.transfers import Transfer, transfer_all
from opal.client import OpalClient
from opal.client.results import sha256_of
from opal.documents import ItemStatus, Output

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]|^\.|\.$")
_LONGEST = 120


class Downloaded(NamedTuple):
    """How many files there are now, how many of them were before, and what did not come."""

    folder: Path
    files: int
    known: int
    failed: dict[str, str]


def download_job(
    client: OpalClient, job_id: str, out: Path, parallel: int, console: Console
) -> Downloaded:
    """Fetch every finished file of a job that is not in `out/<job>` yet."""
    folder = out / safe_name(job_id)
    files = known = 0
    transfers: list[Transfer] = []
    for item in client.items(job_id, ItemStatus.COMPLETED):
        wanted = [output for output in item.outputs if not _is_there(folder, output)]
        files += len(item.outputs)
        known += len(item.outputs) - len(wanted)
        if wanted:
            transfers.append(_transfer(client, job_id, item, wanted, folder))
    failed = transfer_all("Downloading", transfers, parallel, console)
    return Downloaded(folder, files, known, failed)


def local_path(folder: Path, output: Output) -> Path:
    """Where an output lies below the job's folder: never outside of it."""
    # outputs/{tenant}/{job}/{item}/{scene}/{preset}.{ext}
    names = output.path.split("/")[3:] or [output.path]
    return folder.joinpath(*map(safe_name, names))


def safe_name(name: str) -> str:
    """The name as one that any file system takes, and that stays in its folder.

    All but letters, digits, `_`, `-` and inner dots is written as `%XX`, so that different names
    stay different; a long one is cut and gets a digest.
    """
    safe = _UNSAFE.sub(lambda found: "".join(f"%{b:02X}" for b in found[0].encode()), name) or "%"
    if len(safe) <= _LONGEST:
        return safe
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{safe[: _LONGEST - 17]}-{digest}"


def _is_there(folder: Path, output: Output) -> bool:
    file = local_path(folder, output)
    try:
        return file.stat().st_size == output.bytes and sha256_of(file) == output.sha256
    except FileNotFoundError:
        return False


def _transfer(
    client: OpalClient, job_id: str, item: ItemView, wanted: list[Output], folder: Path
) -> Transfer:
    """All missing files of one photo, whose addresses are asked for when it is their turn."""
    paths = {output.path for output in wanted}

    def move(progress: Callable[[int], object]) -> None:
        done = 0
        for output in client.outputs(job_id, item.item_id).outputs:
            if output.path in paths:
                client.download(
                    output.url,
                    local_path(folder, output),
                    output.sha256,
                    progress=lambda got, before=done: progress(before + got),  # type: ignore[misc]
                )
                done += output.bytes

    return Transfer(item.filename, sum(output.bytes for output in wanted), move)
