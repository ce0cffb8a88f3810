"""Asking what the app told Azure Monitor, from a shell."""

import json
import shutil

import pytest

from tests.conftest import ROOT

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w"
QUERY = "az rest post https://api.loganalytics.azure.com/v1/workspaces/customer-1/query"
ANSWER = {
    "tables": [
        {
            "columns": [{"name": "code"}, {"name": "photos"}],
            "rows": [["endpoint_busy", 3], ["item_stuck", 1]],
        }
    ]
}


@pytest.fixture
def hooks(azure):
    shutil.copytree(ROOT / "infra/queries", azure.hooks.repository / "infra/queries")
    azure.hooks.environment["OPAL_LOG_WORKSPACE"] = WORKSPACE
    azure.hooks.fakes.answers |= {
        "az resource show": lambda call: {"properties": {"customerId": "customer-1"}},
        QUERY: lambda call: ANSWER,
    }
    return azure.hooks


def asked(hooks) -> dict[str, str]:
    [call] = [call for call in hooks.fakes.calls if str(call) == QUERY]
    [body] = call.files.values()
    return json.loads(body)


def test_a_question_is_asked_of_the_last_day_and_its_answer_printed_as_a_table(hooks):
    said = hooks.done("ask", "failures-by-code").splitlines()
    assert said[0].startswith("// Why did photos fail?")
    assert said[1:] == ["code\tphotos", "endpoint_busy\t3", "item_stuck\t1"]
    query = (ROOT / "infra/queries/failures-by-code.kql").read_text("utf-8")
    assert asked(hooks)["query"].strip() == query.strip()
    assert asked(hooks)["timespan"] == "PT24H"


def test_hours_and_values_of_a_question_can_be_given(hooks):
    hooks.done("ask", "photo-story", "3", "trace=0af7651916cd43dd8448eb211c80319c")
    assert asked(hooks)["timespan"] == "PT3H"
    assert 'let trace = "0af7651916cd43dd8448eb211c80319c";' in asked(hooks)["query"]
    hooks.done("ask", "cost-per-1000-photos", "endpoint_hourly_price=0.45")
    assert "let endpoint_hourly_price = 0.45;" in asked(hooks)["query"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "There are: api-latency"),
        (("no-such",), "There are: api-latency"),
        (("../app/alerts",), "There is no such question"),
        (("photo-story", "trace=x; drop"), "not NAME=VALUE"),
        (("photo-story", "track=x"), "no value named track"),
    ],
)
def test_a_wrong_question_is_named_before_anything_is_asked(hooks, arguments, told):
    assert told in hooks.failed("ask", *arguments)
    assert hooks.said == []


def test_a_refused_question_is_a_failure(hooks):
    del hooks.fakes.answers[QUERY]
    hooks.failed("ask", "sweeper")
