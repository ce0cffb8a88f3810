"""Where tiles lie, so that a net of limited reach gives the same with them as in one go."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """One tile along one axis, in pixels of the source: the net sees `start` to `stop`, and what
    it makes of `begin` to `end` is used."""

    start: int
    stop: int
    begin: int
    end: int


def spans(length: int, window: int, overlap: int) -> list[Span]:
    """Tiles of one size that cover `length`; the parts that are used meet without a gap.

    A window is `window` pixels, or all of a shorter axis. Except at the source's own ends, every
    used pixel is at least `overlap` pixels from its window's border. Raises ValueError where the
    overlap leaves nothing of the window.
    """
    step = window - 2 * overlap
    if step < 1:
        raise ValueError(f"an overlap of {overlap} leaves nothing of a window of {window}")
    if length <= window:
        return [Span(0, length, 0, length)]
    count = -(-(length - 2 * overlap) // step)
    starts = [min(index * step, length - window) for index in range(count)]
    cuts = [0, *(start + window - overlap for start in starts[:-1]), length]
    pieces = zip(starts, itertools.pairwise(cuts), strict=True)
    return [Span(start, start + window, begin, end) for start, (begin, end) in pieces]


def grid(height: int, width: int, window: int, overlap: int) -> Iterator[tuple[Span, Span]]:
    """Rows and columns of every tile, row by row."""
    return itertools.product(spans(height, window, overlap), spans(width, window, overlap))
