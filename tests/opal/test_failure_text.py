"""A failure survives being turned into text, wrapped by a host, and read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import opal.errors
from opal.documents import Failure
from opal.errors import EndpointBusy, InvalidInput, OpalError, PhotoRejected

failures = st.builds(
    Failure,
    code=st.from_regex(r"[a-z_]{1,30}", fullmatch=True),
    message=st.text(max_size=200),
    retryable=st.booleans(),
    retry_after_s=st.none() | st.floats(0, 1e6),
)
# How hosts and engines have been seen to wrap an activity's exception.
WRAPPINGS = [
    "{}",
    "Activity function 'segment_product' failed: {}",
    'Result: Failure\nException: EndpointBusy: {}\nStack:   File "a.py", line 3, in guarded\n'
    "    raise EndpointBusy({{'x': [1]}})\n",
    '1 task failed: TaskFailedError: {} (inner: {{"code": "not this"}})',
    "{} {}",
]


@given(failures)
def test_a_failure_is_found_in_whatever_a_host_wraps_it_in(failure):
    for wrapping in WRAPPINGS:
        text = wrapping.format(*[failure.to_text()] * wrapping.count("{}"))
        assert Failure.from_text(text) == failure


@pytest.mark.parametrize(
    "message",
    [
        "a ] bracket",
        'a "quote',
        "a \\ backslash",
        "opal-failure:",
        'opal-failure:{"code": 1}',
        "\n",
    ],
)
def test_no_message_hides_its_failure(message):
    failure = Failure(code="photo_corrupt", message=message)
    assert Failure.from_text(f"failed: {failure.to_text()}") == failure


def test_an_error_carries_its_failure_in_its_text():
    error = EndpointBusy("The endpoint is busy.", retry_after_s=7)
    found = Failure.from_text(f"Activity failed: {error}")
    assert found == Failure(
        code="endpoint_busy", message="The endpoint is busy.", retryable=True, retry_after_s=7
    )


@pytest.mark.parametrize(
    "text",
    ["", "Worker exited with code 137", "opal-failure:", "opal-failure:{", "opal-failure:[1]"],
)
def test_text_without_a_failure_is_a_lost_worker_and_may_heal(text):
    found = Failure.from_text(text)
    assert (found.code, found.retryable) == ("worker_lost", True)


def test_a_code_given_to_an_error_is_its_own_and_not_its_class():
    assert PhotoRejected("x", code="photo_too_large").code == "photo_too_large"
    assert PhotoRejected("x").code == "photo_rejected"


def all_errors(base: type[OpalError] = OpalError) -> list[type[OpalError]]:
    return [base, *(found for child in base.__subclasses__() for found in all_errors(child))]


def test_every_error_has_a_code_of_its_own_and_an_error_status():
    codes = [error.code for error in all_errors() if error.__subclasses__() == []]
    assert len(codes) == len(set(codes))
    assert all(400 <= error.http_status < 600 for error in all_errors())


def test_what_the_sender_must_mend_is_never_tried_again():
    assert not any(error.retryable for error in all_errors(InvalidInput))


def test_the_tree_of_errors_is_drawn_in_full():
    drawn = str(opal.errors.__doc__)
    assert all(error.__name__ in drawn for error in all_errors())
