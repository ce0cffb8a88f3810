"""The test sets. Each follows from one seed, so that two models are measured on the same pixels."""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from imaging.decode import decode_photo
from imaging.pixels import Pixels
from models.training.evaluation.backdrops import KINDS, cluttered, studio
from models.training.evaluation.compose import cut, placed, stand
from models.training.evaluation.photos import (
    IN_CLUTTER,
    IN_STUDIO,
    NAMES,
    Case,
    photo,
    read_colour,
    read_grey,
)

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
_A_PRODUCT = 6
_A_RENDER = 1


@dataclass(frozen=True)
class Sources:
    """Where pictures come from. `packages`: a site-packages folder to look in first, or None.
    `renders`: a folder that `models.training.render --held-out` filled, or None. `limit`: most
    shots of it to use."""

    seed: int = 1
    packages: Path | None = None
    renders: Path | None = None
    limit: int = 200


def photo_untouched(sources: Sources) -> Iterator[Case]:
    """The photographs as they are."""
    for name in NAMES:
        yield photo(name, sources.packages)


def photo_studio(sources: Sources) -> Iterator[Case]:
    """Photographic products before computed studio backgrounds."""
    yield from _stood(_photographic(IN_STUDIO, sources), _A_PRODUCT, sources, in_studio=True)


def photo_cluttered(sources: Sources) -> Iterator[Case]:
    """Photographic products before parts of other photographs."""
    yield from _stood(_photographic(IN_CLUTTER, sources), _A_PRODUCT, sources, in_studio=False)


def heldout_sweep(sources: Sources) -> Iterator[Case]:
    """Renders of families that training left out, as they are: those on a studio sweep."""
    yield from (case for room, case in _rendered(sources) if room == "sweep")


def heldout_rooms(sources: Sources) -> Iterator[Case]:
    """The others of those renders, as they are: on tables, cloth and shelves, among clutter."""
    yield from (case for room, case in _rendered(sources) if room != "sweep")


def heldout_studio(sources: Sources) -> Iterator[Case]:
    """The products of those renders before studio backgrounds."""
    products = ((case.name, cut(case)) for _, case in _rendered(sources))
    yield from _stood(products, _A_RENDER, sources, in_studio=True)


def heldout_cluttered(sources: Sources) -> Iterator[Case]:
    """The same before parts of photographs."""
    products = ((case.name, cut(case)) for _, case in _rendered(sources))
    yield from _stood(products, _A_RENDER, sources, in_studio=False)


def samples(sources: Sources) -> Iterator[Case]:
    """The repository's eight sample photos, at the size of their mattes."""
    for path, rgb in sample_photos():
        matte = read_grey(_truth(path))
        size = (matte.shape[1], matte.shape[0])
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        yield Case(path.stem, np.asarray(small, np.uint8), matte)


def sample_photos() -> Iterator[tuple[Path, Pixels]]:
    """The file and the pixels, uint8 RGB, of each sample photo that has a matte."""
    for path in sorted(SAMPLES.iterdir(), key=lambda each: each.name.lower()):
        if _truth(path).is_file():
            yield path, decode_photo(path.read_bytes()).rgb


def _truth(sample: Path) -> Path:
    return SAMPLES / "mattes" / f"{sample.stem}.png"


SETS: dict[str, Callable[[Sources], Iterator[Case]]] = {
    "photo-studio": photo_studio,
    "photo-cluttered": photo_cluttered,
    "photo-untouched": photo_untouched,
    "heldout-sweep": heldout_sweep,
    "heldout-rooms": heldout_rooms,
    "heldout-studio": heldout_studio,
    "heldout-cluttered": heldout_cluttered,
    "samples": samples,
}


def _photographic(names: tuple[str, ...], sources: Sources) -> Iterator[tuple[str, Pixels]]:
    for name in names:
        yield name, cut(photo(name, sources.packages))


def _rendered(sources: Sources) -> Iterator[tuple[str, Case]]:
    """The room and the photo of each shot; one counts once its json is there."""
    if sources.renders is None:
        return
    for path in sorted((sources.renders / "shot").glob("*.json"))[: sources.limit]:
        shot = json.loads(path.read_text("utf-8"))
        rgb = read_colour(sources.renders / "photo" / f"{path.stem}.png")
        matte = read_grey(sources.renders / "matte" / f"{path.stem}.png")
        yield shot["room"], Case(shot["family"], rgb, matte)


def _stood(
    products: Iterator[tuple[str, Pixels]], each: int, sources: Sources, *, in_studio: bool
) -> Iterator[Case]:
    for number, (name, cutout) in enumerate(products):
        key = zlib.crc32(f"{name} {number} {in_studio}".encode())
        for turn in range(each):
            random = np.random.default_rng([sources.seed, key, turn])
            canvas = placed(cutout, random)
            height, width = canvas.shape[:2]
            if in_studio:
                backdrop = studio(random, KINDS[(number + turn) % len(KINDS)], width, height)
            else:
                backdrop = cluttered(random, width, height, sources.packages)
            yield stand(name, canvas, backdrop, random)
