"""Trains the cut-out net; goes on from the last checkpoint, and takes in new renders as they come.

python -m models.training.cutout.train --renders DIR --out DIR --minutes 90
"""

from __future__ import annotations

import argparse
import copy
import math
import multiprocessing
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from imaging.pixels import Pixels
from models.training.cutout.compose import example
from models.training.cutout.library import Library
from models.training.cutout.net import MEAN, STD, CutoutNet

SEED = 20
BATCH = 16
PEAK_RATE, LAST_RATE = 2e-3, 4e-5
# Side of the training pictures, by share of the time: small pictures first, for they are cheap.
SIDES = ((0.0, 160), (0.35, 192), (0.6, 256), (0.88, 320))
_REPORT_S, _HARD_SHARE, _HARD_KEPT = 120.0, 0.25, 512


def main() -> None:
    """Parse the command line and train until the time is up."""
    parser = argparse.ArgumentParser(prog="python -m models.training.cutout.train")
    parser.add_argument("--renders", type=Path, required=True)
    parser.add_argument("--heldout", type=Path, help="renders of other families, to report on")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(SEED)
    Training(options).run()


class Feed:
    """Draws examples ahead in a process of its own; a share of the hardest comes again."""

    def __init__(self, renders: Path, seed: int) -> None:
        self._side: Any = multiprocessing.Value("i", SIDES[0][1])
        self.hard: list[tuple[float, Pixels, Pixels]] = []
        self._ready: Any = multiprocessing.Queue(4 * BATCH)
        self._rng = np.random.default_rng([seed, 1])
        arguments = (renders, seed, self._side, self._ready)
        multiprocessing.Process(target=_draw, args=arguments, daemon=True).start()

    def batch(self, side: int) -> tuple[Pixels, Pixels]:
        """BATCH x side x side x 3 and BATCH x side x side, uint8."""
        self._side.value = side
        self.hard = [each for each in self.hard[-_HARD_KEPT:] if len(each[1]) == side]
        again = int(BATCH * _HARD_SHARE) if len(self.hard) > 64 else 0
        pairs: list[tuple[Pixels, Pixels]] = []
        while len(pairs) < BATCH - again:
            picture, matte = self._ready.get()
            if len(picture) == side:
                pairs.append((picture, matte))
        for _ in range(again):
            _, picture, matte = self.hard[int(self._rng.integers(len(self.hard)))]
            if self._rng.random() < 0.5:
                picture, matte = picture[:, ::-1], matte[:, ::-1]
            pairs.append((picture, matte))
        return np.stack([p for p, _ in pairs]), np.stack([m for _, m in pairs])

    def keep_hardest(self, pictures: Pixels, mattes: Pixels, losses: list[float]) -> None:
        """Remember the worst example of a batch."""
        worst = int(np.argmax(losses))
        self.hard.append((losses[worst], pictures[worst], mattes[worst]))


def _draw(renders: Path, seed: int, side: Any, ready: Any) -> None:
    """Put examples into `ready` for ever; look for new renders now and then."""
    cv2.setNumThreads(1)
    rng, library = np.random.default_rng([seed, 2]), Library()
    while True:
        library.refresh(renders)
        for _ in range(100 * BATCH):
            ready.put(example(rng, library, side.value))


class Training:
    """One run: net, its moving average, optimiser, and the clock."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.net = CutoutNet().to(self.device, memory_format=torch.channels_last)
        self.mean = copy.deepcopy(self.net).eval()
        kinds = [[p for p in self.net.parameters() if (p.ndim > 1) == big] for big in (True, False)]
        self.optimiser = torch.optim.AdamW(
            [{"params": kinds[0], "weight_decay": 0.03}, {"params": kinds[1], "weight_decay": 0.0}],
            lr=PEAK_RATE,
        )
        self.steps, self.spent = 0, 0.0
        self.checkpoint = options.out / "checkpoint.pt"
        if self.checkpoint.exists():
            self._resume()
        self.feed = Feed(options.renders, SEED + self.steps)
        self.exam = _exam(options.heldout) if options.heldout else None

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.mean.load_state_dict(state["mean"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps, self.spent = state["steps"], state["spent"]

    def run(self) -> None:
        """Train until `minutes` have been spent over all runs together."""
        total, last, losses = 60 * self.options.minutes, time.monotonic(), []
        said = self.spent
        while self.spent < total:
            share = self.spent / total
            side = max(side for start, side in SIDES if share >= start)
            losses.append(self._step(share, side))
            now = time.monotonic()
            self.spent += now - last
            last = now
            if self.spent - said > _REPORT_S:
                self._report(losses, side)
                said, losses, last = self.spent, [], time.monotonic()
        self._report(losses, SIDES[-1][1])

    def _step(self, share: float, side: int) -> float:
        rate = LAST_RATE + (PEAK_RATE - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * min(share, 1)))
        for group in self.optimiser.param_groups:
            group["lr"] = rate * min(1.0, (self.steps + 1) / 200)
        pictures, mattes = self.feed.batch(side)
        x = normalised(pictures, self.device)
        wanted = torch.from_numpy(mattes).to(self.device).unsqueeze(1).float() / 255
        with torch.autocast(self.device.type, torch.bfloat16):
            logits, coarse = self.net(x)
        each = losses(logits.float(), wanted)
        small = F.binary_cross_entropy_with_logits(coarse.float(), F.avg_pool2d(wanted, 8))
        loss = each.mean() + 0.4 * small
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self.steps += 1
        self._average()
        self.feed.keep_hardest(pictures, mattes, each.tolist())
        return float(loss.item())

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(0.998, (1 + self.steps) / (20 + self.steps))
        ours, theirs = self.mean.state_dict(), self.net.state_dict()
        for name, value in ours.items():
            if value.dtype.is_floating_point:
                value.lerp_(theirs[name], 1 - keep)
            else:
                value.copy_(theirs[name])

    def _report(self, losses: list[float], side: int) -> None:
        exam = f" held-out IoU {mark(self.mean, self.exam, self.device):.4f}" if self.exam else ""
        print(
            f"{self.spent / 60:.1f} min, step {self.steps}, side {side}, "
            f"loss {np.mean(losses or [0]):.4f}{exam}",
            flush=True,
        )
        fresh = self.checkpoint.with_suffix(".new")
        torch.save(
            {
                "net": self.net.state_dict(),
                "mean": self.mean.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "steps": self.steps,
                "spent": self.spent,
            },
            fresh,
        )
        fresh.replace(self.checkpoint)


def normalised(pictures: Pixels, device: torch.device) -> Tensor:
    """uint8 batch x side x side x 3 to the net's input: divided by each picture's own maximum."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).to(device).permute(0, 3, 1, 2).float()
    x = x / x.amax((1, 2, 3), keepdim=True).clamp_min(1)
    mean = torch.tensor(MEAN, device=device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=device).view(1, 3, 1, 1)
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last)


def losses(logits: Tensor, wanted: Tensor) -> Tensor:
    """Cross entropy, tripled along edges, plus soft IoU; one value per picture."""
    chance = torch.sigmoid(logits)
    edge = F.max_pool2d(wanted, 5, 1, 2) + F.max_pool2d(-wanted, 5, 1, 2)
    weight = 1 + 2 * edge
    entropy = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none") * weight
    overlap = (chance * wanted).sum((1, 2, 3)) + 1
    union = (chance + wanted - chance * wanted).sum((1, 2, 3)) + 1
    return entropy.sum((1, 2, 3)) / weight.sum((1, 2, 3)) + 1 - overlap / union


def _exam(folder: Path) -> tuple[Pixels, Pixels]:
    library = Library()
    library.refresh(folder)
    pictures = [cv2.resize(p, (256, 256), interpolation=cv2.INTER_AREA) for p in library.photos]
    mattes = [cv2.resize(m, (256, 256), interpolation=cv2.INTER_AREA) for m in library.mattes]
    return np.stack(pictures), np.stack(mattes)


@torch.no_grad()
def mark(net: CutoutNet, exam: tuple[Pixels, Pixels], device: torch.device) -> float:
    """Mean IoU at one half over the exam's pictures."""
    scores = []
    for start in range(0, len(exam[0]), BATCH):
        logits, _ = net(normalised(exam[0][start : start + BATCH], device))
        cut = logits[:, 0].cpu().numpy() > 0
        true = exam[1][start : start + BATCH] > 127
        overlap = (cut & true).sum((1, 2))
        scores.extend(overlap / np.maximum((cut | true).sum((1, 2)), 1))
    return float(np.mean(scores))


if __name__ == "__main__":
    main()
