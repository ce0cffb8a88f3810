"""Every query is parsed and bound by Kusto's own language service."""

import re
from collections.abc import Callable

import pytest

from tests.infra.kusto import Query
from tests.infra.queries.mistakes import MISTAKES


def test_each_query_says_first_what_it_answers(queries: dict[str, Query]) -> None:
    told = {name: query.text.splitlines()[0] for name, query in queries.items()}
    assert [n for n, line in told.items() if not re.match(r"// (Alert: .+\.|.+\?.*)$", line)] == []


def test_kusto_has_nothing_to_complain_of(queries: dict[str, Query]) -> None:
    assert {n: q.diagnostics for n, q in queries.items() if q.diagnostics} == {}
    assert [name for name, query in queries.items() if not query.columns] == []


@pytest.mark.parametrize(("name", "right", "wrong", "complaint"), MISTAKES)
def test_a_mistake_is_caught(
    name: str, right: str, wrong: str, complaint: str, broken: Callable[..., Query]
) -> None:
    assert complaint in str(broken(name, right, wrong).diagnostics)
