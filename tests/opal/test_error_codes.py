"""The error catalogue holds every code that OPAL gives, and what it says of each is so."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from imaging.errors import PhotoErrorCode
from opal import errors
from opal.api.catalogue import OPERATIONS
from opal.api.operation import PATH_PATTERNS
from opal.documents import Failure
from opal.error_codes import causes_of_failure, error_codes

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("opal", "activities", "triggers", "orchestrations")
CLASSES = [
    c for c in vars(errors).values() if isinstance(c, type) and c.__module__ == "opal.errors"
]


def codes_in(source: str) -> Iterator[str]:
    """Every text that is given as `code=…`."""
    for node in ast.walk(ast.parse(source)):
        named = node.value if isinstance(node, ast.keyword) and node.arg == "code" else None
        if isinstance(named, ast.Constant) and isinstance(named.value, str):
            yield named.value


def given_codes() -> set[str]:
    found = {
        code
        for place in PLACES
        for path in (ROOT / place).rglob("*.py")
        for code in codes_in(path.read_text("utf-8"))
    }
    found |= {c.code for c in CLASSES} | set(get_args(PhotoErrorCode))
    found |= {f"{name.removesuffix('_id')}_missing" for name in PATH_PATTERNS}
    return found | {Failure.from_text("").code}


def test_every_code_that_is_given_is_in_the_catalogue():
    assert given_codes() - set(error_codes()) == set()


def test_the_sources_are_really_searched():
    assert {"job_final", "item_stuck", "photo_truncated", "worker_lost"} <= given_codes()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_the_catalogue_agrees_with_the_error_itself(kind):
    listed = error_codes()[kind.code]
    assert listed.retryable == kind.retryable
    assert listed.status in (None, kind.http_status)


def test_every_code_that_an_operation_may_answer_has_a_status():
    for operation in OPERATIONS:
        for code in operation.failures:
            assert error_codes()[code].status is not None, f"{operation.id}: {code}"


def test_every_code_says_what_it_means_in_a_sentence():
    for listed in error_codes().values():
        assert listed.meaning[0].isupper()
        assert listed.meaning.endswith(".")


def test_every_photo_that_is_rejected_is_so_by_its_own_fault():
    found = {error_codes()[code].cause for code in get_args(PhotoErrorCode)}
    assert found == {"input"}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_cause_agrees_with_the_error_itself(kind):
    """What can heal is the service's fault, and what was sent wrong is not."""
    cause = error_codes()[kind.code].cause
    if kind.retryable:
        assert cause in (None, "service")
    if issubclass(kind, errors.InvalidInput):
        assert cause in (None, "input")


def test_every_failure_of_the_endpoint_is_the_services():
    endpoint = {code for code in error_codes() if code.startswith("endpoint_")}
    causes = causes_of_failure()
    assert {causes[code] for code in endpoint if code in causes} == {"service"}
    assert len(causes) > 40
