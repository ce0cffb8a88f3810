"""The things for sale by name; each builder puts one product on z = 0, front towards -Y."""

from __future__ import annotations

from collections.abc import Callable

import bpy

from .bag import bag
from .jewellery import ring
from .packaging import bottle, tea_box
from .sneaker import sneaker
from .tableware import mug, tumbler, vase

PRODUCTS: dict[str, Callable[[], list[bpy.types.Object]]] = {
    "bottle": bottle,
    "mug": mug,
    "tea-box": tea_box,
    "sneaker": sneaker,
    "bag": bag,
    "glass": tumbler,
    "vase": vase,
    "ring": ring,
}
