"""The net sees the product, keeps it, and runs in either precision, bound to a device or not."""

import shutil
import subprocess
import sys

import numpy as np
import onnx
import pytest
from onnxruntime import OrtValue
from onnxruntime.transformers.float16 import convert_float_to_float16

from models.__main__ import main
from models.place.diffusion.denoise import Hints, denoise
from models.place.diffusion.folder import read_folder
from models.place.diffusion.graph import Graph
from models.place.diffusion.model import DiffusionModel
from models.place.diffusion.noise import Noises
from models.place.diffusion.request import Scene
from models.place.diffusion.schedulers.choice import choose_sampler
from models.place.diffusion.text import TextEncoders
from models.place.diffusion.unet import Guidance, Unet
from models.settings import Runtime, load_runtime
from tests.models.diffusion.conftest import CPU
from tests.models.diffusion.products import framed

SIZE = (4, 8, 10)


class Watched:
    """A net in the real one's place that says zero and keeps what it was given."""

    def __init__(self, inpainting: bool) -> None:
        self.inpainting = inpainting
        self.given: list[np.ndarray] = []

    def tell(self, sample, timestep, led):
        self.given.append(sample)
        return np.zeros_like(sample[:, :4])


def hints():
    random = np.random.default_rng(3)
    paint = np.ones((1, 1, *SIZE[1:]), np.float32)
    paint[:, :, 2:6, 3:7] = 0
    return Hints(random.standard_normal((2, *SIZE), np.float32), paint)


def run(net, folder, guidance):
    sampler = choose_sampler("dpm-solver", read_folder(folder).scheduler).start(3)
    return denoise(net, sampler, hints(), Noises([1, 2], SIZE), {}, guidance)


def test_a_net_for_inpainting_sees_the_mask_and_the_product_at_every_step(sd):
    net, shown = Watched(True), hints()
    run(net, sd.folder, Guidance(5.0, True))
    assert [each.shape for each in net.given] == [(4, 9, 8, 10)] * 3
    for given in net.given:
        for half in (given[:2], given[2:]):  # the negative prompts' samples are the prompts'
            assert (half[:, 4:5] == shown.paint).all()
            assert (half[:, 5:] == shown.known).all()
            assert (half[:, :4] == given[:2, :4]).all()


def test_a_net_of_four_channels_is_left_with_exactly_what_was_known(sd):
    net, shown = Watched(False), hints()
    found = run(net, sd.folder, Guidance(1.0, False))
    assert [each.shape for each in net.given] == [(2, 4, 8, 10)] * 3
    known = np.broadcast_to(shown.paint == 0, found.shape)
    assert (found[known] == shown.known[known]).all()
    assert (found[~known] != shown.known[~known]).all()


def test_guidance_leads_away_from_the_negative_prompt():
    answers = np.array([[1.0], [3.0], [2.0], [3.5]], np.float32)
    assert Guidance(4.0, True).combine(answers).ravel().tolist() == [5.0, 5.0]
    assert (Guidance(1.0, False).combine(answers) == answers).all()


def test_each_seed_has_its_own_stream():
    both, alone = Noises([7, 8], SIZE), Noises([8], SIZE)
    for _ in range(2):
        assert (both.draw()[1:] == alone.draw()).all()
    first, second = Noises([7], SIZE).draw(), both.draw()[:1]
    assert first.dtype == np.float32 and not (first == second).any()
    assert abs(float(Noises([1], (4, 64, 64)).draw().std()) - 1) < 0.02


def test_bound_inputs_and_outputs_give_the_same_as_plain_ones(sd):
    random = np.random.default_rng(0)
    states = random.standard_normal((2, 77, 16), np.float32)
    feeds = {
        "sample": random.standard_normal((2, 9, 8, 8), np.float32),
        "timestep": np.array([500]),
        "encoder_hidden_states": states,
    }
    graph = Graph(sd.folder / "unet/model.onnx", CPU)
    lying_there = {"encoder_hidden_states": OrtValue.ortvalue_from_numpy(states)}
    for given in (feeds, feeds | lying_there):
        bound = graph.run_bound(given, ["out_sample"])
        np.testing.assert_array_equal(graph.run_plain(feeds, ["out_sample"])[0], bound[0])
    graph, names = Graph(sd.folder / "text_encoder/model.onnx", CPU), ["last_hidden_state"]
    ids = {"input_ids": np.arange(154).reshape(2, 77)}
    plain, bound = graph.run_plain(ids, names), graph.run_bound(ids, names)
    assert plain[0].shape == (2, 77, 16) and len(bound) == 1
    np.testing.assert_array_equal(plain[0], bound[0])


def test_a_model_whose_net_and_decoder_are_float16_paints_nearly_what_it_paints_in_float32(
    sd, copied
):
    for part in ("unet", "vae_decoder"):
        path = copied / part / "model.onnx"
        onnx.save(convert_float_to_float16(onnx.load(path)), path)
    graph = Graph(copied / "unet/model.onnx", CPU)
    assert graph.outputs["out_sample"].type == "tensor(float16)"
    model = DiffusionModel(copied, CPU)
    kept, frame = framed(model)
    half, whole = (
        each.paint(kept, frame, [Scene("a marble table", seed=4)], 4, 3.0)[0][0].astype(int)
        for each in (model, sd.model)
    )
    assert whole.std() > 20 and np.abs(half - whole).mean() < 2


def test_a_pooled_prompt_and_an_empty_negative_one_are_zero_where_the_model_says_so(sdxl, sd):
    texts = ["", "a table"]
    found = TextEncoders(read_folder(sdxl.folder), CPU).encode(texts, negative=True)
    assert not found.states[0].any() and not found.pooled[0].any()
    assert found.states[1].any() and found.pooled[1].any()
    assert TextEncoders(read_folder(sd.folder), CPU).encode(texts, negative=True).states[0].any()


def test_sdxl_is_told_the_size_and_prompts_twice_only_with_guidance(sdxl):
    folder = read_folder(sdxl.folder)
    unet, text = Unet(folder, CPU), TextEncoders(folder, CPU)
    one, other = text.encode(["a table"]), text.encode(["wood"])
    led = unet.lead(other, one, unet.guidance(5.0), (640, 512))
    assert led["time_ids"].tolist() == [[512, 640, 0, 0, 512, 640]] * 2
    np.testing.assert_array_equal(led["encoder_hidden_states"][0], other.states[0])
    np.testing.assert_array_equal(led["text_embeds"][1], one.pooled[0])
    assert len(unet.lead(other, one, unet.guidance(1.0), (640, 512))["time_ids"]) == 1


def test_the_endpoint_imports_nothing_of_pytorch():
    names = "{'torch', 'diffusers', 'transformers', 'onnx'}"
    code = f"import sys, models.engines, models.loading; print({names} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "set()\n"


def test_a_folder_is_checked_from_the_command_line(copied, capsys, monkeypatch, tmp_path):
    assert main(["check", f"diffusion={copied}"]) == 0
    assert "ok  9 channels at 64 px, dpm-solver" in capsys.readouterr().out
    shutil.rmtree(copied / "unet")
    assert main(["check", f"diffusion={copied}"]) == 1
    assert str(copied / "unet/model.onnx") in capsys.readouterr().err


def test_every_setting_of_the_diffusion_engine_is_read_and_bounded():
    environment = {
        "OPAL_DIFFUSION_MODEL": "/models/inpaint",
        "OPAL_DIFFUSION_SAMPLER": "lcm",
        "OPAL_DIFFUSION_STEPS": "8",
        "OPAL_DIFFUSION_GUIDANCE": "1.5",
        "OPAL_DIFFUSION_BATCH": "2",
    }
    assert load_runtime(environment) == Runtime(
        diffusion_model="/models/inpaint",
        diffusion_sampler="lcm",
        diffusion_steps=8,
        diffusion_guidance=1.5,
        diffusion_batch=2,
    )
    wrong = {
        "OPAL_DIFFUSION_SAMPLER": "euler",
        "OPAL_DIFFUSION_STEPS": "101",
        "OPAL_DIFFUSION_GUIDANCE": "nan",
        "OPAL_DIFFUSION_BATCH": "0",
    }
    with pytest.raises(ValueError) as refused:
        load_runtime(wrong)
    assert all(str(refused.value).count(name) == 1 for name in wrong)
