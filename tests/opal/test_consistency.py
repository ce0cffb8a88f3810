"""The products of a set stand on one line at one scale, and a job says how nearly they do."""

from datetime import UTC, datetime

import pytest

from activities.consistency import SetConsistency
from opal.documents import Consistency, Item
from opal.job_options import JobOptions, resolve
from opal.recipe import Recipe

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
MUG, BOTTLE, SHOE = (0, 0, 900, 800), (10, 20, 400, 1500), (5, 5, 3000, 1200)


def recipe_of(**options: object) -> Recipe:
    return resolve(JobOptions.parse({"scenes": ["white", "studio"], **options}))


def item_of(box: tuple[int, ...] | None, recipe: Recipe | None = None) -> Item:
    return Item(
        id="item.x",
        tenant_id="demo",
        job_id="summer",
        item_id="x",
        filename="x.jpg",
        raw_path="raw/demo/summer/x.jpg",
        recipe_digest="",
        recipe=recipe,
        trace_id="t",
        created_at=NOW,
        updated_at=NOW,
        due_at=NOW,
        quality={} if box is None else {"segment": {"product_box": list(box)}},
    )


def figures(recipe: Recipe, *items: Item) -> Consistency | None:
    alike = SetConsistency(recipe)
    for item in items:
        alike.add(item)
    return alike.figures


@pytest.mark.parametrize("stance", ["standing", "flat"])
def test_products_of_any_shape_have_one_baseline_and_one_scale(stance):
    found = figures(recipe_of(stance=stance), *(item_of(box) for box in (MUG, BOTTLE, SHOE)))
    assert found is not None
    assert found.items == 3
    assert found.baseline_spread < 0.001
    assert found.scale_spread < 0.001


def test_a_photo_that_was_made_with_other_options_shows():
    recipe = recipe_of()
    high = item_of(MUG, recipe_of(floor=0.7, padding={"top": 0.2}))
    found = figures(recipe, item_of(MUG), item_of(BOTTLE), high)
    assert found is not None
    assert found.baseline_spread > 0.05


def test_an_aligned_set_is_not_said_to_be_one_when_it_is_not():
    """Aligned at the top, products of different heights have different baselines."""
    recipe = recipe_of(scenes=["studio"], alignment={"vertical": "top"})
    found = figures(recipe, item_of(BOTTLE), item_of(SHOE))
    assert found is not None
    assert found.baseline_spread > 0.1


def test_nothing_is_said_of_nothing():
    assert figures(recipe_of()) is None
    assert figures(recipe_of(), item_of(None)) is None
    assert figures(recipe_of(exports=["cutout"]), item_of(MUG)) is None
