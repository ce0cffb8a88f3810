"""What OPAL costs in Azure in a month, as tables in Markdown: docs/costs.md.

`python -m benchmarks.costs [--prices FILE]`: FILE is a copy of benchmarks/costs.toml with other
prices, volumes or sizes. An estimate: what it is made of, and how sure that is, stands in the file.
"""

import argparse
import tomllib
from math import isnan
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("costs.toml")
_BUSY = 3  # a month's photos come in a third of its hours
_UTILIZATION = 0.7  # of an instance, where the rules of autoscale add another
_SWEEP_UNITS = 4.6  # docs/performance.md
_DAYS = 30.4
_MILLION = 1e6


class Estimate:
    """One tier at one volume; each public method is an item of the bill, in the file's currency."""

    def __init__(self, given: dict[str, Any], tier: str, photos: int) -> None:
        self._photo: dict[str, float] = given["photo"]
        self._tier = given["tiers"][tier]
        self._prices = given["prices"]
        self._hours: int = given["hours"]
        self._photos = photos
        self._sweeps: int = self._tier["sweeps_per_hour"] * self._hours

    def model_endpoint(self) -> float:
        """Hours of instances: one always, more when its threads do not suffice."""
        seconds = self._photos * self._photo["model_seconds"]
        needed: float = seconds / (self._tier["instance_threads"] * _UTILIZATION) / 3600
        instance: str = self._tier["instance"]
        return max(needed, float(self._hours)) * self._price(instance)

    def function_app(self) -> float:
        """GB-seconds, as if no two activities shared an instance; runs; what is kept ready."""
        memory: int = self._tier["memory_gb"]
        seconds = self._photos * self._photo["function_seconds"] + self._sweeps
        runs = self._photos * self._photo["executions"] + self._sweeps
        month = self._hours * 3600
        ready: int = self._tier["always_ready"]
        if not ready:
            on_demand = max(0.0, seconds * memory - self._free("flex_seconds"))
            paid_runs = max(0.0, runs - self._free("flex_executions"))
            return on_demand * self._price("flex_seconds") + paid_runs * self._executions()
        kept = ready * month * memory * self._price("flex_ready")
        on_ready = min(seconds, month)  # one of them is for orchestrations and activities
        busy = on_ready * memory * self._price("flex_ready_seconds")
        rest = (seconds - on_ready) * memory * self._price("flex_seconds")
        return kept + busy + rest + runs * self._executions()

    def state(self) -> float:
        """Request units and storage of Cosmos DB. Reads under strong consistency count twice."""
        photo = self._photo
        each = photo["writing_units"] + 2 * photo["reading_units"]
        units = self._photos * each + self._sweeps * 2 * _SWEEP_UNITS
        kept = self._photos * photo["document_kb"] / 1e6 * self._price("cosmos_storage")
        if self._tier["cosmos"] == "Serverless":
            return kept + units / _MILLION * self._price("cosmos_serverless")
        highest = units / (self._hours * 3600) * _BUSY
        billed: float = max(highest, self._tier["cosmos_max"] / 10)
        return kept + billed / 100 * self._hours * self._price("cosmos_autoscale")

    def blobs(self) -> float:
        """A month's photos, kept for a month, with their intermediate results; and operations."""
        photo = self._photo
        work: float = photo["work_mb"] * self._tier["work_days"] / _DAYS
        stored = self._photos * (photo["kept_mb"] + work) / 1000
        operations = photo["blobs_written"] * self._price("blob_writes")
        operations += photo["blobs_read"] * self._price("blob_reads")
        return stored * self._price(self._tier["storage"]) + self._photos * operations / 10_000

    def downloads(self) -> float:
        """Every output once, over the internet."""
        sent = self._photos * self._photo["downloaded_mb"] / 1000
        return max(0.0, sent - self._free("egress")) * self._price("egress")

    def logs_and_alerts(self) -> float:
        """Log Analytics, and rules that query it."""
        logged = self._photos * self._photo["log_kb"] / 1e6
        paid = max(0.0, logged - self._free("logs")) * self._price("logs")
        rules: int = self._tier["query_rules"]
        return paid + rules * self._price("query_rule")

    def events(self) -> float:
        """Event Grid."""
        operations = self._photos * self._photo["events"]
        return max(0.0, operations - self._free("events")) / _MILLION * self._price("events")

    def registry(self) -> float:
        """The registry of the endpoint's images."""
        return _DAYS * self._price(f"registry_{self._tier['registry']}")

    def scheduler(self) -> float:
        """Actions of the Durable Task Scheduler on Consumption."""
        return self._photos * self._photo["actions"] / _MILLION * self._price("scheduler")

    def _executions(self) -> float:
        return self._price("flex_executions") / _MILLION

    def _price(self, name: str) -> float:
        """A price that is not known is nan, which no sum takes in."""
        return float(self._prices[name].get("price", "nan"))

    def _free(self, name: str) -> float:
        return float(self._prices[name]["free"])


ITEMS = {
    "Model endpoint": Estimate.model_endpoint,
    "Function app": Estimate.function_app,
    "Cosmos DB": Estimate.state,
    "Blobs": Estimate.blobs,
    "Downloads": Estimate.downloads,
    "Logs, alerts": Estimate.logs_and_alerts,
    "Event Grid": Estimate.events,
    "Container registry": Estimate.registry,
    "Durable Task Scheduler": Estimate.scheduler,
}


def costs_table(given: dict[str, Any]) -> str:
    """A row for each item, a column for each tier and volume."""
    cases = [(tier, photos) for tier in given["tiers"] for photos in given["volumes"]]
    estimates = [Estimate(given, tier, photos) for tier, photos in cases]
    heads = [f"{tier}, {photos:,}" for tier, photos in cases]
    amounts = [[item(one) for one in estimates] for item in ITEMS.values()]
    rows = [["?" if isnan(one) else f"{one:,.0f}" for one in row] for row in amounts]
    sums = [sum(one for one in row if not isnan(one)) for row in zip(*amounts, strict=True)]
    shares = [1000 * one / photos for one, (_, photos) in zip(sums, cases, strict=True)]
    body = [
        *([name, *row] for name, row in zip(ITEMS, rows, strict=True)),
        ["**Together**", *(f"**{one:,.0f}**" for one in sums)],
        ["For 1,000 photos", *(f"{one:,.2f}" for one in shares)],
    ]
    return _table([f"{given['currency']} a month", *heads], body, numbers=True)


def prices_table(given: dict[str, Any]) -> str:
    """Each price, where it comes from, and when it was read there."""
    body = [
        [one["what"], _plain(one.get("price")), one["source"], one["read"]]
        for one in given["prices"].values()
    ]
    return _table(["What", given["currency"], "Source", "Read"], body)


def _plain(price: float | None) -> str:
    return "?" if price is None else f"{price:.10f}".rstrip("0").rstrip(".")


def _table(heads: list[str], body: list[list[str]], numbers: bool = False) -> str:
    line = ["---", *(["---:" if numbers else "---"] * (len(heads) - 1))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, line, *body])


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costs")
    parser.add_argument("--prices", type=Path, default=FILE)
    given = tomllib.loads(parser.parse_args().prices.read_text())
    print(costs_table(given), prices_table(given), sep="\n\n")


if __name__ == "__main__":
    main()
