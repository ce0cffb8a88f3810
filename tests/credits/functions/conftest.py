"""The function app's own surroundings, with billing."""

import pytest

from opal.state import StateStore, get_store
from tests.opal.conftest import app, blobs, endpoint, settings
from tests.opal.conftest import environment as without_billing

__all__ = ["app", "blobs", "endpoint", "settings", "without_billing"]


@pytest.fixture
def environment(without_billing: dict[str, str]) -> dict[str, str]:
    return {**without_billing, "OPAL_BILLING_ENABLED": "true"}


@pytest.fixture
def store(app: None) -> StateStore:
    return get_store()
