"""Prices are data: a recipe's cost is the sum of what is made by it."""

import pytest

from opal.credits.prices import cost_of, enlarging_of, estimate, package_of, packages, prices
from opal.errors import InvalidInput
from tests.credits.life import CUTOUT, SQUARE, recipe_of

BOTH = recipe_of("white", "studio", exports=(SQUARE, CUTOUT))
CUTOUT_ALONE = recipe_of("white", exports=(CUTOUT,))


def test_each_stage_scene_and_export_is_counted():
    table = prices()
    stages, each = table.stages, table.exports.each
    scenes = 2 * (stages.place + stages.upscale) + table.scenes["studio"]
    assert cost_of(BOTH) == stages.segment + scenes + 3 * each


def test_scenes_that_nothing_is_exported_from_cost_nothing():
    assert cost_of(CUTOUT_ALONE) == prices().stages.segment + prices().exports.each
    assert enlarging_of(CUTOUT_ALONE).count == 0


def test_a_recipe_that_forgoes_enlarging_does_not_pay_for_it():
    without = BOTH.model_copy(update={"upscale": False})
    enlarging = enlarging_of(BOTH)
    assert cost_of(BOTH) - cost_of(without) == enlarging.count * enlarging.credits > 0


def test_an_estimate_names_its_parts():
    found = estimate(BOTH, 10)
    assert found.per_photo == cost_of(BOTH)
    assert found.total == 10 * found.per_photo
    assert sum(line.count * line.credits for line in found.lines) == found.per_photo


def test_packages_get_cheaper_by_the_credit():
    each = [float(package.price) / package.credits for package in packages()]
    assert each == sorted(each, reverse=True)
    assert len(set(each)) == len(each) > 1


def test_an_unknown_package_is_refused_with_the_names_that_there_are():
    with pytest.raises(InvalidInput, match=r"small, medium, large") as caught:
        package_of("huge")
    assert caught.value.code == "package_unknown"
