"""The list of sample photos: what is shown, where, how it is framed and how it is stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shot:
    """One photo. `size` is as displayed; `rendered` is the width that Cycles computes."""

    file: str
    product: str
    room: str
    size: tuple[int, int]
    rendered: int
    turn: float = 0.0
    rise: float = 14.0
    fill: float = 0.72
    roll: float = 0.0
    aside: tuple[float, float] = (0.0, 0.0)
    warmth: float = 0.0
    focal: float = 60.0
    fstop: float = 0.9
    exposure: float = 0.65
    samples: int = 32
    grain: float = 1.4
    camera: str = "Pocket 3"
    taken: str = "2025:03:08 10:24:31"
    orientation: int = 1

    @property
    def stem(self) -> str:
        """File name without its ending; also the name of the matte."""
        return self.file.rsplit(".", 1)[0]


SHOTS = [
    Shot(
        "bottle.jpg", "bottle", "table", (1224, 1632), rendered=1224,
        turn=8, fill=0.8, roll=0.8, aside=(-0.02, 0.01), fstop=0.6, exposure=1.1,
    ),
    Shot(
        "mug.jpg", "mug", "yellow sweep", (816, 612), rendered=816,
        turn=-25, rise=22, fill=0.74, roll=-1.0, aside=(0.02, 0.0), warmth=0.3, exposure=0.9,
    ),
    Shot(
        "tea-box.jpg", "tea-box", "blue sweep", (4000, 3000), rendered=1400,
        turn=-30, rise=20, fill=0.76, roll=0.7, exposure=0.3,
    ),
    Shot(
        "sneaker.jpg", "sneaker", "grey sweep", (6000, 4000), rendered=1600,
        turn=-152, rise=20, fill=0.74, roll=-0.8, exposure=0.85,
    ),
    Shot(
        "bag.JPG", "bag", "shelf", (1536, 2048), rendered=1080,
        turn=-18, rise=10, fill=0.74, roll=1.0, exposure=0.5, orientation=6,
    ),
    Shot(
        "glass.png", "glass", "window sill", (1080, 810), rendered=1080,
        rise=12, fill=0.78, fstop=0.6, exposure=0.4, grain=0.6,
    ),
    Shot(
        "vase.webp", "vase", "white sweep", (1200, 1600), rendered=1000,
        rise=17, fill=0.74, roll=-0.6, exposure=1.0,
    ),
    Shot(
        "ring.jpg", "ring", "cloth", (1632, 1224), rendered=1200,
        turn=-28, rise=24, fill=0.76, aside=(-0.03, 0.0), exposure=0.75,
    ),
]  # fmt: skip
