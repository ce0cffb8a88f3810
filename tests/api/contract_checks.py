"""What the contract test adds to schemathesis, which loads this module: two checks, and help to
get valid requests past what no schema can say."""

import os
import zlib
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import positive_data_acceptance

BEYOND_ANY_SCHEMA = frozenset(
    {
        "continuation_invalid",  # opaque: only a page that was answered has one
        "idempotency_key_reused",  # depends on the requests before
        "profile_changed",  # If-Match asks for a version that it was not
        "review_options_unused",  # options go with a retry alone
        "engine_unavailable",  # a prompt is valid; its engine may not be deployed
    }
)
"""Why a request that fits the schema may be refused all the same."""
NAME_WITHOUT_LETTERS = "id: no id can be made of this name"
"""The same without a code of its own: which names leave nothing for an id, no pattern says."""
OWN_TENANT = "CONTRACT_TENANT"
"""The environment's variable that names the key's tenant."""


@schemathesis.check
def valid_data_is_accepted(ctx: CheckContext, response: Response, case: Case) -> None:
    """As `positive_data_acceptance`, which knows statuses only, but by the problem's code."""
    try:
        positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        problem = _problem_of(response)
        beyond = problem.get("code") in BEYOND_ANY_SCHEMA
        if not beyond and not problem.get("title", "").startswith(NAME_WITHOUT_LETTERS):
            raise


@schemathesis.check
def problems_have_a_documented_code(ctx: CheckContext, response: Response, case: Case) -> None:
    """The operation's description names the code, at the status that it came with."""
    code = _problem_of(response).get("code")
    described = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    if code is not None:
        assert f"`{code}`:" in described.get("description", ""), f"{code} is not documented"


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Have valid requests name the key's own tenant, webhooks a URL that can be reached, and
    every second If-Match the version that there is."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if len(case.headers.get("If-Match", "")) % 2:
        case.headers["If-Match"] = "*"
    if isinstance(case.body, dict):
        if case.body.get("tenant_id") is not None:
            case.body["tenant_id"] = os.environ[OWN_TENANT]
        if case.operation.path.startswith("/v1/webhooks") and case.body.get("url") is not None:
            number = zlib.crc32(case.body["url"].encode()) % 20
            case.body["url"] = f"http://127.0.0.1:9/{number}"


def _problem_of(response: Response) -> dict[str, Any]:
    """The problem that answers a request; empty for any other answer."""
    [kind] = response.headers.get("content-type", [""])
    return response.json() if kind == "application/problem+json" else {}
