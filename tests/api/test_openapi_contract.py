"""The API does what `/openapi.json` says: thousands of valid and invalid requests, and chains of
them along the links, made from the description by schemathesis."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from opal.api.catalogue import OPERATIONS
from opal.api.openapi import openapi
from opal.api.operation import Operation
from opal.keys import Role
from tests.api import matrix
from tests.api.conftest import settings_of
from tests.api.contract_checks import OWN_TENANT
from tests.api.shop import Shop
from tests.api_server import ApiServer
from tests.conftest import ROOT
from tests.credits.fake_mollie import FakeMollie

CASES = 2000
FOR_FEW = {"failed": ("retry_item",), "doubtful": ("get_review", "decide_review")}


class Contract(NamedTuple):
    """What schemathesis found in each of its runs, and how often each (operation, status) was
    answered in all."""

    reports: list[dict[str, Any]]
    answers: Counter[tuple[str, int]]
    output: str


@pytest.fixture(scope="module")
def overrides(mollie: FakeMollie) -> dict[str, str]:
    return settings_of(mollie)


@pytest.fixture(scope="module")
def contract(
    server: ApiServer, connection: requests.Session, tmp_path_factory: pytest.TempPathFactory
) -> Contract:
    shop = Shop(server.url, connection)
    folder = tmp_path_factory.mktemp("contract")
    (folder / "config.toml").write_text(config_with(shop), "utf-8")
    # Read from its own address, the description would leave that address out.
    described = requests.get(f"{server.url}/openapi.json", timeout=30).content
    (folder / "openapi.json").write_bytes(described)
    runs = [run_schemathesis(shop, folder)]
    # A run ends its chains when what they meet is not what they met before; so there are more.
    runs += [run_schemathesis(shop, folder, "--phases", "stateful", "--seed", s) for s in "123"]
    reports, outputs = [report for report, _ in runs], [output for _, output in runs]
    return Contract(reports, answers_in(folder), "\n".join(outputs))


def run_schemathesis(shop: Shop, folder: Path, *options: str) -> tuple[dict[str, Any], str]:
    """Its report, and what it printed; its events are added to the folder."""
    number = len(list(folder.glob("*.ndjson")))
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", folder / "config.toml"]
    command += ["run", folder / "openapi.json", "--url", shop.url, "--no-color", *options]
    command += ["--header", f"X-API-Key: {shop.key[Role.ADMIN]}", "--report", "json,ndjson"]
    command += ["--report-json-path", folder / f"{number}.json"]
    command += ["--report-ndjson-path", folder / f"{number}.ndjson"]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.api.contract_checks",
        OWN_TENANT: shop.name,
    }
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=250)
    output = (run.stdout + run.stderr).decode()
    assert (folder / f"{number}.json").exists(), output
    return json.loads((folder / f"{number}.json").read_text("utf-8")), output


def config_with(shop: Shop) -> str:
    """The configuration, with things of the tenant's of every kind as frequent values of paths and
    bodies; and for what can be done with few of them, mostly such: one is decided but once."""
    owned = matrix.belongings(shop, "http://127.0.0.1:9/hook")
    dictionaries, parameters = [], ["[parameters]"]
    for name in owned[0]:
        dictionaries.append(dictionary(name, [ids[name] for ids in owned]))
        parameters += [f'"{place}.{name}" = {binding(name, 0.7)}' for place in ("path", "body")]
    operations = []
    for name, bring in (("failed", shop.fail), ("doubtful", shop.ask_for_review)):
        jobs = [shop.new_job() for _ in range(5)]
        for job in jobs:
            bring(job)
        dictionaries.append(dictionary(name, [job["job_id"] for job in jobs]))
        operations += [mostly_about(name, operation) for operation in FOR_FEW[name]]
    static = (ROOT / "tests/api/schemathesis.toml").read_text("utf-8")
    return "\n".join([static, *dictionaries, *parameters, *operations])


def mostly_about(name: str, operation: str) -> str:
    """The configuration of one operation: the jobs that it can be done with."""
    bound = {"path.job_id": binding(name, 0.9), "path.item_id": binding("item_id", 0.9)}
    lines = [f'"{place}" = {values}' for place, values in bound.items()]
    head = f'[[operations]]\ninclude-operation-id = "{operation}"\n[operations.parameters]'
    return "\n".join([head, *lines])


def dictionary(name: str, values: list[str]) -> str:
    """Values that parameters can be bound to."""
    return f"[dictionaries.{name}]\nvalues = {json.dumps(list(dict.fromkeys(values)))}"


def binding(name: str, probability: float) -> str:
    return f'{{dictionary = "{name}", probability = {probability}}}'


def answers_in(folder: Path) -> Counter[tuple[str, int]]:
    """How often each operation answered with each status, by its method and path."""
    answers: Counter[tuple[str, int]] = Counter()
    events = "".join(file.read_text("utf-8") for file in folder.glob("*.ndjson"))
    for line in events.splitlines():
        scenario = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for id, interaction in scenario.get("interactions", {}).items():
            case, response = scenario["cases"][id]["value"], interaction["response"]
            if response is not None:
                answers[f"{case['method']} {case['path']}", response["status_code"]] += 1
    return answers


def test_the_api_keeps_its_contract(contract: Contract) -> None:
    for report in contract.reports:
        assert report["failures"] == [], contract.output
        assert report["errors"] == [], contract.output
        assert report["exit_code"] == 0, contract.output


def test_the_whole_contract_was_tried(contract: Contract) -> None:
    first, *others = contract.reports
    assert first["test_cases"]["generated"] >= CASES
    assert first["operations"]["tested"] == len(OPERATIONS)
    for phase in ("coverage", "fuzzing", "stateful"):
        assert first["phases"][phase]["status"] == "success"
    assert [report["phases"]["stateful"]["status"] for report in others] == ["success"] * 3


def test_nothing_was_answered_by_a_servers_failure(contract: Contract) -> None:
    assert {status for _, status in contract.answers if status >= 500} == set()


@pytest.mark.parametrize("operation", matrix.WITH_KEY, ids=lambda operation: operation.id)
def test_what_schemathesis_does_not_provoke_is_described_too(operation: Operation) -> None:
    """Its requests without a key are for its own check; no key is too weak, no minute used up."""
    described = openapi()["paths"][operation.path][operation.method.lower()]["responses"]
    for status, code in ((401, "key_invalid"), (403, "role_insufficient"), (429, "rate_limited")):
        assert f"`{code}`" in described[str(status)]["description"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_every_operation_was_done_and_not_only_refused(
    contract: Contract, operation: Operation
) -> None:
    label = f"{operation.method} {operation.path}"
    done = sum(contract.answers[label, status] for status in operation.answers if status < 300)
    assert done > 0, {status: n for (name, status), n in contract.answers.items() if name == label}
