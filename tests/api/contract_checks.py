"""Checks of the contract that schemathesis itself does not have; it loads this module."""

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import positive_data_acceptance

BEYOND_ANY_SCHEMA = frozenset(
    {
        "continuation_invalid",  # opaque: only a page that was answered has one
        "idempotency_key_reused",  # depends on the requests before
        "profile_changed",  # If-Match asks for a version that it was not
        "webhook_url_refused",  # depends on the address that the host's name has
        "webhook_host_unknown",  # depends on the network
        "engine_unavailable",  # depends on what is deployed
    }
)
"""Why a request that fits the schema may be refused all the same."""


@schemathesis.check
def valid_data_is_accepted(ctx: CheckContext, response: Response, case: Case) -> None:
    """As `positive_data_acceptance`, which knows statuses only, but by the problem's code."""
    try:
        positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        if _code_of(response) not in BEYOND_ANY_SCHEMA:
            raise


@schemathesis.check
def problems_have_a_documented_code(ctx: CheckContext, response: Response, case: Case) -> None:
    """The operation's description names the code, at the status that it came with."""
    code = _code_of(response)
    if code is None:
        return
    described = case.operation.definition.raw["responses"].get(str(response.status_code), {})
    assert f"`{code}`:" in described.get("description", ""), f"{code} is not documented"


def _code_of(response: Response) -> str | None:
    kind = response.headers.get("content-type", [""])[0]
    code = response.json()["code"] if kind == "application/problem+json" else None
    assert code is None or isinstance(code, str)
    return code
