"""The activities of a review, over the process's own settings and store."""

from datetime import UTC, datetime

import pytest

from activities import ask_for_review, segment_product, settle_review
from opal.blobs import etag_of, get_blobs
from opal.documents import (
    Asked,
    ItemRef,
    ItemStatus,
    Picture,
    ReviewRequest,
    SegmentRequest,
    Settlement,
)
from opal.job_options import default_recipe
from opal.names import understand_drop
from opal.settings import get_settings
from opal.state import get_store
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.contract import Partition
from opal.state.progress import begin_item
from opal.state.transition import get_item
from opal.webhooks.endpoints import EndpointRequest, create_endpoint
from tests.opal.activities import call
from tests.opal.scripted_endpoint import ScriptedEndpoint

NOW = datetime.now(UTC)


@pytest.fixture(params=["reject", "approve"])
def action(request: pytest.FixtureRequest) -> str:
    """What is done with a photo that nobody has looked at in time, which is no time at all."""
    return str(request.param)


@pytest.fixture
def asked(
    environment: dict[str, str], action: str, request: pytest.FixtureRequest
) -> ReviewRequest:
    """A question about a photo that is processed."""
    environment |= {"OPAL_REVIEW_TIMEOUT": "0.000001", "OPAL_REVIEW_TIMEOUT_ACTION": action}
    request.getfixturevalue("app")
    drop = understand_drop("demo/summer/mug.jpg")
    job = ensure_job(get_store(), drop, default_recipe, "0" * 32, NOW)
    item = claim_item(get_store(), job, drop, Source("etag", 10), NOW, 60)
    assert item is not None
    begin_item(get_store(), ItemRef.of(item), NOW, 60)
    pictures = (Picture(name="cutout", path="work/demo/segment/x.png"),)
    return ReviewRequest(
        item=ItemRef.of(item), about="cutout", subject="5f", reasons=("why",), pictures=pictures
    )


def test_the_settings_say_how_long_it_is_waited_and_what_then(
    asked: ReviewRequest, action: str
) -> None:
    call(ask_for_review, asked.dump())
    settled = Settlement.parse(call(settle_review, asked.dump()))
    item = get_item(get_store(), Partition("demo", "summer"), asked.item.item_id)
    assert item is not None
    assert settled.verdict == {"approve": "approved", "reject": "refused"}[action]
    went_on = item.status is ItemStatus.PROCESSING
    assert went_on is (action == "approve")


@pytest.mark.parametrize("action", ["reject"])
def test_whoever_wants_to_know_is_told_once_however_often_it_is_asked(
    asked: ReviewRequest,
) -> None:
    local = get_settings().model_copy(update={"webhook_allow_local": True})
    create_endpoint(get_store(), local, "demo", EndpointRequest(url="http://127.0.0.1:9/x"), NOW)
    first, again = (Asked.parse(call(ask_for_review, asked.dump())) for _ in range(2))
    assert len(first.deliveries) == 1
    assert again == first


@pytest.mark.parametrize("action", ["reject"])
def test_a_cut_out_that_is_not_refined_is_another_one(
    asked: ReviewRequest, endpoint: ScriptedEndpoint
) -> None:
    path = "raw/demo/summer/mug.jpg"
    get_blobs().write(path, b"photo", "image/jpeg")
    photo = get_blobs().properties(path)
    assert photo is not None
    first = SegmentRequest(
        item=asked.item, raw_path=path, source_etag=etag_of(photo), photo_sha256="5f" * 32
    )
    plain = first.model_copy(update={"refine": False})
    made = [call(segment_product, request.dump())["path"] for request in (first, plain, first)]
    assert [request["params"] for request in endpoint.requests] == [{}, {"refine": False}]
    assert made[0] == made[2] != made[1]
