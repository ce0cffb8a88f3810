"""How alike the products of a job stand in their frames: one baseline, one scale."""

from collections import defaultdict

from opal.documents import Consistency, Item
from opal.recipe import ExportSource, Recipe


class _Spread:
    """Standard deviation of a stream of numbers (Welford, Technometrics 4, 1962)."""

    def __init__(self) -> None:
        self._count, self._mean, self._squares = 0, 0.0, 0.0

    def add(self, value: float) -> None:
        self._count += 1
        before = value - self._mean
        self._mean += before / self._count
        self._squares += before * (value - self._mean)

    @property
    def deviation(self) -> float:
        return float((self._squares / self._count) ** 0.5) if self._count else 0.0


class SetConsistency:
    """Gathers items; memory does not grow with them."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._baselines: defaultdict[tuple[str, bool], _Spread] = defaultdict(_Spread)
        self._scales: defaultdict[tuple[str, bool], _Spread] = defaultdict(_Spread)
        self._items = 0

    def add(self, item: Item) -> None:
        """Take up a completed item; one whose product's box was not kept is left out."""
        from activities.framing import plan_scene
        from imaging.layout import Box

        box = item.quality.get("segment", {}).get("product_box")
        if box is None or not self._recipe.exports_from(ExportSource.SCENE):
            return
        self._items += 1
        recipe = item.recipe or self._recipe
        for floor in {scene.floor for scene in recipe.scenes}:
            layout = plan_scene(Box(*box), recipe.exports, recipe.placement, floor=floor)
            product = layout.product
            stands = floor and recipe.placement.stance == "standing"
            for name, crop in layout.crops.items():
                line = product.y + product.height * (1.0 if stands else 0.5) - crop.y
                scale = max(product.width / crop.width, product.height / crop.height)
                self._baselines[name, floor].add(line / crop.height)
                self._scales[name, floor].add(scale)

    @property
    def figures(self) -> Consistency | None:
        """The widest spreads of any export; None where nothing was exported from scenes."""
        if not self._items:
            return None
        return Consistency(
            items=self._items,
            baseline_spread=_widest(self._baselines),
            scale_spread=_widest(self._scales),
        )


def _widest(spreads: dict[tuple[str, bool], _Spread]) -> float:
    return round(max(spread.deviation for spread in spreads.values()), 5)
