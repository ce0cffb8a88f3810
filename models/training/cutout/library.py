"""Renders in memory: photographs with mattes, product sprites, and empty backgrounds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from imaging.foreground import cut_out
from imaging.pixels import Pixels
from models.training.evaluation.photos import read_colour, read_grey

_LEAST_COVER, _MOST_COVER = 0.01, 0.9


@dataclass
class Library:
    """`photos`: RGB; `mattes`: planes, in step with `photos`; `plates`: rooms without product."""

    photos: list[Pixels] = field(default_factory=list)
    mattes: list[Pixels] = field(default_factory=list)
    sprites: list[Pixels] = field(default_factory=list)
    plates: list[Pixels] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def refresh(self, folder: Path) -> None:
        """Read the shots of `folder` that were finished since the last call."""
        for entry in sorted((folder / "shot").glob("*.json")):
            if entry.stem in self._known:
                continue
            self._known.add(entry.stem)
            self._add(folder, entry.stem, json.loads(entry.read_text())["plate"])

    def _add(self, folder: Path, stem: str, plate: bool) -> None:
        matte = read_grey(folder / "matte" / f"{stem}.png")
        if plate:
            self.plates.append(read_colour(folder / "plate" / f"{stem}.png"))
        if not _LEAST_COVER < matte.mean() / 255 < _MOST_COVER:
            return
        photo = read_colour(folder / "photo" / f"{stem}.png")
        self.photos.append(photo)
        self.mattes.append(matte)
        self.sprites.append(_trimmed(cut_out(photo, matte)))


def _trimmed(sprite: Pixels) -> Pixels:
    rows, columns = np.nonzero(sprite[:, :, 3] > 8)
    return np.ascontiguousarray(
        sprite[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    )
