"""Renders in memory: photographs with mattes, product sprites, and empty backgrounds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from imaging.foreground import cut_out
from imaging.pixels import Pixels

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
        matte = cv2.imread(str(folder / "matte" / f"{stem}.png"), cv2.IMREAD_GRAYSCALE)
        if plate:
            self.plates.append(_rgb(folder / "plate" / f"{stem}.png"))
        if matte is None or not _LEAST_COVER < matte.mean() / 255 < _MOST_COVER:
            return
        photo = _rgb(folder / "photo" / f"{stem}.png")
        self.photos.append(photo)
        self.mattes.append(np.asarray(matte, np.uint8))
        self.sprites.append(_trimmed(cut_out(photo, self.mattes[-1])))


def _rgb(path: Path) -> Pixels:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(path)
    return np.ascontiguousarray(picture[:, :, ::-1])


def _trimmed(sprite: Pixels) -> Pixels:
    rows, columns = np.nonzero(sprite[:, :, 3] > 8)
    return np.ascontiguousarray(
        sprite[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    )
