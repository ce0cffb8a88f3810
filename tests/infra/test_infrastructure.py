"""The infrastructure holds together, with itself and with the app."""

import pytest

from tests.infra.report import CHECKS, name_of
from tests.infra.sources import ROOT, templates


@pytest.mark.parametrize("check", CHECKS, ids=name_of)
def test_nothing_is_wrong(check):
    assert check(ROOT) == []


def test_every_bicep_file_is_looked_at():
    found = {template.path for template in templates(ROOT)}
    assert set((ROOT / "infra").rglob("*.bicep")) <= found
    assert set((ROOT / "infra").rglob("*.bicepparam")) <= found
    assert len(found) > 15
