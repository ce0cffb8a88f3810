"""Writes the digests of the bundled files into registry.toml, after a training."""

import hashlib
import re
from pathlib import Path

from models.entries import parse_registry
from models.registry import REGISTRY, WEIGHTS


def seal(registry: Path = REGISTRY, weights: Path = WEIGHTS) -> list[str]:
    """Bring `sha256` and `bytes` of every bundled model whose file is there up to date.

    Returns a line for each. Everything else in the file stays as it is written.
    """
    text = registry.read_text("utf-8")
    lines = []
    for entry in parse_registry(text).models.values():
        path = weights / entry.file
        if entry.bundled and path.is_file():
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            text = _sealed(text, entry.name, digest, len(data))
            state = "unchanged" if digest == entry.sha256 else "sealed"
            lines.append(f"{entry.name}: {state}, {len(data)} bytes, sha256 {digest}")
    parse_registry(text)
    registry.write_text(text, "utf-8")
    return lines


def _sealed(text: str, name: str, digest: str, size: int) -> str:
    head = f"[models.{name}]\n"
    start = text.index(head) + len(head)
    end = text.find("\n[", start)
    end = len(text) if end < 0 else end
    table = re.sub(r'(?m)^sha256 = ".*"$', f'sha256 = "{digest}"', text[start:end])
    table = re.sub(r"(?m)^bytes = \d+$", f"bytes = {size}", table)
    return text[:start] + table + text[end:]
