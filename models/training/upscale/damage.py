"""What happens to a picture before anyone asks to enlarge it: shrinking, noise, JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np
import torch

from imaging.pixels import Floats, Pixels
from models.training.upscale.textures import Random

KERNELS = ("bicubic", "lanczos", "area", "bilinear", "gaussian")
_WEIGHTS = (0.48, 0.14, 0.14, 0.1, 0.14)
_SUPPORT = {"bicubic": 2.0, "lanczos": 3.0, "area": 0.5, "bilinear": 1.0, "gaussian": 2.5}


@dataclass(frozen=True)
class Damage:
    """Shares of patches that get noise and JPEG, and their ranges."""

    noise_share: float = 0.12
    most_noise: float = 6.0
    jpeg_share: float = 0.4
    least_quality: int = 60


def shrink_matrix(kernel: str, small: int, scale: int, sigma: float = 0.4) -> torch.Tensor:
    """The matrix, small x (small * scale), that shrinks one axis with an antialiased kernel.

    `sigma` is the gaussian's, in pixels of the small picture. Rows sum to 1.
    """
    centre = (torch.arange(small, dtype=torch.float64)[:, None] + 0.5) * scale - 0.5
    at = (torch.arange(small * scale, dtype=torch.float64)[None] - centre) / scale
    size = at.abs()
    if kernel == "bicubic":
        near = (1.5 * size - 2.5) * size * size + 1
        far = ((-0.5 * size + 2.5) * size - 4) * size + 2
        weight = torch.where(size < 1, near, torch.where(size < 2, far, 0.0))
    elif kernel == "lanczos":
        weight = torch.sinc(at) * torch.sinc(at / 3) * (size < 3)
    elif kernel == "area":
        weight = (size < 0.5).double()
    elif kernel == "bilinear":
        weight = (1 - size).clamp(min=0)
    else:
        weight = torch.exp(-0.5 * (at / sigma) ** 2) * (size < _SUPPORT["gaussian"])
    return (weight / weight.sum(1, keepdim=True)).float()


def shrink(large: torch.Tensor, scale: int, kernel: str, sigma: float = 0.4) -> torch.Tensor:
    """Shrink count x 3 x height x width, 0 to 1, by a whole `scale` that divides both sides."""
    down = shrink_matrix(kernel, large.shape[2] // scale, scale, sigma).to(large.device)
    across = shrink_matrix(kernel, large.shape[3] // scale, scale, sigma).to(large.device)
    return (down @ large @ across.T).clamp(0, 1)


def damaged(random: Random, large: torch.Tensor, scale: int, damage: Damage) -> torch.Tensor:
    """Small patches as they come from cameras and shops: 8 bit codes, 0 to 1."""
    parts = []
    for part in large.split(4):  # a kernel for every four patches
        kernel = str(random.choice(KERNELS, p=_WEIGHTS))
        sigma = float(random.uniform(0.3, 0.6))
        parts.append(shrink(part, scale, kernel, sigma))
    small = torch.cat(parts).cpu().numpy().transpose(0, 2, 3, 1) * 255
    patches = [_spoil(random, patch, damage) for patch in small]
    stack = torch.from_numpy(np.stack(patches)).permute(0, 3, 1, 2).float() / 255
    return stack.to(large.device)


def _spoil(random: Random, patch: Floats, damage: Damage) -> Pixels:
    """`patch`: codes 0 to 255."""
    if random.random() < damage.noise_share:
        strength = float(random.uniform(0, damage.most_noise))
        if random.random() < 0.5:  # shot noise grows with the light
            spread = strength * np.sqrt(np.clip(patch, 4, 255) / 128)
        else:
            spread = np.full_like(patch, strength)
        grain = random.standard_normal(patch.shape)
        if random.random() < 0.5:  # the same in all channels
            grain = np.repeat(grain[:, :, :1], 3, axis=2)
        patch = np.asarray(patch + grain * spread, np.float32)
    codes = np.rint(np.clip(patch, 0, 255)).astype(np.uint8)
    if random.random() < damage.jpeg_share:
        codes = jpeg(codes, int(random.integers(damage.least_quality, 101)), random)
    return codes


def jpeg(pixels: Pixels, quality: int, random: Random | None = None) -> Pixels:
    """uint8 RGB through JPEG 4:2:0, or with `random` 4:2:0 or 4:4:4 on a random 8 x 8 grid."""
    top = left = 0
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    if random is not None:
        top, left = (int(each) for each in random.integers(0, 8, 2))
        if random.random() < 0.3:
            sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    padded = cv2.copyMakeBorder(pixels, top, 8, left, 8, cv2.BORDER_REFLECT_101)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(padded, cv2.COLOR_RGB2BGR), options)
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[:, :, ::-1]
    height, width = pixels.shape[:2]
    return decoded[top : top + height, left : left + width]
