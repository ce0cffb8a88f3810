"""Digests of model files, compared with those that the registry states."""

import hashlib
from pathlib import Path

from models.entries import Entry, ModelError

_BLOCK = 1 << 20


def digests(path: Path, entry: Entry) -> dict[str, str]:
    """The file's SHA-256, and its MD5 where the entry states one, as lower-case hexadecimal.

    Raises ModelError that names the file, what was expected and what was found.
    """
    # MD5 only tells whether this is the file that its publisher means, who gives no other digest.
    hashes = {"sha256": hashlib.sha256()}
    if entry.md5:
        hashes["md5"] = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            for each in hashes.values():
                each.update(block)
    found = {name: each.hexdigest() for name, each in hashes.items()}
    for name, digest in found.items():
        expected = getattr(entry, name)
        if expected and digest != expected:
            raise ModelError(
                f"{path}: is not the file of model {entry.name}: {name} {expected} expected,"
                f" {digest} found. {_remedy(entry)}"
            )
    return found


def _remedy(entry: Entry) -> str:
    if entry.source:
        return (
            f"Move it away and run `python -m models pull {entry.name}`, or, if you mean to use"
            f" this very file, name it as {entry.family}=/path/to/it."
        )
    return "Install OPAL again, or after a training run `python -m models seal`."
