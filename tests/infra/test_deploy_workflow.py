"""The job that deploys, run here against recorded fakes."""

from pathlib import Path

import pytest

from tests.infra.workflows.simulation import World, deploy

ALL = {"infra": True, "app": True, "endpoint": True}
NAMED = [
    "azd env new opal-prod --subscription subscription --location westeurope --no-prompt",
    "azd env set AZURE_PRINCIPAL_TYPE ServicePrincipal",
    "azd env set OPAL_TIER prod",
]
RECALLED = [
    "azd env refresh --no-prompt",
    "azd env set AZURE_RESOURCE_GROUP rg-opal-opal-prod",
    "azd env set OPAL_BUDGET_START 2026-02-01",
]
PROVISION, APP = "azd provision --no-prompt", "azd deploy --no-prompt"


def test_a_first_deployment_goes_through_every_stage_in_order(tmp_path: Path) -> None:
    outcome = deploy(World(tmp_path, live=None), ALL)
    stages = [PROVISION, APP, "deploy-endpoint", "smoke", "retire-endpoint"]
    assert outcome.calls == [*NAMED, *stages]
    assert outcome.status == "success"


@pytest.mark.parametrize(
    ("changed", "stages"),
    [
        ({"infra": True}, [PROVISION, "smoke"]),
        ({"app": True}, [APP, "smoke"]),
        ({"endpoint": True}, ["deploy-endpoint", "smoke", "retire-endpoint"]),
    ],
)
def test_only_what_changed_is_deployed_and_always_smoke_tested(
    tmp_path: Path, changed: dict[str, bool], stages: list[str]
) -> None:
    assert deploy(World(tmp_path), changed).calls == [*NAMED, *RECALLED, *stages]


def test_nothing_changed_deploys_nothing(tmp_path: Path) -> None:
    outcome = deploy(World(tmp_path), {})
    assert (outcome.status, outcome.calls) == ("skipped", [])


def test_a_fresh_machine_recalls_what_provisioning_must_not_change(tmp_path: Path) -> None:
    known = deploy(World(tmp_path, live="green"), {"infra": True}).environment
    assert known["OPAL_ML_LIVE"] == "green"
    assert known["OPAL_BUDGET_START"] == "2026-02-01"
    assert (known["OPAL_ML_WORKSPACE"], known["OPAL_ML_ENDPOINT"]) == ("workspace", "endpoint")


def test_a_failing_smoke_test_rolls_back_and_ends_red(tmp_path: Path) -> None:
    outcome = deploy(World(tmp_path, failing="smoke"), ALL)
    assert outcome.calls[-4:] == ["smoke", "rollback-endpoint", "rollback-app", "smoke"]
    assert outcome.status == "failure"


@pytest.mark.parametrize(
    ("failing", "stages"),
    [
        ("azd provision*", []),
        ("azd deploy*", ["rollback-app", "smoke"]),
        ("deploy-endpoint", ["rollback-app", "smoke"]),
    ],
)
def test_a_failure_half_way_rolls_back_what_was_begun(
    tmp_path: Path, failing: str, stages: list[str]
) -> None:
    outcome = deploy(World(tmp_path, failing=failing), ALL)
    failed = next(n for n, call in enumerate(outcome.calls) if call.startswith(failing.rstrip("*")))
    assert outcome.calls[failed + 1 :] == stages
    assert outcome.status == "failure"


def test_a_failed_rollback_of_the_endpoint_does_not_keep_the_app_from_its_own(
    tmp_path: Path,
) -> None:
    outcome = deploy(World(tmp_path, failing="@(smoke|rollback-endpoint)"), ALL)
    assert outcome.calls[-3:] == ["rollback-endpoint", "rollback-app", "smoke"]


def test_what_was_not_deployed_is_not_rolled_back(tmp_path: Path) -> None:
    outcome = deploy(World(tmp_path, failing="smoke"), {"endpoint": True})
    assert outcome.calls[-3:] == ["smoke", "rollback-endpoint", "smoke"]


def test_calls_that_did_not_move_are_not_given_to_an_older_deployment(tmp_path: Path) -> None:
    """The endpoint's release was the same, so nothing was deployed; its former one may still be
    there."""
    outcome = deploy(World(tmp_path, live="green", failing="smoke"), {"endpoint": True})
    assert "rollback-endpoint" not in outcome.calls


def test_a_package_that_was_never_replaced_is_not_replaced_by_an_older_one(tmp_path: Path) -> None:
    outcome = deploy(World(tmp_path, released="old", failing="azd deploy*"), {"app": True})
    assert "rollback-app" not in outcome.calls
    assert outcome.status == "failure"


def test_a_first_endpoint_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    outcome = deploy(World(tmp_path, live=None, failing="smoke"), ALL)
    assert "rollback-endpoint" not in outcome.calls
    assert outcome.status == "failure"


def test_nothing_is_deployed_without_knowing_what_to_go_back_to(tmp_path: Path) -> None:
    outcome = deploy(World(tmp_path, failing="azd env get-values"), ALL)
    assert (outcome.status, outcome.calls) == ("failure", [*NAMED, *RECALLED])


def test_a_deployment_that_passed_stays_when_the_old_one_cannot_be_retired(tmp_path: Path) -> None:
    outcome = deploy(World(tmp_path, failing="retire-endpoint"), ALL)
    assert outcome.status == "failure"
    assert not any(call.startswith("rollback") for call in outcome.calls)


def test_every_stage_begins_with_a_fresh_login(tmp_path: Path) -> None:
    assert deploy(World(tmp_path), ALL).logins == 4


def test_a_variable_without_a_value_is_left_to_the_default(tmp_path: Path) -> None:
    assert "OPAL_VNET" not in deploy(World(tmp_path), ALL).environment
