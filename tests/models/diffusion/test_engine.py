"""Scenes by prompt as the endpoint makes them, on a tiny random model."""

import numpy as np
import pytest

from imaging.layout import Box
from models.entries import ModelError
from models.errors import EndpointError
from models.loading import load_models
from models.place.diffusion import engine
from models.place.diffusion.engine import make_scenes
from models.place.diffusion.request import DiffusionRequest, Scene
from models.settings import get_runtime
from tests.models.diffusion.conftest import change
from tests.models.diffusion.products import BOX, CANVAS, bottle


def made(*scenes, steps=3, guidance=5.0, canvas=CANVAS, box=BOX):
    request = DiffusionRequest(tuple(scenes), steps, guidance)
    return make_scenes(bottle(), box, canvas, request)


def differ(one, other):
    return np.abs(one.astype(int) - other).max()


def test_a_scene_has_the_canvas_size_and_says_how_it_was_made(deploy, sd):
    deploy(sd.folder)
    found = made(Scene("a marble table"))
    (picture,) = found.pictures
    assert picture.shape == (80, 100, 3) and picture.dtype == np.uint8 and picture.std() > 10
    assert picture.flags.writeable
    assert (found.model.name, len(found.model.sha256)) == ("tiny", 64)
    assert found.quality == {"steps": 3, "guidance": 5.0, "frame": [80, 64]}
    assert "tokens_cut" in made(Scene("the light " * 40)).quality


def test_the_seed_decides(deploy, sd):
    deploy(sd.folder)
    one, again, other = (made(Scene("a table", seed=seed)).pictures[0] for seed in (1, 1, 2))
    assert (one == again).all() and differ(one, other) > 20


def test_prompt_negative_prompt_guidance_and_steps_each_matter(deploy, sd):
    deploy(sd.folder)
    plain = made(Scene("a marble table")).pictures[0]
    others = [
        made(Scene("soft wooden light")),
        made(Scene("a marble table", "the photo")),
        made(Scene("a marble table"), guidance=12.0),
        made(Scene("a marble table"), steps=5),
    ]
    assert all(differ(plain, each.pictures[0]) > 1 for each in others)
    # Without guidance nothing is asked of the negative prompt.
    alone = [made(Scene("a", each), guidance=1.0).pictures[0] for each in ("", "the photo")]
    assert (alone[0] == alone[1]).all()


@pytest.mark.parametrize("most", ["2", "4"])
def test_scenes_made_together_are_those_made_alone(deploy, sd, most):
    deploy(sd.folder, OPAL_DIFFUSION_BATCH=most)
    scenes = [Scene("a table", seed=1), Scene("soft light", "wood", 2), Scene("marble", seed=3)]
    together = made(*scenes).pictures
    assert len(together) == 3
    for scene, picture in zip(scenes, together, strict=True):
        assert differ(made(scene).pictures[0], picture) <= 1


def test_the_product_is_not_in_the_scene_but_changes_it(deploy, sd):
    deploy(sd.folder)
    here = made(Scene("a table")).pictures[0]
    there = made(Scene("a table"), box=Box(0, 0, BOX.width, BOX.height)).pictures[0]
    assert differ(here, there) > 20


def test_steps_and_guidance_come_from_the_settings_where_a_scene_does_not_say(deploy, sd):
    deploy(sd.folder, OPAL_DIFFUSION_STEPS="2", OPAL_DIFFUSION_GUIDANCE="3.5")
    found = made(Scene("a table"), steps=None, guidance=None).quality
    assert (found["steps"], found["guidance"]) == (2, 3.5)


def test_a_sampler_of_few_steps_can_be_set_and_refuses_more_than_it_has(deploy, four_channels):
    deploy(four_channels.folder, OPAL_DIFFUSION_SAMPLER="lcm")
    found = made(Scene("a table"), steps=None, guidance=None)
    assert (found.quality["steps"], found.quality["guidance"]) == (6, 1.0)
    assert found.pictures[0].std() > 10
    with pytest.raises(EndpointError, match="must be 1 to 50") as refused:
        made(Scene("a table"), steps=51)
    assert refused.value.status == 400


def test_a_setting_of_more_steps_than_the_sampler_has_keeps_the_server_from_starting(deploy, sd):
    deploy(sd.folder, OPAL_DIFFUSION_SAMPLER="lcm", OPAL_DIFFUSION_STEPS="60")
    with pytest.raises(ModelError, match=r"OPAL_DIFFUSION_STEPS is 60, but .* 1 to 50"):
        load_models(get_runtime())


def test_without_a_model_a_prompt_is_refused(deploy):
    deploy("")
    with pytest.raises(EndpointError) as refused:
        made(Scene("a table"))
    assert (refused.value.status, refused.value.code) == (422, "engine_unavailable")
    assert not refused.value.retryable


def test_the_model_is_loaded_once_before_the_server_is_ready(deploy, sd):
    deploy(sd.folder)
    load_models(get_runtime())
    assert engine.get_model() is engine.get_model()
    assert engine._load.cache_info().misses == 1


def test_a_model_that_does_not_fit_keeps_the_server_from_starting(deploy, copied):
    change(copied / "unet/config.json", in_channels=7)
    deploy(copied, OPAL_SEGMENT_MODEL="nothing")
    with pytest.raises(ModelError) as refused:
        load_models(get_runtime())
    for words in ("OPAL_SEGMENT_MODEL: ", "OPAL_DIFFUSION_MODEL: ", "in_channels is 7"):
        assert words in str(refused.value)
