"""Sessions: every family's file loads, wrong ones are refused by name, and requests share them."""

import dataclasses
import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
import psutil
import pytest

from models.entries import Entry, ModelError
from models.providers import CPU, CUDA, providers, session_options
from models.registry import load_registry, resolve
from models.sessions import Session, get_session, session_for
from models.settings import Runtime
from tests.models.onnx_files import (
    birefnet_file,
    dark_file,
    isnet_file,
    opal_file,
    u2net_file,
    upscale_file,
)

SEGMENT = {"u2net": u2net_file, "isnet": isnet_file, "birefnet": birefnet_file, "opal": opal_file}
U2NET = load_registry().models["u2net"]


def own(family: str, path, **runtime) -> Session:
    task = load_registry().families[family].task
    return Session(*resolve(task, f"{family}={path}"), Runtime(**runtime))


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).random(shape, np.float32)


def reference(path, planes: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=[CPU])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: p[None]})[0] for p in planes])


@pytest.mark.parametrize("family", SEGMENT)
def test_a_cut_out_model_of_every_family_gives_its_first_output(family, tmp_path):
    path = SEGMENT[family](tmp_path / "net.onnx")
    planes = noise(1, 3, 32, 32)
    output = own(family, path).run(planes)
    assert output.dtype == np.float32
    assert output.shape == (1, 1, 32, 32)
    np.testing.assert_allclose(output, reference(path, planes), atol=1e-6)


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("family", ["realesr", "opal-sr"])
def test_an_upscaler_takes_any_size_and_its_scale_is_measured(family, scale, tmp_path):
    session = own(family, upscale_file(tmp_path / "net.onnx", scale))
    assert session.entry.scale == scale
    planes = noise(1, 3, 20, 37)
    enlarged = planes.repeat(scale, axis=2).repeat(scale, axis=3)
    np.testing.assert_allclose(session.run(planes), enlarged, atol=1e-6)


@pytest.mark.parametrize("make", [u2net_file, birefnet_file])
def test_half_precision_is_taken_and_given_as_single(make, tmp_path):
    full, half = make(tmp_path / "full.onnx"), make(tmp_path / "half.onnx", kind="float16")
    planes = noise(1, 3, 32, 32)
    family = "u2net" if make is u2net_file else "birefnet"
    output = own(family, half).run(planes)
    assert output.dtype == np.float32
    np.testing.assert_allclose(output, own(family, full).run(planes), atol=0.02)


def test_a_fixed_size_of_ones_own_becomes_the_input_size(tmp_path):
    assert own("isnet", isnet_file(tmp_path / "net.onnx", 48)).entry.input_size == 48
    assert own("opal", opal_file(tmp_path / "any.onnx")).entry.input_size == 320


@pytest.mark.parametrize("make", [u2net_file, birefnet_file], ids=["fixed batch", "free batch"])
def test_several_pictures_give_the_same_as_one_by_one(make, tmp_path):
    path = make(tmp_path / "net.onnx")
    planes = noise(3, 3, 32, 32)
    output = own("u2net" if make is u2net_file else "birefnet", path).run(planes)
    np.testing.assert_allclose(output, reference(path, planes), atol=1e-6)


def test_a_session_names_its_model_by_the_files_digest(tmp_path):
    path = u2net_file(tmp_path / "mine.onnx")
    session = own("u2net", path)
    assert (session.model.name, session.model.version) == ("mine", "custom")
    assert session.model.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert session.providers == (CPU,)


def test_there_is_one_session_of_a_file_however_many_ask_at_once(tmp_path):
    path = u2net_file(tmp_path / "net.onnx")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: session_for("segment", f"u2net={path}"), range(16)))
    assert len({id(each) for each in made}) == 1
    assert get_session(*resolve("segment", f"u2net={path}")) is made[0]


def test_a_loaded_model_is_not_looked_for_again(tmp_path):
    path = u2net_file(tmp_path / "net.onnx")
    made = session_for("segment", f"u2net={path}")
    path.unlink()
    assert session_for("segment", f"u2net={path}") is made


def test_many_threads_share_a_session_and_each_gets_its_own_result(tmp_path):
    session = own("realesr", upscale_file(tmp_path / "net.onnx", 2), concurrency=4)
    pictures = [noise(1, 3, 16, 16) * (at + 1) / 16 for at in range(16)]
    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(session.run, pictures))
    for picture, output in zip(pictures, outputs, strict=True):
        np.testing.assert_allclose(output[:, :, ::2, ::2], picture, atol=1e-6)


def entry(**changes) -> Entry:
    return dataclasses.replace(U2NET, sha256="", md5="", input_size=32, **changes)


@pytest.mark.parametrize(
    ("options", "changes", "says"),
    [
        ({}, {"input_size": 320}, "[1, 3, 320, 320] is needed"),
        ({"channels": 1}, {}, "[1, 3, height, width] is needed"),
        ({"batch": 4}, {}, "takes 4 pictures at once"),
        ({"width": 64}, {}, "[1, 3, 32, 32] is needed"),
        ({"whole": True}, {}, "takes tensor(int64), but float32 or float16"),
        ({"activation": ""}, {"stretch": "none"}, "lacks the sigmoid"),
        ({}, {"task": "upscale"}, "height and width must be dynamic"),
        ({}, {"family": "opal"}, "height and width must be dynamic"),
    ],
)
def test_a_file_with_another_signature_is_refused_by_name(tmp_path, options, changes, says):
    path = u2net_file(tmp_path / "net.onnx", **options)
    wanted = dataclasses.replace(entry(), **changes)
    with pytest.raises(ModelError) as refused:
        Session(wanted, path, Runtime())
    assert str(path) in str(refused.value) and says in str(refused.value)
    assert "export it" in str(refused.value)


@pytest.mark.parametrize(
    ("family", "make", "says"),
    [
        ("opal", upscale_file, "a mask of the same size is needed"),
        ("realesr", dark_file, "RGB 2 or 4 times as large is needed"),
    ],
)
def test_a_file_that_gives_something_else_is_refused_by_name(tmp_path, family, make, says):
    path = make(tmp_path / "net.onnx")
    with pytest.raises(ModelError) as refused:
        own(family, path)
    assert str(path) in str(refused.value) and says in str(refused.value)


def test_an_upscaler_of_another_scale_than_the_registry_says_is_refused(tmp_path):
    path = upscale_file(tmp_path / "net.onnx", 2)
    with pytest.raises(ModelError, match="4 times as large is needed"):
        Session(load_registry().models["RealESRGAN_x4plus"], path, Runtime())


@pytest.mark.parametrize("content", [b"", b"not a model", None], ids=["empty", "text", "cut off"])
def test_a_broken_file_is_refused_by_name(tmp_path, content):
    path = u2net_file(tmp_path / "net.onnx")
    path.write_bytes(path.read_bytes()[:300] if content is None else content)
    with pytest.raises(ModelError, match=r"net\.onnx: ONNX Runtime can't load it"):
        own("u2net", path)


@pytest.mark.parametrize("digest", ["sha256", "md5"])
def test_a_file_with_another_digest_is_refused_with_both(tmp_path, digest):
    path = u2net_file(tmp_path / "u2net.onnx")
    found = hashlib.new(digest, path.read_bytes()).hexdigest()
    only = dataclasses.replace(entry(), **{digest: getattr(U2NET, digest)})
    with pytest.raises(ModelError) as refused:
        Session(only, path, Runtime())
    for words in (str(path), getattr(U2NET, digest), found, "python -m models pull u2net"):
        assert words in str(refused.value)


def test_cuda_is_preferred_where_it_is_with_options_that_bound_its_memory():
    runtime = Runtime(cudnn_search="heuristic")
    [(first, options), (second, _)] = providers(U2NET, runtime, [CUDA, CPU])
    assert (first, second) == (CUDA, CPU)
    assert options["arena_extend_strategy"] == "kSameAsRequested"
    assert options["cudnn_conv_algo_search"] == "HEURISTIC"
    limited = dataclasses.replace(U2NET, provider_options={CUDA: {"gpu_mem_limit": "1000"}})
    assert providers(limited, runtime, [CUDA, CPU])[0][1] == {**options, "gpu_mem_limit": "1000"}


def test_the_cpu_is_taken_where_there_is_no_cuda_or_it_is_not_wanted():
    assert providers(U2NET, Runtime(), [CPU]) == [(CPU, {})]
    assert providers(U2NET, Runtime(device="cpu"), [CUDA, CPU]) == [(CPU, {})]


def test_cuda_that_is_asked_for_and_not_there_is_an_error_not_a_slow_service():
    with pytest.raises(ModelError, match=r"requirements-endpoint-gpu\.txt"):
        providers(U2NET, Runtime(device="cuda"), [CPU])


def test_the_cores_are_shared_out_between_the_requests():
    cores = Runtime().run_threads
    assert Runtime(concurrency=cores).run_threads == 1
    assert Runtime(concurrency=64 * cores).run_threads == 1
    assert Runtime(concurrency=64, threads=3).run_threads == 3
    options = session_options(Runtime(threads=3))
    assert options.intra_op_num_threads == 3
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_bound_inputs_and_outputs_give_the_same_as_plain_ones(tmp_path):
    session = own("u2net", u2net_file(tmp_path / "net.onnx"))
    planes = noise(1, 3, 32, 32)
    np.testing.assert_array_equal(session._run_bound(planes, None), session.run(planes))


def test_a_run_larger_than_usual_does_not_keep_its_memory(tmp_path):
    path = upscale_file(tmp_path / "net.onnx", 2, features=32, layers=4)
    session = own("realesr", path, threads=1)
    session.run(noise(1, 3, 64, 64))
    before = psutil.Process().memory_info().rss
    session.run(noise(1, 3, 700, 700))  # its features take 63 MB a layer
    session.run(noise(1, 3, 64, 64))
    assert psutil.Process().memory_info().rss - before < 40e6


def test_no_more_runs_go_on_at_once_than_the_cores_carry(tmp_path):
    cores = Runtime().run_threads
    session = own("u2net", u2net_file(tmp_path / "net.onnx"), threads=cores)
    running, most, lock = [0], [0], threading.Lock()
    plain = session._run_plain

    def counted(given, options):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        try:
            return plain(given, options)
        finally:
            with lock:
                running[0] -= 1

    session._run_plain = counted
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(session.run, [noise(1, 3, 32, 32)] * 40))
    assert most[0] == 1
