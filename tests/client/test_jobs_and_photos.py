"""Jobs, photos and results through the real API, store and storage."""

import hashlib
from pathlib import Path

import pytest

from opal.api.jobs import NewItem, NewJob
from opal.api.reviews import ReviewDecision
from opal.client import ApiError, DigestMismatch, OpalClient, TransferFailed
from opal.documents import ItemStatus, JobStatus
from opal.job_options import JobOptions
from opal.state import get_store
from opal.state.contract import Partition
from opal.state.transition import get_job
from tests.api import factory
from tests.api_server import ApiServer
from tests.client.conftest import TENANT
from tests.seller import finish, write_photos
from tests.storage_proxy import StorageProxy

ORDER = NewJob(items=(NewItem(filename="mug.png"), NewItem(filename="Vase ü.png")))


def test_a_job_goes_from_its_creation_to_its_results(
    client: OpalClient, api: ApiServer, tmp_path: Path
) -> None:
    photos = write_photos(tmp_path / "in", "mug.png", "Vase ü.png")
    created = client.create_job(ORDER)
    for announced in created.items:
        done = client.upload_photo(created.job_id, announced.item_id, photos / announced.filename)
        assert done.status is ItemStatus.QUEUED
    assert [name for name, _ in api.starts] == ["process_item"] * 2
    finish(TENANT, created.job_id, *(item.item_id for item in created.items))
    [view] = client.follow(created.job_id)
    assert view.status is JobStatus.COMPLETED
    outputs = client.outputs(created.job_id, created.items[0].item_id)
    [output] = outputs.outputs
    target = tmp_path / "out" / "square.jpg"
    client.download(output.url, target, output.sha256)
    assert hashlib.sha256(target.read_bytes()).hexdigest() == output.sha256
    assert [file.name for file in target.parent.iterdir()] == ["square.jpg"]


def test_all_pages_of_jobs_and_items_are_gone_through(client: OpalClient) -> None:
    many = NewJob(items=tuple(NewItem(filename=f"{n}.jpg") for n in range(450)))
    large = client.create_job(many)
    small = client.create_job(ORDER)
    assert len(list(client.items(large.job_id))) == 450
    whole = client.whole_job(large.job_id)
    assert [item.item_id for item in whole.items] == [item.item_id for item in large.items]
    assert [job.job_id for job in client.list_jobs()] == [small.job_id, large.job_id]
    assert list(client.list_jobs(JobStatus.COMPLETED)) == []


def test_an_order_under_one_idempotency_key_is_one_job(client: OpalClient) -> None:
    first = client.create_job(ORDER, "spring-2026")
    assert client.create_job(ORDER, "spring-2026") == first
    assert client.create_job(ORDER).job_id != first.job_id
    with pytest.raises(ApiError) as caught:
        client.create_job(NewJob(items=ORDER.items[:1]), "spring-2026")
    assert caught.value.code == "idempotency_key_reused"


def test_a_job_is_canceled_and_a_canceled_photo_without_upload_is_not_retried(
    client: OpalClient, api: ApiServer
) -> None:
    created = client.create_job(ORDER)
    assert client.cancel_job(created.job_id).cancel_requested_at is not None
    assert [name for name, _ in api.starts] == ["stop_job"]
    with pytest.raises(ApiError) as caught:
        client.retry_item(created.job_id, created.items[0].item_id)
    assert caught.value.status == 409


def test_a_failed_photo_is_made_again(client: OpalClient, tmp_path: Path) -> None:
    photos = write_photos(tmp_path / "in", "mug.png")
    created = client.create_job(NewJob(items=(NewItem(filename="mug.png"),)))
    item_id = created.items[0].item_id
    client.upload_photo(created.job_id, item_id, photos / "mug.png")
    finish(TENANT, created.job_id, item_id, failed=item_id)
    [failed] = client.items(created.job_id, ItemStatus.FAILED)
    assert failed.error is not None
    assert failed.error.code == "no_product_found"
    assert client.retry_item(created.job_id, item_id).revision == 2


def test_a_photo_that_is_there_stays_unless_it_is_to_be_replaced(
    client: OpalClient, tmp_path: Path, api: ApiServer
) -> None:
    photos = write_photos(tmp_path / "in", "mug.png", "Vase ü.png")
    created = client.create_job(ORDER)
    item_id = created.items[0].item_id
    client.upload_photo(created.job_id, item_id, photos / "mug.png")
    client.upload_photo(created.job_id, item_id, photos / "Vase ü.png")
    assert len(api.starts) == 1
    client.upload_photo(created.job_id, item_id, photos / "Vase ü.png", replace=True)
    assert len(api.starts) == 2


def test_storage_gets_the_type_and_the_bytes_of_a_photo_but_never_the_key(
    client: OpalClient, storage: StorageProxy, key: str, tmp_path: Path
) -> None:
    file = tmp_path / "mug.heic"
    file.write_bytes(b"x" * 100_000)
    created = client.create_job(NewJob(items=(NewItem(filename="mug.heic"),)))
    told: list[int] = []
    client.upload_photo(created.job_id, created.items[0].item_id, file, progress=told.append)
    [headers] = storage.headers
    assert headers["Content-Type"] == "image/heic"
    assert headers["Content-Length"] == "100000"
    assert key not in repr(headers)
    assert told == sorted(told)
    assert told[-1] == 100_000


def test_an_empty_file_is_uploaded_and_left_to_the_pipeline_to_refuse(
    client: OpalClient, tmp_path: Path
) -> None:
    file = tmp_path / "empty.jpg"
    file.touch()
    created = client.create_job(NewJob(items=(NewItem(filename="empty.jpg"),)))
    done = client.upload_photo(created.job_id, created.items[0].item_id, file)
    assert done.status is ItemStatus.QUEUED


def test_an_upload_goes_on_after_storage_was_busy(
    client: OpalClient, storage: StorageProxy, tmp_path: Path
) -> None:
    answers = iter([503, 500, None])
    storage.meet = lambda method, path: next(answers, None) if method == "PUT" else None
    photos = write_photos(tmp_path / "in", "mug.png")
    created = client.create_job(NewJob(items=(NewItem(filename="mug.png"),)))
    client.upload_photo(created.job_id, created.items[0].item_id, photos / "mug.png")
    assert storage.photos == {"mug.png": 1}


def test_a_refused_upload_says_why_and_shows_no_signed_address(
    client: OpalClient, storage: StorageProxy, tmp_path: Path
) -> None:
    storage.meet = lambda method, path: 403 if method == "PUT" else None
    photos = write_photos(tmp_path / "in", "mug.png")
    created = client.create_job(NewJob(items=(NewItem(filename="mug.png"),)))
    with pytest.raises(TransferFailed, match=r"Storage answers 403 \(Scripted\)") as e:
        client.upload_photo(created.job_id, created.items[0].item_id, photos / "mug.png")
    assert not e.value.retryable
    assert "sig=" not in str(e.value)


def test_a_download_with_another_digest_leaves_what_was_there_before(
    client: OpalClient, tmp_path: Path
) -> None:
    photos = write_photos(tmp_path / "in", "mug.png")
    created = client.create_job(NewJob(items=(NewItem(filename="mug.png"),)))
    item_id = created.items[0].item_id
    client.upload_photo(created.job_id, item_id, photos / "mug.png")
    finish(TENANT, created.job_id, item_id)
    [output] = client.outputs(created.job_id, item_id).outputs
    target = tmp_path / "square.jpg"
    target.write_bytes(b"before")
    with pytest.raises(DigestMismatch):
        client.download(output.url, target, "0" * 64)
    assert target.read_bytes() == b"before"
    assert not list(tmp_path.glob(".*.part"))


def test_options_reach_the_recipe(client: OpalClient) -> None:
    order = ORDER.model_copy(update={"options": JobOptions(scenes=("white",), exports=("square",))})
    view = client.get_job(client.create_job(order).job_id)
    assert (view.scenes, view.exports) == (("white",), ("square",))


def test_a_package_that_is_not_ready_is_a_conflict(client: OpalClient) -> None:
    with pytest.raises(ApiError) as caught:
        client.package(client.create_job(ORDER).job_id)
    assert (caught.value.status, caught.value.code) == (409, "package_not_ready")


def test_a_photo_that_waits_is_looked_at_and_decided_once(
    client: OpalClient, tmp_path: Path
) -> None:
    photos = write_photos(tmp_path / "in", "mug.png")
    created = client.create_job(NewJob(items=(NewItem(filename="mug.png"),)))
    place = (created.job_id, created.items[0].item_id)
    client.upload_photo(*place, photos / "mug.png")
    factory.ask_for_review(Partition(TENANT, place[0]), place[1])
    assert client.get_job(created.job_id).rests
    [item] = client.items(created.job_id, ItemStatus.REVIEW)
    shown = client.review(*place)
    assert item.review == shown.review
    approval = ReviewDecision(decision="approve", review_id=shown.review.review_id)
    decided = client.decide_review(*place, approval)
    assert client.decide_review(*place, approval) == decided
    with pytest.raises(ApiError) as caught:
        client.decide_review(*place, ReviewDecision(decision="reject"))
    assert caught.value.code == "review_decided"


def test_a_gate_that_is_off_is_off_on_the_other_side_too(client: OpalClient) -> None:
    options = JobOptions.parse({"gate": "off"})
    created = client.create_job(NewJob(items=ORDER.items, options=options))
    job = get_job(get_store(), Partition(TENANT, created.job_id))
    assert job is not None
    assert job.recipe.gate == options.gate
