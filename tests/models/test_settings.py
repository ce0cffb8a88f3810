"""The endpoint's settings are read at once, and it starts with its models loaded or not at all."""

import pytest

from models.entries import ModelError
from models.loading import load_models
from models.settings import Runtime, load_runtime, load_settings
from tests.models.onnx_files import opal_file, u2net_file, upscale_file


def test_models_have_a_default_for_everything():
    assert load_runtime({}) == Runtime()
    assert load_runtime({"OPAL_CONCURRENCY": "", "OPAL_SEGMENT_MODEL": " "}) == Runtime()
    assert load_settings({"OPAL_ALLOWED_HOSTS": "x"}).runtime == Runtime()


def test_every_setting_of_models_is_read():
    environment = {
        "OPAL_SEGMENT_MODEL": "u2netp",
        "OPAL_UPSCALE_MODEL": "best",
        "OPAL_CONCURRENCY": "4",
        "OPAL_THREADS": "2",
        "OPAL_DEVICE": "cpu",
        "OPAL_CUDNN_SEARCH": "heuristic",
        "OPAL_BATCH": "8",
        "OPAL_BATCH_WAIT_MS": "3",
    }
    assert load_runtime(environment) == Runtime("u2netp", "best", 4, 2, "cpu", "heuristic", 8, 3.0)


def test_all_that_is_wrong_is_named_at_once():
    wrong = {
        "OPAL_CONCURRENCY": "0",
        "OPAL_THREADS": "many",
        "OPAL_DEVICE": "tpu",
        "OPAL_CUDNN_SEARCH": "best",
        "OPAL_BATCH": "65",
        "OPAL_BATCH_WAIT_MS": "-1",
        "OPAL_MAX_INPUT_BYTES": "nan",
    }
    with pytest.raises(ValueError) as refused:
        load_settings(wrong)
    for name in (*wrong, "OPAL_ALLOWED_HOSTS"):
        assert name in str(refused.value)


def test_every_configured_model_is_loaded_before_the_server_is_ready(tmp_path):
    cut = opal_file(tmp_path / "cut.onnx")
    large = upscale_file(tmp_path / "large.onnx")
    loaded = load_models(Runtime(f"opal={cut}", f"realesr={large}"))
    assert {each.model.name for each in loaded} == {"cut", "large"}


def test_every_model_that_can_not_be_loaded_is_named_at_once(tmp_path):
    wrong = u2net_file(tmp_path / "wrong.onnx", channels=1)
    with pytest.raises(ModelError) as refused:
        load_models(Runtime(f"u2net={wrong}", "realesr=/nowhere.onnx"))
    for words in ("OPAL_SEGMENT_MODEL", str(wrong), "OPAL_UPSCALE_MODEL", "/nowhere.onnx"):
        assert str(refused.value).count(words) == 1
