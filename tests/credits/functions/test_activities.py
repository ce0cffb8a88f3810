"""The activities themselves, over real storage: when a photo is held for, and how it ends."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

import activities.complete_item
import activities.fail_item
import activities.inspect_photo
from opal.blobs import Blobs
from opal.credits.grants import grant
from opal.documents import (
    CompleteItem,
    FailItem,
    InspectedPhoto,
    InspectRequest,
    ItemRef,
    ItemStatus,
)
from opal.errors import PhotoRejected
from opal.settings import Settings
from opal.state import StateStore
from tests.credits.life import (
    BROKEN,
    NOW,
    PLAIN,
    TENANT,
    assert_books_balance,
    figures,
    item_of,
    reasons,
    stage,
    take,
)

PATH = "raw/demo/summer/mug.jpg"


@pytest.fixture
def ref(store: StateStore, blobs: Blobs) -> ItemRef:
    """A good photo that has come."""
    photo = io.BytesIO()
    Image.new("RGB", (320, 240), "red").save(photo, "JPEG")
    blobs.write(PATH, photo.getvalue(), "image/jpeg")
    return take(store)


def run(module: Any, request: Any) -> dict[str, Any]:
    """Call an activity as the Functions worker does."""
    [builder] = module.bp._function_builders
    function: Callable[[Any], dict[str, Any]] = builder._function.get_user_function()
    return function(request.dump())


def inspect(ref: ItemRef) -> InspectedPhoto:
    request = InspectRequest(item=ref, raw_path=PATH, recipe=PLAIN)
    return InspectedPhoto.parse(run(activities.inspect_photo, request))


def test_a_good_photo_is_held_for_and_charged_when_it_is_done(
    store: StateStore, settings: Settings, ref: ItemRef
) -> None:
    grant(store, settings, TENANT, 10, "start", "", NOW)
    photo = inspect(ref)
    assert photo.skip is None
    assert figures(store) == (6, 4)
    stages = {"place.white": stage("work/a.png"), "upscale.white": stage("work/b.png")}
    done = CompleteItem(item=ref, photo=photo, stages=stages, outputs=())
    for _ in range(2):
        run(activities.complete_item, done)
    assert figures(store) == (6, 0)
    assert_books_balance(store)


def test_a_bad_photo_is_never_held_for(
    store: StateStore, settings: Settings, blobs: Blobs, ref: ItemRef
) -> None:
    grant(store, settings, TENANT, 10, "start", "", NOW)
    blobs.write(PATH, b"no picture", "image/jpeg")
    with pytest.raises(PhotoRejected):
        inspect(ref)
    assert reasons(store) == ["grant"]


def test_a_photo_that_fails_later_is_given_back(
    store: StateStore, settings: Settings, ref: ItemRef
) -> None:
    grant(store, settings, TENANT, 10, "start", "", NOW)
    inspect(ref)
    failed = FailItem(item=ref, failure=BROKEN, stage="segment_product")
    for _ in range(2):
        run(activities.fail_item, failed)
    assert figures(store) == (10, 0)
    assert_books_balance(store)


def test_a_photo_without_credit_ends_its_run_and_waits(store: StateStore, ref: ItemRef) -> None:
    assert inspect(ref).skip == "waits for credit: credits_insufficient"
    assert item_of(store, ref).status is ItemStatus.BLOCKED
