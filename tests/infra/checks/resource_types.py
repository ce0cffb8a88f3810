"""Raw resources: only types and API versions that `resource_types.toml` gives a source for."""

import tomllib
from functools import cache
from pathlib import Path

from tests.infra.sources import HERE, named, templates


@cache
def table() -> dict[str, dict[str, str]]:
    """For each type the API versions with where they were read."""
    return tomllib.loads((HERE / "resource_types.toml").read_text("utf-8"))


def wrong(root: Path) -> list[str]:
    """Types and versions without a source, and preview versions."""
    return [
        f"{named(root, user.path, each.line)}: {each.target}@{each.api_version} has no source"
        for user in templates(root)
        for each in user.resources
        if each.api_version not in table().get(each.target, {})
    ]


def idle(root: Path) -> list[str]:
    """Entries of the table that no file uses."""
    used = {(each.target, each.api_version) for t in templates(root) for each in t.resources}
    known = {(kind, version) for kind, versions in table().items() for version in versions}
    return sorted(f"{kind}@{version}" for kind, version in known - used)
