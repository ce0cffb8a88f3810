"""Credits and brand profiles through the real API."""

from datetime import UTC, datetime

import pytest

from opal.api.billing import EstimateQuery
from opal.client import ApiError, OpalClient
from opal.credits.grants import grant
from opal.profiles.documents import NewProfile, ProfileRequest
from opal.settings import get_settings
from opal.state import get_store
from tests.client.conftest import TENANT


def test_a_balance_is_what_its_entries_add_up_to(client: OpalClient) -> None:
    assert client.balance().available == 0
    for number, credits in enumerate((100, 50, -30)):
        grant(get_store(), get_settings(), TENANT, credits, f"g{number}", "test", datetime.now(UTC))
    assert client.balance().available == 120
    assert [entry.delta for entry in client.ledger()] == [-30, 50, 100]


def test_an_estimate_multiplies_what_one_photo_costs(client: OpalClient) -> None:
    estimate = client.estimate(EstimateQuery(photos=7, scenes="white", upscale=False))
    assert estimate.total == 7 * estimate.per_photo > 0


def test_a_profile_is_created_replaced_and_deleted(client: OpalClient) -> None:
    created = client.create_profile(NewProfile(id="spring", name="Spring"))
    known = client.get_profile("spring")
    assert known == created
    replaced = client.replace_profile("spring", ProfileRequest(name="Summer"), known.etag)
    assert replaced.profile.name == "Summer"
    with pytest.raises(ApiError) as caught:
        client.replace_profile("spring", ProfileRequest(name="Autumn"), known.etag)
    assert (caught.value.status, caught.value.code) == (412, "profile_changed")
    assert [profile.id for profile in client.list_profiles()] == ["spring"]
    client.delete_profile("spring", replaced.etag)
    client.delete_profile("spring")
    assert list(client.list_profiles()) == []


def test_every_error_code_is_explained(client: OpalClient) -> None:
    codes = {code.code: code for code in client.errors()}
    assert codes["rate_limited"].retryable
    assert codes["key_invalid"].status == 401
