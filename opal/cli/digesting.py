"""The digests of a folder's photos; a file is read again only when it has changed."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

from opal.cli.submission import LocalPhoto, Stamp
from opal.client.results import sha256_of


def digested(
    files: Sequence[Path], known: Mapping[str, Stamp], console: Console
) -> tuple[list[LocalPhoto], dict[str, Stamp]]:
    """The photos with their SHA-256, and the stamps by file name to keep; raises `OSError`."""
    stamps = {
        file.name: _stamp(file, known.get(file.name))
        for file in track(
            files,
            "Reading photos",
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
    }
    return [LocalPhoto(file, stamps[file.name].sha256) for file in files], stamps


def _stamp(file: Path, known: Stamp | None) -> Stamp:
    found = file.stat()
    if known and (known.size, known.mtime_ns) == (found.st_size, found.st_mtime_ns):
        return known
    return Stamp(size=found.st_size, mtime_ns=found.st_mtime_ns, sha256=sha256_of(file))
