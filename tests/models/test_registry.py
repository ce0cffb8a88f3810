"""The registry says what each model is, and a setting finds its file or says what to do."""

import dataclasses
import hashlib
import re
import shutil

import pytest

from models.__main__ import main
from models.entries import ModelError, parse_registry
from models.registry import REGISTRY, WEIGHTS, find_file, folders, load_registry, resolve
from models.sealing import seal
from tests.models.onnx_files import birefnet_file, u2net_file

SMALL = """
[families.u2net]
task = "segment"
input_size = 320
mean = [0.5, 0.5, 0.5]

[models.mine]
family = "u2net"
version = "3"
file = "mine.onnx"
source = "https://example.com/mine.onnx"
input_size = 512
"""


def test_a_model_takes_from_its_family_what_it_does_not_say():
    registry = parse_registry(SMALL)
    mine = registry.models["mine"]
    assert (mine.task, mine.mean, mine.input_size) == ("segment", (0.5, 0.5, 0.5), 512)
    assert registry.families["u2net"].input_size == 320


def test_a_wrong_registry_is_refused_with_every_field_at_fault():
    wrong = (
        SMALL.replace('file = "mine.onnx"', 'file = "../mine.onnx"')
        .replace("https:", "http:")
        .replace("input_size = 512", 'sha256 = "abc"\nscale = 3\npeak = "max"\ncolour = "red"')
        .replace("mean = [0.5, 0.5, 0.5]", "std = [1.0]")
        + '[models.lost]\nfamily = "unet"\n[models.bare]\nfamily = "u2net"\n'
    )
    with pytest.raises(ModelError) as refused:
        parse_registry(wrong)
    for field in ("file", "source", "sha256", "scale", "peak", "colour", "std"):
        assert f"mine.{field}: " in str(refused.value)
    assert "lost.family: " in str(refused.value) and "bare.file: " in str(refused.value)


def test_the_registry_that_comes_with_opal_holds_the_published_facts():
    models = load_registry().models
    u2net, isnet, birefnet = (
        models[n] for n in ("u2netp", "isnet-general-use", "birefnet-general")
    )
    assert (u2net.input_size, u2net.mean[0], u2net.std[0]) == (320, 0.485, 0.229)
    assert (isnet.input_size, isnet.mean[0], isnet.std[0]) == (1024, 0.5, 1.0)
    assert (birefnet.input_size, birefnet.activation) == (1024, "sigmoid")
    assert {models[n].scale for n in ("realesr-general-x4v3", "RealESRGAN_x4plus")} == {4}


def test_every_model_can_be_got_and_says_its_licence():
    for entry in load_registry().models.values():
        assert entry.licence
        if entry.source:
            assert entry.md5 or entry.sha256
            assert entry.bytes
        else:
            assert entry.bundled or "dynamic" in entry.export


def test_every_bundled_file_is_the_one_that_the_registry_describes():
    for path in WEIGHTS.glob("*.onnx"):
        [entry] = [each for each in load_registry().models.values() if each.file == path.name]
        data = path.read_bytes()
        assert entry.bundled
        assert (entry.bytes, entry.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_a_file_is_looked_for_in_the_cache_then_in_the_mount_then_in_the_users_own_cache(tmp_path):
    environment = {
        "OPAL_MODEL_CACHE": str(tmp_path / "cache"),
        "AZUREML_MODEL_DIR": str(tmp_path / "mount"),
        "XDG_CACHE_HOME": str(tmp_path / "user"),
    }
    assert folders({}) == folders({"OPAL_MODEL_CACHE": "", "AZUREML_MODEL_DIR": ""})
    entry = load_registry().models["u2netp"]
    for folder in ("user/opal/models", "mount/registered", "cache"):
        assert find_file(entry, environment) != tmp_path / folder / "u2netp.onnx"
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "u2netp.onnx").touch()
        assert find_file(entry, environment) == tmp_path / folder / "u2netp.onnx"
        assert resolve("segment", "u2netp", environment)[1] == tmp_path / folder / "u2netp.onnx"


def test_a_file_of_ones_own_is_taken_for_one_of_the_family_that_is_named(tmp_path):
    path = u2net_file(tmp_path / "better.onnx")
    entry, found = resolve("segment", f"isnet={path}")
    assert found == path
    assert (entry.name, entry.family, entry.mean[0]) == ("better", "isnet", 0.5)


@pytest.mark.parametrize(
    ("task", "setting", "says"),
    [
        ("segment", "u2nett", ["'u2nett'", "u2netp", "family=/path"]),
        ("segment", "realesr-general-x4v3", ["no model for segment"]),
        ("segment", "unet=/x.onnx", ["'unet'", "birefnet, isnet, opal, u2net"]),
        ("upscale", "u2net=/x.onnx", ["no family for upscale", "opal-sr, realesr"]),
        ("segment", "u2net=/nowhere/x.onnx", ["/nowhere/x.onnx", "put the ONNX file there"]),
        ("segment", "u2net", ["u2net.onnx", "python -m models pull u2net", "/empty"]),
        ("upscale", "RealESRGAN_x4plus", ["RealESRGAN_x4plus.onnx", "export it", "height"]),
        ("segment", "", ["no model for segment"]),
    ],
)
def test_what_can_not_be_found_is_named_with_what_to_do(task, setting, says):
    with pytest.raises(ModelError) as refused:
        resolve(task, setting, {"XDG_CACHE_HOME": "/empty"})
    for words in says:
        assert words in str(refused.value)


def test_sealing_writes_the_digests_of_files_that_are_there_and_nothing_else(tmp_path):
    registry = tmp_path / "registry.toml"
    shutil.copy(REGISTRY, registry)
    (tmp_path / "opal-x2-best.onnx").write_bytes(b"weights")
    [line] = seal(registry, tmp_path)
    digest = hashlib.sha256(b"weights").hexdigest()
    assert digest in line
    sealed, before = (parse_registry(path.read_text()).models for path in (registry, REGISTRY))
    expected = dataclasses.replace(before["opal-x2-best"], sha256=digest, bytes=7)
    assert sealed == {**before, "opal-x2-best": expected}
    assert "unchanged" in seal(registry, tmp_path)[0]


def test_the_list_tells_of_every_model_where_it_is(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("OPAL_MODEL_CACHE", str(tmp_path))
    u2net_file(tmp_path / "u2netp.onnx")
    assert main(["list"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert set(lines) == set(load_registry().models)
    assert str(tmp_path / "u2netp.onnx") in lines["u2netp"]
    assert "pull it" in lines["u2net"] and "export it" in lines["RealESRGAN_x4plus"]


def test_a_check_runs_each_model_and_fails_when_one_is_wrong(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("OPAL_MODEL_CACHE", str(tmp_path))
    good = birefnet_file(tmp_path / "good.onnx")
    assert main(["check", f"birefnet={good}"]) == 0
    out = capsys.readouterr().out
    assert "[1, 3, 32, 32] to [1, 1, 32, 32]" in out and "CPUExecutionProvider" in out
    assert re.search(r"loaded in \d+ ms, run in \d+ ms", out)
    assert hashlib.sha256(good.read_bytes()).hexdigest() in out
    u2net_file(tmp_path / "u2netp.onnx")
    assert main(["check", "u2netp", f"birefnet={good}"]) == 1
    told = capsys.readouterr()
    assert str(tmp_path / "u2netp.onnx") in told.err and "good.onnx" in told.out


def test_pulling_a_name_that_is_not_known_names_those_that_are(capsys):
    assert main(["pull", "u2nett"]) == 1
    assert "u2netp" in capsys.readouterr().err
