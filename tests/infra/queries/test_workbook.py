"""The workbook asks every question, by the same files."""

import re

from tests.infra.queries.sources import bicep, files, text_of


def test_each_question_is_in_the_workbook() -> None:
    asked = {path.name for path in files() if not path.name.startswith("alert-")}
    assert asked == set(re.findall(r"queries/([\w-]+\.kql)'", bicep("workbook")))


def test_what_the_workbook_fills_in_stands_in_the_queries() -> None:
    prices = re.findall(r"^\s+'([a-z_0-9]+ = [0-9.]+)', '", bicep("workbook"), re.M)
    assert len(prices) == 5
    assert [t for t in prices if text_of("cost-per-1000-photos.kql").count(t) != 1] == []
    assert """photo-story.kql'), 'trace = ""', 'trace = "{TraceId}"')""" in bicep("workbook")
    assert text_of("photo-story.kql").count('trace = ""') == 1


def test_what_is_filled_in_is_asked_for() -> None:
    used = set(re.findall(r'[ "]\{(\w+)\}', bicep("workbook")))
    asked = set(re.findall(r"\{ name: '(\w+)', label:", bicep("workbook")))
    assert used == asked
