"""The estimate of costs: the document says what the script computes, for the deployed sizes."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from benchmarks.costs import FILE, Estimate, costs_table, prices_table

ROOT = Path(__file__).parents[2]
GIVEN = tomllib.loads(FILE.read_text())


@pytest.mark.parametrize(("part", "table"), [("costs", costs_table), ("prices", prices_table)])
def test_the_document_has_the_tables_that_the_script_prints(part: str, table: object) -> None:
    document = (ROOT / "docs/costs.md").read_text()
    found = re.search(rf"<!-- {part} -->\n(.*?)\n<!-- /{part} -->", document, re.DOTALL)
    assert found is not None
    assert callable(table)
    assert found[1] == table(GIVEN)


def test_a_reader_can_put_in_own_prices(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(FILE.read_text().replace("price = 0.192", "price = 1.92"))
    command = [sys.executable, "-m", "benchmarks.costs", "--prices", own]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "| Model endpoint | 1,402 |" in printed


@pytest.mark.parametrize("tier", ["dev", "prod"])
def test_the_tiers_are_those_that_are_deployed(tier: str) -> None:
    given = GIVEN["tiers"][tier]
    deployed = sizes(tier)
    ready = re.findall(r"instanceCount: (\d+)", deployed["alwaysReady"])
    assert given["memory_gb"] * 1024 == int(deployed["instanceMemoryMB"])
    assert given["always_ready"] == sum(map(int, ready))
    assert f"'{given['cosmos']}'" in deployed["cosmosCapacity"]
    assert given["cosmos_max"] == int(deployed["cosmosMaxThroughput"])
    assert f"Standard_{given['storage'].upper()}" in deployed["storageSku"]
    assert given["work_days"] == int(deployed["workRetentionDays"])
    assert given["registry"].title() in deployed["registrySku"]
    prices = dict(re.findall(r"(\w+): '([\d.]+)'", deployed["prices"]))
    listed = {name: price.get("price") for name, price in GIVEN["prices"].items()}
    assert float(prices["endpointHour"]) == listed[given["instance"]]
    assert float(prices["gigabyteSecond"]) == listed["flex_seconds"]
    serverless = listed["cosmos_serverless"] if given["cosmos"] == "Serverless" else 0
    assert float(prices["millionRequestUnits"]) == serverless
    every = re.match(r"'0 \*(?:/(\d+))? ", deployed["sweepSchedule"])
    assert every is not None
    assert given["sweeps_per_hour"] == 60 // int(every[1] or 1)
    deployment = ROOT / f"infra/ml/deployment-{deployed['mlTier'].strip(chr(39))}.yml"
    assert f"instance_type: Standard_{given['instance']}".lower() in deployment.read_text().lower()


def test_the_rules_are_counted() -> None:
    rules = re.findall(r"frequency: 'PT", (ROOT / "infra/app/alerts.bicep").read_text())
    assert {tier["query_rules"] for tier in GIVEN["tiers"].values()} == {len(rules)}


def test_every_price_says_where_and_when_it_was_read() -> None:
    for name, price in GIVEN["prices"].items():
        assert price["source"], name
        assert price["read"] or "price" not in price, name


def test_free_amounts_are_not_billed() -> None:
    tiny, larger = Estimate(GIVEN, "dev", 100), Estimate(GIVEN, "dev", 100_000)
    assert tiny.function_app() == tiny.downloads() == tiny.events() == 0
    assert larger.function_app() > 0
    assert larger.downloads() > 0


def sizes(tier: str) -> dict[str, str]:
    """The sizes of a tier in the parameter file, as they are written there."""
    text = (ROOT / "infra/main.bicepparam").read_text()
    block = re.search(rf"^  {tier}: {{\n(.*?)^  }}", text, re.DOTALL | re.MULTILINE)
    assert block is not None
    return dict(re.findall(r"^    (\w+): (\[.*?\]|.*?)$", block[1], re.DOTALL | re.MULTILINE))
