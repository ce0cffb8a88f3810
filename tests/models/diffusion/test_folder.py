"""A folder that does not fit is refused, with the file, field or shape at fault."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from models.entries import ModelError
from models.place.diffusion.folder import find_folder, read_folder
from models.place.diffusion.model import DiffusionModel
from tests.models.diffusion.conftest import CPU, change


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as refused:
        DiffusionModel(folder, CPU)
    return str(refused.value)


@pytest.mark.parametrize(
    "name",
    [
        "model_index.json",
        "scheduler/scheduler_config.json",
        "text_encoder/config.json",
        "text_encoder/model.onnx",
        "unet/config.json",
        "unet/model.onnx",
        "vae_encoder/model.onnx",
        "vae_decoder/config.json",
    ],
)
def test_a_file_that_is_missing_is_named(copied, name):
    (copied / name).unlink()
    assert f"{copied / name}: is missing" in refusal(copied)


def test_a_folder_without_its_tokenizer_is_named(copied):
    shutil.rmtree(copied / "tokenizer")
    assert f"{copied / 'tokenizer'}: has neither tokenizer.json nor" in refusal(copied)


@pytest.mark.parametrize(
    ("content", "problem"), [("{", "can't be read as JSON"), ("[1]", "is not a JSON object")]
)
def test_a_configuration_that_is_no_json_object_is_named(copied, content, problem):
    (copied / "unet/config.json").write_text(content)
    assert f"{copied / 'unet/config.json'}: {problem}" in refusal(copied)


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("unet/config.json", {"in_channels": 8}, "in_channels is 8, but 9 (inpainting) or 4"),
        ("unet/config.json", {"out_channels": 8}, "out_channels is 8, but 4 is needed"),
        ("unet/config.json", {"sample_size": None}, "sample_size is missing"),
        (
            "unet/config.json",
            {"cross_attention_dim": 768},
            "cross_attention_dim is 768, but the text encoders have hidden_size 16",
        ),
        ("unet/config.json", {"addition_embed_type": "image"}, "'image', which is not supported"),
        ("unet/config.json", {"addition_embed_type": "text_time"}, "needs two text encoders"),
        ("text_encoder/config.json", {"hidden_size": "16"}, "hidden_size is missing or not"),
        (
            "vae_encoder/config.json",
            {"latent_channels": 16},
            "latent_channels is 16, but vae_decoder/config.json has 4",
        ),
        ("vae_decoder/config.json", {"shift_factor": 0.1}, "shift_factor is set"),
        (
            "scheduler/scheduler_config.json",
            {"prediction_type": "sample"},
            "prediction_type is 'sample', but must be one of epsilon, v_prediction",
        ),
        ("model_index.json", {"text_encoder": [None, None]}, "names no text_encoder"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_field_that_does_not_fit_is_named_with_its_file(copied, name, values, told):
    change(copied / name, **values)
    message = refusal(copied)
    assert str(copied / name) in message and told in message


def test_everything_that_is_wrong_is_told_at_once(copied):
    (copied / "vae_decoder/model.onnx").unlink()
    (copied / "text_encoder/config.json").write_text("{")
    change(copied / "scheduler/scheduler_config.json", beta_schedule="cubic", solver_order=3)
    message = refusal(copied)
    for words in ("vae_decoder/model.onnx", "text_encoder/config.json", "'cubic'", "solver_order"):
        assert message.count(words) == 1


def edit(path: Path, **inputs: Any) -> None:
    """Say other shapes, or an element type, of a graph's inputs, or another name."""
    model = onnx.load(path)
    for each in model.graph.input:
        wanted = inputs.get(each.name)
        if isinstance(wanted, list):
            kind = each.type.tensor_type.elem_type
            each.CopyFrom(helper.make_tensor_value_info(each.name, kind, wanted))
        elif isinstance(wanted, int):
            each.type.tensor_type.elem_type = wanted
        elif isinstance(wanted, str):
            for node in model.graph.node:
                node.input[:] = [wanted if name == each.name else name for name in node.input]
            each.name = wanted
    onnx.save(model, path)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            {
                "unet": {"sample": ["b", 4, "h", "w"], "timestep": "t"},
                "text_encoder": {"input_ids": ["b", 64]},
                "vae_decoder": {"latent_sample": ["b", 16, "h", "w"]},
            },
            [
                "input sample is ['free', 4, 'free', 'free'], but ['free', 9, 'free', 'free'] is",
                "has no input timestep",
                "has an input t, which is not supported",
                "input input_ids is ['free', 64], but ['free', 77] is needed",
                "input latent_sample is ['free', 16, 'free', 'free'], but ['free', 4, 'free'",
            ],
        ),
        (
            {
                "unet": {"sample": [2, 9, 8, 8], "timestep": TensorProto.BOOL},
                "vae_encoder": {"sample": "picture"},
            },
            [
                "input sample is [2, 9, 8, 8], but ['free', 9, 'free', 'free'] is needed",
                "input timestep is bool, but int64 or int32 or float or float16 is needed",
                "has no input sample",
            ],
        ),
    ],
)
def test_every_graph_that_does_not_fit_is_named_with_its_inputs(copied, wrong, told):
    for part, inputs in wrong.items():
        edit(copied / part / "model.onnx", **inputs)
    message = refusal(copied)
    assert all(str(copied / part / "model.onnx") in message for part in wrong)
    assert all(each in message for each in told)


def test_parts_in_each_others_places_are_refused(copied):
    encoder, decoder = (copied / f"vae_{name}/model.onnx" for name in ("encoder", "decoder"))
    data = encoder.read_bytes()
    encoder.write_bytes(decoder.read_bytes())
    decoder.write_bytes(data)
    message = refusal(copied)
    assert f"{encoder}: has no input sample" in message
    assert f"{decoder}: has no input latent_sample" in message


def test_a_graph_of_another_model_is_refused(copied, four_channels):
    shutil.copy(four_channels.folder / "unet/model.onnx", copied / "unet/model.onnx")
    message = refusal(copied)
    assert "input sample is ['free', 4, 'free', 'free'], but ['free', 9" in message
    assert "has an input timestep_cond, which is not supported" in message


def test_a_net_for_other_text_encoders_is_refused(copied, sdxl):
    shutil.copy(sdxl.folder / "unet/model.onnx", copied / "unet/model.onnx")
    message = refusal(copied)
    told = "input encoder_hidden_states is ['free', 'free', 40], but ['free', 77, 16] is needed"
    assert told in message
    assert "has an input text_embeds, which is not supported" in message


def test_a_damaged_graph_is_refused_by_name(copied):
    path = copied / "vae_encoder/model.onnx"
    path.write_bytes(path.read_bytes()[:5000])
    assert f"{path}: ONNX Runtime can't load it" in refusal(copied)


def test_an_autoencoder_with_another_factor_is_found_when_it_is_run(copied):
    for part in ("vae_encoder", "vae_decoder"):
        change(copied / part / "config.json", block_out_channels=[8, 8, 16])
    path = copied / "vae_encoder/model.onnx"
    assert f"{path}: gives [1, 8, 4, 4], but [1, 8, 8, 8] is needed" in refusal(copied)


def test_a_model_that_gives_no_numbers_is_refused_at_the_start(copied):
    path = copied / "vae_decoder/model.onnx"
    model = onnx.load(path)
    bias = next(each for each in model.graph.initializer if each.name.endswith("conv_out.bias"))
    bias.CopyFrom(onnx.numpy_helper.from_array(np.full(3, np.nan, np.float32), bias.name))
    onnx.save(model, path)
    message = refusal(copied)
    assert str(copied) in message and "no numbers" in message


def test_a_folder_is_found_by_its_path_or_its_name_in_the_model_mount(sd, tmp_path):
    mount = tmp_path / "mount"
    shutil.copytree(sd.folder, mount / "1" / "inpaint")
    for setting, environment in [
        (str(mount / "1" / "inpaint"), {}),
        ("inpaint", {"AZUREML_MODEL_DIR": str(mount)}),
        ("1/inpaint", {"AZUREML_MODEL_DIR": str(mount)}),
    ]:
        assert read_folder(find_folder(setting, environment)).shapes.side == 64
    with pytest.raises(ModelError, match="no folder with a model_index") as refused:
        find_folder("inpaint", {"AZUREML_MODEL_DIR": str(tmp_path / "other")})
    assert str(tmp_path / "other") in str(refused.value)


def test_what_an_export_means_is_read_from_its_configurations(sd, sdxl, four_channels):
    found = [each.model.shapes for each in (sd, sdxl, four_channels)]
    assert [each.unet_inputs for each in found] == [9, 9, 4]
    assert [each.text_width for each in found] == [16, 40, 16]
    assert [each.pooled_width for each in found] == [0, 12, 0]
    assert [each.guided_width for each in found] == [0, 0, 16]
    assert [(each.factor, each.multiple, each.scaling) for each in found] == [
        (8, 16, 0.18215),
        (8, 16, 0.13025),
        (8, 16, 0.18215),
    ]
