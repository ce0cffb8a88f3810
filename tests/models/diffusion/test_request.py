"""Params of a prompt scene are bounded, and a refusal names the parameter."""

import pytest

from models.errors import EndpointError
from models.place.diffusion.request import Scene, read_request


def test_a_prompt_alone_is_enough():
    request = read_request({"prompt": "  a marble table "})
    assert request.scenes == (Scene("a marble table", "", 0),)
    assert (request.steps, request.guidance) == (None, None)


def test_everything_that_is_asked_for_is_read():
    given = {"prompt": "p", "negative_prompt": "n", "seed": 2**31 - 1, "steps": 100, "guidance": 1}
    request = read_request({**given, "canvas": [9, 9]})
    assert request.scenes == (Scene("p", "n", 2**31 - 1),)
    assert (request.steps, request.guidance) == (100, 1.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("prompt", ""),
        ("prompt", " \n"),
        ("prompt", 3),
        ("prompt", "x" * 501),
        ("negative_prompt", "x" * 501),
        ("negative_prompt", None),
        ("seed", -1),
        ("seed", 2**31),
        ("seed", 1.5),
        ("seed", True),
        ("steps", 0),
        ("steps", 101),
        ("steps", 20.0),
        ("guidance", 0.5),
        ("guidance", 20.5),
        ("guidance", "7"),
    ],
)
def test_a_refusal_names_the_parameter(name, value):
    with pytest.raises(EndpointError) as refused:
        read_request({"prompt": "a table", name: value})
    assert (refused.value.status, refused.value.code) == (400, "request_invalid")
    assert refused.value.message.startswith(f"params.{name} ")
