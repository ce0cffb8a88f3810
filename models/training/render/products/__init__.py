"""Product families: each function draws one random product of its kind, standing near z = 0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ..palette import Random
from ..parts import Parts
from . import containers, furniture, gadgets, jewellery, made_up, soft, tableware, wearables

Family = Callable[[Random], Parts]

# Families that training never sees; the evaluation renders them.
HELD_OUT: Mapping[str, Family] = MappingProxyType(
    {
        "chair": furniture.chair,
        "kettle": tableware.kettle,
        "watch": wearables.watch,
        "headphones": gadgets.headphones,
        "sandal": wearables.sandal,
        "perfume": containers.perfume,
    }
)

TRAINING: Mapping[str, Family] = MappingProxyType(
    {
        "bottle": containers.bottle,
        "jar": containers.jar,
        "can": containers.can,
        "tube": containers.tube,
        "sprayer": containers.sprayer,
        "carton": containers.carton,
        "pouch": containers.pouch,
        "paper_bag": containers.paper_bag,
        "basket": containers.basket,
        "mug": tableware.mug,
        "bowl": tableware.bowl,
        "plate": tableware.plate,
        "vase": tableware.vase,
        "stem_glass": tableware.stem_glass,
        "tumbler": tableware.tumbler,
        "cutlery": tableware.cutlery,
        "pan": tableware.pan,
        "candle": tableware.candle,
        "shoe": wearables.shoe,
        "boot": wearables.boot,
        "handbag": wearables.handbag,
        "backpack": wearables.backpack,
        "eyewear": wearables.eyewear,
        "hat": wearables.hat,
        "belt": wearables.belt,
        "shirt": soft.shirt,
        "trousers": soft.trousers,
        "dress": soft.dress,
        "cushion": soft.cushion,
        "towel": soft.towel,
        "plush": soft.plush,
        "ring": jewellery.finger_ring,
        "necklace": jewellery.necklace,
        "bracelet": jewellery.bracelet,
        "earrings": jewellery.earrings,
        "stool": furniture.stool,
        "table": furniture.table,
        "armchair": furniture.armchair,
        "shelf": furniture.shelf,
        "lamp": furniture.lamp,
        "plant": furniture.plant,
        "clock": furniture.clock,
        "phone": gadgets.phone,
        "speaker": gadgets.speaker,
        "camera": gadgets.camera,
        "toy_car": gadgets.toy_car,
        "tool": gadgets.tool,
        "brush": gadgets.brush,
        "keyboard": gadgets.keyboard,
        "cable": gadgets.cable,
        "assembly": made_up.assembly,
        "symmetric": made_up.symmetric,
        "organic": made_up.organic,
        "wire": made_up.wire,
        "cut_out_panel": made_up.panel,
        "cluster": made_up.cluster,
    }
)

FAMILIES: Mapping[str, Family] = MappingProxyType({**TRAINING, **HELD_OUT})
