"""The pool of pictures on disk, and random patches of it."""

from pathlib import Path

import cv2
import numpy as np
import torch

from imaging.pixels import Pixels
from models.training.upscale.pictures import SIDE, picture, texture_bank
from models.training.upscale.textures import Random


def load_pool(folder: Path, seed: int, count: int) -> Pixels:
    """Pictures 0 to `count` of a seed: uint8, count x 512 x 512 x 3; made once, then read."""
    cv2.setNumThreads(1)
    path = folder / f"pool-{seed}-{count}.npy"
    if not path.exists():
        pool = np.empty((count, SIDE, SIDE, 3), np.uint8)
        bank = texture_bank(seed)
        for index in range(count):
            pool[index] = picture(seed, index, bank)
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part.npy")
        np.save(partial, pool)
        partial.replace(path)
    return np.asarray(np.load(path, mmap_mode="r"))


def patches(random: Random, pool: Pixels, count: int, side: int) -> torch.Tensor:
    """`count` patches, float32 0 to 1, count x 3 x side x side, turned, mirrored, recoloured."""
    taken = []
    for _ in range(count):
        source = pool[int(random.integers(len(pool)))]
        top, left = (int(each) for each in random.integers(0, SIDE - side + 1, 2))
        part = source[top : top + side, left : left + side]
        part = np.rot90(part, int(random.integers(4)))
        part = part[:, ::-1] if random.random() < 0.5 else part
        part = part[:, :, random.permutation(3)] if random.random() < 0.5 else part
        values = part.astype(np.float32) / 255
        if random.random() < 0.5:  # less contrast, darker or lighter
            gain = float(random.uniform(0.3, 1))
            values = values * gain + float(random.uniform(0, 1 - gain))
        taken.append(values.transpose(2, 0, 1))
    return torch.from_numpy(np.stack(taken))
