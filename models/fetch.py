"""Downloads model files: resumed where it broke off, and put in place only when the digest fits."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from models.digests import digests
from models.downloading import download
from models.entries import Entry, ModelError


def pull(
    entry: Entry,
    folder: Path,
    *,
    show: bool | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """Have the entry's file in `folder`, downloaded from its source unless it is there.

    `show`: whether to draw a progress bar; None draws it on a terminal only. What was received
    stays in a .part file, whatever happens, and the next pull goes on from there. Raises
    ModelError: no source, no space, the server refuses, the connection breaks too often, or
    another file came than the registry describes.
    """
    if not entry.source:
        where = "comes with OPAL" if entry.bundled else f"must be exported: {entry.export}"
        raise ModelError(f"{entry.name} has no address to pull it from; it {where}")
    target = folder / entry.file
    if target.exists():
        digests(target, entry)
        return target
    part = target.with_name(f"{target.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file, _alone(file, part):
            download(entry, file, show, pause)
            file.flush()
            os.fsync(file.fileno())
            _put_in_place(entry, part, target)
    except OSError as error:
        raise ModelError(f"{part}: can't be written: {error.strerror or error}") from error
    return target


@contextlib.contextmanager
def _alone(file: BinaryIO, part: Path) -> Iterator[None]:
    """Two pulls that append to one file would spoil it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ModelError(f"{part}: another pull is writing it; wait until that has ended") from None
    yield


def _put_in_place(entry: Entry, part: Path, target: Path) -> None:
    """Rename the file to its name if it is the one; else keep it under another."""
    try:
        digests(part, entry)
    except ModelError as error:
        wrong = target.with_name(f"{target.name}.wrong")
        os.replace(part, wrong)
        raise ModelError(
            f"{error} What was received is kept as {wrong}. Pull again to try anew; if it comes"
            " again, the publisher has changed the file: do not use it before you know why"
        ) from error
    os.replace(part, target)
