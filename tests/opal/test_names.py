"""Names: what a path means, and ids that are safe, short, and different for different names."""

import contextlib
import re
import string

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from opal.errors import NameRejected
from opal.names import (
    DropKind,
    instance_id_of,
    is_tenant,
    item_id_of,
    job_id_of,
    outputs_of_item,
    outputs_of_job,
    package_path,
    understand_drop,
)

ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
tenants = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)
segments = st.text(min_size=1, max_size=200).filter(lambda s: "/" not in s)
folders = st.lists(segments, max_size=4).map("/".join)


@given(segments)
@example("%2F..%5C")
@example("ä" * 1000)
@example("фото продукта.JPG")
@example("@" + "x" * 999)
def test_item_ids_are_short_and_safe_in_paths_and_urls(filename):
    assert ID.fullmatch(item_id_of(filename))


@given(folders)
@example("a/b/c")
@example("ABC")
@example("a b")
@example("inbox")
@example("x" * 1000)
@example("_private")
def test_job_ids_are_short_and_safe_in_paths_and_urls(folder):
    assert ID.fullmatch(job_id_of(folder))


@given(segments, segments)
@example("mug.jpg", "mug.png")
@example("mug.jpg", "Mug.jpg")
@example("mug 1.jpg", "mug-1.jpg")
@example("x" * 900 + "1.jpg", "x" * 900 + "2.jpg")
@example("杯子.jpg", "盘子.jpg")
@example("é.jpg", "e\u0301.jpg")
def test_different_file_names_have_different_item_ids(one, other):
    assume(one != other)
    assert item_id_of(one) != item_id_of(other)


@given(folders, folders)
@example("", "inbox")
@example("Summer", "summer")
@example("a/b", "a-b")
@example("a b", "a-b")
@example("summer/", "summer")
def test_different_folders_have_different_job_ids(one, other):
    assume(one != other)
    assert job_id_of(one) != job_id_of(other)


def test_a_folder_named_like_another_ones_job_id_has_its_own():
    taken = job_id_of("Summer Sale")
    assert job_id_of(taken) != taken


@pytest.mark.parametrize("folder", ["summer", "2026-11", "a", "x" * 63, "mugs_and_cups"])
def test_a_plain_folder_is_its_own_job_id(folder):
    assert job_id_of(folder) == folder


@given(tenants, segments, segments, st.integers(1, 10**6))
def test_instance_ids_are_at_most_a_hundred_ascii_characters(tenant, folder, filename, revision):
    id = instance_id_of(tenant, job_id_of(folder), item_id_of(filename), revision)
    assert len(id) <= 100
    assert set(id) <= set(string.ascii_letters + string.digits + "-_")


def test_instance_ids_differ_by_tenant_job_item_and_revision():
    base = ("demo", "summer", "mug", 1)
    others = [("demo2", *base[1:]), ("demo", "winter", *base[2:]), ("demo", "summer", "cup", 1)]
    ids = {instance_id_of(*names) for names in [base, *others, ("demo", "summer", "mug", 2)]}
    assert len(ids) == 5


@given(tenants, folders.filter(lambda f: not f.startswith("/")), segments)
def test_whatever_is_understood_names_the_blob_that_it_came_from(tenant, folder, filename):
    path = "/".join(part for part in (tenant, folder, filename) if part)
    try:
        drop = understand_drop(path)
    except NameRejected:
        return
    assert drop.path == f"raw/{path}"
    assert (drop.tenant_id, drop.folder, drop.filename) == (tenant, folder, filename)


@given(st.text(max_size=300))
def test_any_path_is_understood_or_rejected_by_name(path):
    with contextlib.suppress(NameRejected):
        assert is_tenant(understand_drop(path).tenant_id)


@pytest.mark.parametrize("name", ["demo", "a", "0", "shop-1_b", "x" * 63])
def test_tenants_that_are_valid(name):
    assert is_tenant(name)


@pytest.mark.parametrize(
    "name",
    ["", "_unassigned", "-a", "Demo", "d.emo", "demo ", "demo\n", "x" * 64, "dëmo", "%64emo"],
)
def test_tenants_that_are_not(name):
    assert not is_tenant(name)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("mug.jpg", "tenant_missing"),
        ("", "tenant_missing"),
        ("/mug.jpg", "tenant_invalid"),
        ("Demo/mug.jpg", "tenant_invalid"),
        ("_unassigned/mug.jpg", "tenant_invalid"),
        ("../mug.jpg", "name_rejected"),
        ("demo/../rival/mug.jpg", "name_rejected"),
        ("demo/./mug.jpg", "name_rejected"),
        ("demo/summer/..", "name_rejected"),
        ("demo//mug.jpg", "name_rejected"),
        ("demo/summer//mug.jpg", "name_rejected"),
    ],
)
def test_paths_that_belong_to_nobody_are_rejected_with_a_code(path, code):
    with pytest.raises(NameRejected) as caught:
        understand_drop(path)
    assert caught.value.code == code


def test_a_photo_in_the_tenants_own_folder_belongs_to_the_inbox():
    drop = understand_drop("demo/mug.jpg")
    assert (drop.kind, drop.job_id, drop.folder) == (DropKind.PHOTO, "inbox", "")


def test_nested_folders_are_one_job():
    drop = understand_drop("demo/2026/summer/mug.jpg")
    assert drop.folder == "2026/summer"
    assert drop.job_id.startswith("2026-summer-")


@pytest.mark.parametrize(
    "filename",
    ["mug.jpg", "MUG.JPG", "mug.JpEg", "mug.v2.HEIC", "mug.tif", "a%2Fb.png", "é 杯.webp", "x.svg"],
)
def test_photos_are_known_by_their_extension_in_any_case(filename):
    assert understand_drop(f"demo/summer/{filename}").kind is DropKind.PHOTO


@pytest.mark.parametrize(
    ("filename", "reason"),
    [
        ("notes.txt", "files ending in .txt are not photos"),
        ("jpg", "files ending in . are not photos"),
        ("mug.jpg.zip", "files ending in .zip are not photos"),
        ("mug.jpg ", "files ending in .jpg  are not photos"),
        ("Job.json", "files ending in .json are not photos"),
        (".DS_Store", "hidden files are not photos"),
        (".mug.jpg", "hidden files are not photos"),
        ("", "hidden files are not photos"),
        ("x." + "y" * 500, f"files ending in .{'y' * 20} are not photos"),
    ],
)
def test_other_files_are_ignored_with_a_reason(filename, reason):
    drop = understand_drop(f"demo/summer/{filename}")
    assert (drop.kind, drop.reason) == (DropKind.IGNORED, reason)


@pytest.mark.parametrize("path", ["demo/job.json", "demo/summer/job.json", "demo/a/b/job.json"])
def test_a_job_json_is_the_recipe_of_its_folder(path):
    assert understand_drop(path).kind is DropKind.RECIPE


def test_a_percent_sign_in_a_name_is_not_a_separator():
    drop = understand_drop("demo/summer%2Fsub/mug.jpg")
    assert drop.folder == "summer%2Fsub"
    assert drop.job_id != job_id_of("summer/sub")


def test_what_a_job_puts_out_lies_in_its_own_folder():
    assert outputs_of_job("demo", "summer") == "outputs/demo/summer/"
    assert outputs_of_item("demo", "summer", "mug") == "outputs/demo/summer/mug/"
    assert package_path("demo", "summer") == "outputs/demo/summer/job.zip"
