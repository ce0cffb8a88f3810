"""Imports run one way: function_app → triggers, orchestrations, activities → opal.

Read from the sources, so that an import inside a function counts as well.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    *("activities", "imaging", "local", "models", "opal", "orchestrations", "release", "triggers"),
)
OURS = {*PACKAGES, "benchmarks", "function_app", "samples", "tests"}

# What each part may import of ours; a name allows itself and everything below it.
ALLOWED = {
    "function_app": {"triggers", "orchestrations", "activities", "opal.telemetry"},
    "triggers": {"triggers", "opal"},
    "activities": {"activities", "opal", "imaging"},
    "orchestrations": {
        *("opal.documents", "opal.recipe", "orchestrations.making", "orchestrations.policies"),
        *("orchestrations.reviews", "orchestrations.run"),
    },
    "opal": {"opal"},
    "imaging": {"imaging"},
    "models": {"models", "imaging"},
    "models/training": {"models", "imaging", "samples.blender"},
    "local": {"local", "function_app", "opal"},
    "release": {"release", "opal"},
}
# Training has tools that the endpoint does not have, and is not deployed with it.
APART = "models.training"
# Orchestrators are replayed: what they do must depend on their history alone.
UNREPEATABLE_MODULES = {
    *("asyncio", "concurrent", "http", "io", "logging", "os", "pathlib", "random", "requests"),
    *("secrets", "socket", "sqlite3", "subprocess", "threading", "time", "urllib", "uuid"),
    *("azure.identity", "azure.storage"),
}
UNREPEATABLE_NAMES = {"environ", "getenv", "now", "today", "utcnow", "uuid4"}
UNREPEATABLE_CALLS = {"input", "open", "print", "hash", "id"}


def sources(part: str) -> list[Path]:
    if part == "function_app":
        return [ROOT / "function_app.py"]
    found = [*(ROOT / part).rglob("*.py")]
    apart = ROOT / APART.replace(".", "/")
    return [path for path in found if apart not in path.parents or part == "models/training"]


def module_of(path: Path) -> str:
    names = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def imported(tree: ast.AST, module: str) -> Iterator[str]:
    """Every module that is imported anywhere in the tree, by its full name.

    `from a import b` is both `a.b`, in case b is a module, and, as its prefix, `a`.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            parents = module.split(".")[: -node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{name.name}" for name in node.names)


def within(name: str, allowed: set[str]) -> bool:
    return any(name == root or name.startswith(f"{root}.") for root in allowed)


def wrong_imports(part: str, source: str, module: str) -> list[str]:
    names = imported(ast.parse(source), module)
    wrong = [n for n in names if n.split(".")[0] in OURS and not within(n, ALLOWED[part])]
    if part != "models/training":
        wrong += [n for n in imported(ast.parse(source), module) if within(n, {APART})]
    return wrong


@pytest.mark.parametrize("part", ALLOWED)
def test_imports_follow_the_arrows(part):
    files = sources(part)
    assert files
    wrong = {
        str(path.relative_to(ROOT)): found
        for path in files
        if (found := wrong_imports(part, path.read_text("utf-8"), module_of(path)))
    }
    assert wrong == {}


def test_every_package_of_ours_has_its_arrow():
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert found - {"benchmarks", "samples"} <= set(ALLOWED)


@pytest.mark.parametrize(
    ("part", "source"),
    [
        ("imaging", "import opal"),
        ("opal", "def f():\n    from imaging.decode import decode_photo"),
        ("orchestrations", "from opal import blobs"),
        ("orchestrations", "from opal.state.transition import get_job"),
        ("orchestrations", "from orchestrations import finish_job"),
        ("models", "if TYPE_CHECKING:\n    from opal.errors import OpalError"),
        ("triggers", "import activities.package_job as p"),
        ("local", "class A:\n    from models import score"),
    ],
)
def test_a_wrong_import_is_seen_wherever_it_stands(part, source):
    assert wrong_imports(part, source, f"{part}.module")


def unrepeatable(tree: ast.AST, module: str) -> list[str]:
    """What an orchestrator must not touch, as `line: name`."""
    found = [name for name in imported(tree, module) if within(name, UNREPEATABLE_MODULES)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in UNREPEATABLE_NAMES:
            found.append(f"{node.lineno}: .{node.attr}")
        if isinstance(node, ast.Name) and node.id in UNREPEATABLE_CALLS | UNREPEATABLE_NAMES:
            found.append(f"{node.lineno}: {node.id}")
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Global | ast.Nonlocal):
            found.append(f"{node.lineno}: {type(node).__name__}")
    return found


@pytest.mark.parametrize("path", sources("orchestrations"), ids=lambda path: path.stem)
def test_orchestrators_touch_nothing_that_a_replay_would_find_changed(path):
    assert unrepeatable(ast.parse(path.read_text("utf-8")), module_of(path)) == []


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime\nx = datetime.now()",
        "import datetime as d\nx = d.datetime.utcnow()",
        "def f():\n    import random",
        "from time import monotonic",
        "import os.path",
        "from logging import getLogger",
        "x = open('file')",
        "async def f(): pass",
    ],
)
def test_what_a_replay_would_find_changed_is_seen_wherever_it_stands(source):
    assert unrepeatable(ast.parse(source), "orchestrations.x")
