"""Where the queries are, and who takes them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "infra/queries"


def files() -> list[Path]:
    """All queries."""
    return sorted(FOLDER.glob("*.kql"))


def text_of(name: str) -> str:
    """The text of a query."""
    return (FOLDER / name).read_text(encoding="utf-8")


def bicep(name: str) -> str:
    """The text of a file of infra/app."""
    return (ROOT / f"infra/app/{name}.bicep").read_text(encoding="utf-8")


def rules_of(query: str) -> list[dict[str, str]]:
    """The rules of alerts.bicep that measure this query, as the texts of their properties."""
    blocks = re.findall(r"^  \{\n((?:    .+\n)+)  \}", bicep("alerts"), re.M)
    rules = [dict(re.findall(r"^    (\w+): (.+)$", block, re.M)) for block in blocks]
    return [rule for rule in rules if f"queries/{query}'" in rule.get("query", "")]


def measure_of(query: str) -> str:
    """The column that the rules about this query measure."""
    [measure] = {rule["measure"].strip("'") for rule in rules_of(query)}
    return measure
