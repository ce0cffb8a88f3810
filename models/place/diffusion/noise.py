"""Noise by seed: each scene has its own stream, so that it does not matter what is made with it."""

from collections.abc import Sequence

import numpy as np

from imaging.pixels import Floats


class Noises:
    """Standard normal noise for several scenes; `shape` is that of one scene's latents."""

    def __init__(self, seeds: Sequence[int], shape: tuple[int, int, int]) -> None:
        self._streams = [np.random.default_rng(seed) for seed in seeds]
        self._shape = shape

    def draw(self) -> Floats:
        """The next noise of each stream, float32, scenes x channels x height x width."""
        drawn = [each.standard_normal(self._shape, np.float32) for each in self._streams]
        return np.stack(drawn)
