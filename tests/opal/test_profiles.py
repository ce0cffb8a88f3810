"""Brand profiles: written whole or not at all, and never over somebody else's change."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from opal.errors import Conflict, InvalidInput, PreconditionFailed, ProfileMissing
from opal.paging import PageQuery
from opal.presets import presets
from opal.profiles.documents import NewProfile, Profile, ProfileRequest
from opal.profiles.storing import (
    create_profile,
    delete_profile,
    find_profile,
    get_profile,
    list_profiles,
    replace_profile,
)
from opal.state import StateStore
from opal.state.containers import Container
from opal.state.contract import Create, Partition
from opal.state.sqlite import SqliteStore

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
FULL: dict[str, Any] = {
    "name": "  Herbst — Été ",
    "scenes": ["white", {"prompt": "on a mossy stone, morning light", "name": "moss"}],
    "placement_style": "luxury",
    "palette": ["#AABBCC", "#001122"],
    "padding": {"left": 0.2, "bottom": 0.05},
    "alignment": {"horizontal": "left", "vertical": "bottom"},
    "exports": ["square", "amazon_main"],
    "product_category": "tea ware",
    "lighting": "golden",
    "stance": "flat",
    "floor": 0.9,
    "scene_prompts": {"kitchen": "on our green tiles"},
    "prompt": "on our grey felt",
    "negative_prompt": "flowers",
    "flags": {"upscale": False, "shadow": True},
}


@pytest.fixture
def store(tmp_path) -> Iterator[StateStore]:
    opened = SqliteStore(str(tmp_path / "state.sqlite"))
    yield opened
    opened.close()


def created(store: StateStore, tenant_id: str = "demo", **fields: Any) -> Any:
    request = NewProfile.parse({"name": "Autumn", **fields})
    return create_profile(store, tenant_id, request, NOW)


def test_a_profile_is_read_as_it_was_written(store):
    written = created(store, **FULL, id="autumn")
    read = get_profile(store, "demo", "autumn")
    assert read == written
    body = read.profile.dump()
    assert body == {
        **FULL,
        "scenes": ["white", {**FULL["scenes"][1], "negative_prompt": None}],
        "id": "autumn",
        "kind": "profile",
        "tenant_id": "demo",
        "gate": None,
        "created_at": "2026-06-01T12:00:00Z",
        "updated_at": "2026-06-01T12:00:00Z",
        "name": "Herbst — Été",
        "palette": ["#aabbcc", "#001122"],
        "padding": {"top": 0.0, "right": 0.0, "bottom": 0.05, "left": 0.2},
    }


def test_a_name_is_all_that_a_profile_needs(store):
    profile = created(store).profile
    assert (profile.id, profile.scenes, profile.exports) == ("autumn", (), ())
    assert profile.flags.dump() == {"upscale": True, "shadow": None}


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("Autumn 2026!", "autumn-2026"),
        ("Été à la plage", "ete-a-la-plage"),
        ("default", "default"),
        ("x" * 80, "x" * 63),
        ("a" * 62 + " tea", "a" * 62),
    ],
)
def test_a_profile_without_an_id_gets_one_of_its_name(store, name, id):
    assert created(store, name=name).profile.id == id


def test_a_name_that_makes_no_id_asks_for_one(store):
    with pytest.raises(InvalidInput) as caught:
        created(store, name="秋")
    assert (caught.value.code, caught.value.http_status) == ("request_invalid", 422)
    assert caught.value.message.startswith("id: ")
    assert created(store, name="秋", id="autumn").profile.name == "秋"


def test_a_second_profile_under_an_id_is_refused_and_changes_nothing(store):
    first = created(store, exports=["etsy"])
    with pytest.raises(Conflict) as caught:
        created(store, exports=["ebay"])
    assert (caught.value.code, caught.value.http_status) == ("profile_exists", 409)
    assert get_profile(store, "demo", "autumn") == first


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": ""}, "name", ""),
        ({"name": "   "}, "name", ""),
        ({"name": "x" * 81}, "name", ""),
        ({"name": "a\x00b"}, "name", ""),
        ({"name": "a\u2028b"}, "name", ""),
        ({"id": "-a"}, "id", ""),
        ({"id": "A"}, "id", ""),
        ({"id": "x" * 64}, "id", ""),
        ({"scenes": ["white", "beach"]}, "scenes.1", "white, studio"),
        ({"scenes": [{"prompt": " "}]}, "scenes.0", "prompt"),
        ({"scenes": ["white"] * 21}, "scenes", ""),
        ({"placement_style": "gothic"}, "placement_style", "kitchen"),
        ({"palette": ["red"]}, "palette.0", ""),
        ({"palette": ["#aabbcc"] * 9}, "palette", ""),
        ({"padding": {"left": 0.5}}, "padding.left", "0.4"),
        ({"padding": {"left": float("nan")}}, "padding.left", ""),
        ({"padding": {"all": 0.1}}, "padding.all", ""),
        ({"alignment": {"vertical": "low"}}, "alignment.vertical", "bottom"),
        ({"exports": ["square", "nope"]}, "exports.1", ", ".join(presets())),
        ({"exports": ["square"] * 31}, "exports", ""),
        ({"product_category": "a\tb"}, "product_category", ""),
        ({"flags": {"upscale": "yes"}}, "flags.upscale", ""),
        ({"flags": {"enhance": True}}, "flags.enhance", ""),
        ({"colour": "#aabbcc"}, "colour", ""),
    ],
)
def test_what_a_profile_can_not_say_is_refused_with_its_field_and_what_there_is(
    fields, field, words
):
    with pytest.raises(ValidationError) as caught:
        NewProfile.parse({"name": "Autumn", **fields})
    [problem] = caught.value.errors()
    assert ".".join(map(str, problem["loc"])) == field
    assert words in problem["msg"]


def test_a_profile_whose_preset_went_away_can_still_be_read(store):
    body = {**created(store, id="old").profile.dump(), "id": "new", "exports": ["gone"]}
    body = {**body, "scenes": ["cellar"], "shine": 3, "padding": {"left": 0.1, "inner": 1}}
    store.write(Partition("demo", container=Container.BRAND_PROFILES), [Create(body)])
    profile = get_profile(store, "demo", "new").profile
    assert (profile.exports, profile.scenes, profile.padding.left) == (("gone",), ("cellar",), 0.1)


def test_a_missing_profile_is_not_found(store):
    for reach in (
        lambda: get_profile(store, "demo", "autumn"),
        lambda: replace_profile(store, "demo", "autumn", ProfileRequest(name="x"), NOW),
        lambda: replace_profile(store, "demo", "autumn", ProfileRequest(name="x"), NOW, "etag"),
    ):
        with pytest.raises(ProfileMissing) as caught:
            reach()
        assert (caught.value.code, caught.value.http_status) == ("profile_missing", 404)
    assert find_profile(store, "demo", "autumn") is None


def test_a_tenant_reaches_no_profile_of_another(store):
    other = created(store, "rival", exports=["etsy"])
    assert find_profile(store, "demo", "autumn") is None
    assert list_profiles(store, "demo", PageQuery()).profiles == ()
    delete_profile(store, "demo", "autumn")
    created(store, exports=["ebay"])
    assert get_profile(store, "rival", "autumn") == other


def test_replacing_keeps_the_id_and_when_it_was_created_and_nothing_else(store):
    first = created(store, **FULL, id="autumn")
    second = replace_profile(store, "demo", "autumn", ProfileRequest(name="Winter"), LATER)
    assert second.etag != first.etag
    assert (second.profile.created_at, second.profile.updated_at) == (NOW, LATER)
    bare = Profile.parse({**second.profile.dump(), "name": "x"})
    assert bare == created(store, id="other", name="x").profile.model_copy(
        update={"id": "autumn", "updated_at": LATER}
    )
    assert get_profile(store, "demo", "autumn") == second


def test_a_version_that_was_changed_meanwhile_is_neither_replaced_nor_deleted(store):
    first = created(store)
    second = replace_profile(
        store, "demo", "autumn", ProfileRequest(name="Winter"), LATER, first.etag
    )
    for reach in (
        lambda: replace_profile(
            store, "demo", "autumn", ProfileRequest(name="x"), LATER, first.etag
        ),
        lambda: delete_profile(store, "demo", "autumn", first.etag),
    ):
        with pytest.raises(PreconditionFailed) as caught:
            reach()
        assert (caught.value.code, caught.value.http_status) == ("profile_changed", 412)
    assert get_profile(store, "demo", "autumn") == second


def test_of_many_writers_with_one_version_only_one_gets_through(store):
    etag = created(store).etag
    outcomes: list[str] = []

    def write(number: int) -> None:
        request = ProfileRequest(name=f"Writer {number}")
        try:
            replace_profile(store, "demo", "autumn", request, LATER, etag)
            outcomes.append("written")
        except PreconditionFailed:
            outcomes.append("refused")

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(outcomes) == ["refused"] * 7 + ["written"]


def test_deleting_again_is_no_error(store):
    etag = created(store).etag
    delete_profile(store, "demo", "autumn", etag)
    delete_profile(store, "demo", "autumn", etag)
    delete_profile(store, "demo", "autumn")
    assert find_profile(store, "demo", "autumn") is None


def test_a_list_goes_through_all_profiles_page_by_page(store):
    for number in range(7):
        created(store, id=f"p{number}")
    seen: list[str] = []
    query = PageQuery(limit=3)
    while True:
        page = list_profiles(store, "demo", query)
        seen += [profile.id for profile in page.profiles]
        if page.continuation is None:
            break
        query = PageQuery(limit=3, continuation=page.continuation)
    assert seen == [f"p{number}" for number in range(7)]


def test_a_made_up_continuation_is_refused(store):
    with pytest.raises(InvalidInput) as caught:
        list_profiles(store, "demo", PageQuery(continuation="nonsense"))
    assert caught.value.code == "continuation_invalid"
