"""Training of one net, in steps that a checkpoint carries over from one start to the next."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from imaging.pixels import Pixels
from models.training.upscale.damage import Damage, damaged
from models.training.upscale.net import SCALES, SHAPES, Upscaler, grown
from models.training.upscale.patches import load_pool, patches
from models.training.upscale.sharpness import sharp_loss

SIDE = 48
_SAVE_EVERY = 250


@dataclass(frozen=True)
class Run:
    """One training.

    `shape` is a key of SHAPES. The learning `rate` is constant until the last `decay` steps, in
    which it falls to nothing, so a run can be made longer until then. `batch`: patches of each
    scale. `sharp`: trained by the loss of sharpness.py. `start`: name of an earlier run, of this
    shape or a smaller one, whose weights it begins with, or "".
    """

    name: str
    shape: str
    steps: int
    decay: int
    rate: float = 1e-3
    batch: int = 4
    seed: int = 20261121
    pool: int = 480
    sharp: bool = False
    start: str = ""


def train(run: Run, out: Path) -> None:
    """Train, or go on training, until `run.steps`; prints the loss and the seconds so far.

    Writes `out`/{name}.pt every 250 steps. Uses a GPU if there is one.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(run.seed)
    net = Upscaler(SHAPES[run.shape])
    if run.start:
        net = grown(
            torch.load(out / f"{run.start}.pt", map_location="cpu")["average"], SHAPES[run.shape]
        )
    state = _State(net.to(device, memory_format=torch.channels_last), run)
    path = out / f"{run.name}.pt"
    if path.exists():
        state.load(torch.load(path, map_location=device))
    pool = load_pool(out, run.seed, run.pool)
    losses = []
    while state.step < run.steps:
        losses.append(_step(state, run, pool, device))
        if state.step % _SAVE_EVERY == 0 or state.step == run.steps:
            state.save(path)
            mean = float(np.mean(losses[-_SAVE_EVERY:]))
            print(f"{run.name} {state.step} {state.seconds:.0f} s loss {mean:.5f}", flush=True)


class _State:
    """The net, its slow average, the optimiser, and how far they are."""

    def __init__(self, net: Upscaler, run: Run) -> None:
        self.net = net
        self.average = {name: value.clone() for name, value in net.state_dict().items()}
        self.adam = torch.optim.Adam(net.parameters(), lr=run.rate, betas=(0.9, 0.99))
        self.step = 0
        self.seconds = 0.0

    def advance(self, seconds: float) -> None:
        self.step += 1
        self.seconds += seconds
        keep = min(0.999, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.net.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".part")
        torch.save(
            {
                "net": self.net.state_dict(),
                "average": self.average,
                "adam": self.adam.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
            },
            partial,
        )
        partial.replace(path)

    def load(self, saved: dict[str, Any]) -> None:
        self.net.load_state_dict(saved["net"])
        self.average = saved["average"]
        self.adam.load_state_dict(saved["adam"])
        self.step, self.seconds = saved["step"], saved["seconds"]


def _step(state: _State, run: Run, pool: Pixels, device: torch.device) -> float:
    """One step on a batch for each scale; drawn from seed and step, so a restart repeats it."""
    begun = time.perf_counter()
    random = np.random.default_rng([run.seed, 3, state.step])
    for group in state.adam.param_groups:
        group["lr"] = _rate(run, state.step)
    large = {s: patches(random, pool, run.batch, SIDE * s).to(device) for s in SCALES}
    damage = Damage()
    small = torch.cat([damaged(random, large[s], s, damage) for s in SCALES])
    small = small.contiguous(memory_format=torch.channels_last)
    with torch.autocast(device.type, torch.bfloat16):
        features = state.net.features(small)
        parts = zip(SCALES, small.split(run.batch), features.split(run.batch), strict=True)
        made = {s: state.net.enlarge(part, feature, s) for s, part, feature in parts}
    measure = sharp_loss if run.sharp else _charbonnier
    loss = sum((measure(made[s], large[s]) for s in SCALES), torch.zeros((), device=device))
    state.adam.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(state.net.parameters(), 0.5)
    state.adam.step()
    state.advance(time.perf_counter() - begun)
    return float(loss.detach())


def _rate(run: Run, step: int) -> float:
    warm = min(1.0, (step + 1) / 200)
    left = min(1.0, (run.steps - step) / max(1, run.decay))
    return run.rate * warm * (0.5 - 0.5 * float(np.cos(np.pi * left)))


def _charbonnier(made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    return torch.sqrt((made - wanted) ** 2 + 1e-6).mean()
