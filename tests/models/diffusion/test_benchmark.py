"""The benchmark says what keeps it from measuring."""

import onnxruntime
import pytest

from benchmarks.diffusion import main
from models.providers import CUDA


@pytest.mark.skipif(CUDA in onnxruntime.get_available_providers(), reason="there is a GPU")
def test_without_a_gpu_nothing_is_measured(capsys):
    assert main([]) == 2
    assert "Not measured: this ONNX Runtime has no CUDA" in capsys.readouterr().err


def test_a_model_of_full_size_is_not_for_a_cpu(capsys):
    assert main(["--device", "cpu"]) == 2
    assert "add --tiny" in capsys.readouterr().err
