"""Downloading: whole files, the right ones, once, and nowhere else."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opal.blobs import get_blobs
from opal.cli.downloading import local_path, safe_name
from opal.client import OpalClient
from opal.documents import Output
from tests.cli.conftest import Opal
from tests.client.conftest import TENANT
from tests.seller import finish, write_photos
from tests.storage_proxy import StorageProxy


class Finished:
    """A finished job and its files."""

    def __init__(self, client: OpalClient, job_id: str) -> None:
        self.job_id = job_id
        self.outputs = [output for item in client.items(job_id) for output in item.outputs]

    def files(self, out: Path) -> dict[Path, str]:
        """Where each belongs, and its digest."""
        folder = out / self.job_id
        return {local_path(folder, output): output.sha256 for output in self.outputs}


@pytest.fixture
def finished(opal: Opal, client: OpalClient, tmp_path: Path) -> Finished:
    opal("submit", write_photos(tmp_path / "photos", "a.png", "b.png", "c.png"))
    [job] = client.list_jobs()
    finish(TENANT, job.job_id, *(item.item_id for item in client.items(job.job_id)))
    return Finished(client, job.job_id)


@pytest.fixture
def fetched(storage: StorageProxy) -> Iterator[list[str]]:
    """The blobs that were fetched from storage, in order."""
    seen: list[str] = []

    def meet(method: str, path: str) -> None:
        if method == "GET" and "/outputs/" in path:
            seen.append(path)

    storage.meet = meet
    return seen  # type: ignore[return-value]


def digest_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_every_file_of_a_job_is_fetched_once(
    opal: Opal, finished: Finished, fetched: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = opal("download", finished.job_id, "--out", out)
    assert first.status == 0
    assert {file: digest_of(file) for file in out.rglob("*.jpg")} == finished.files(out)
    assert len(fetched) == 3
    second = opal("download", finished.job_id, "--out", out)
    assert "3 of them before" in second.out
    assert len(fetched) == 3


def test_what_is_damaged_or_missing_on_the_disk_is_fetched_again(
    opal: Opal, finished: Finished, fetched: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    opal("download", finished.job_id, "--out", out)
    damaged, gone, whole = finished.files(out)
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"?")
    gone.unlink()
    fetched.clear()
    assert opal("download", finished.job_id, "--out", out).status == 0
    assert {file: digest_of(file) for file in out.rglob("*.jpg")} == finished.files(out)
    assert len(fetched) == 2
    assert not any(whole.parent.parent.name in path for path in fetched)


def test_a_file_that_is_not_the_one_that_was_made_is_refused(
    opal: Opal, finished: Finished, tmp_path: Path
) -> None:
    first = finished.outputs[0]
    get_blobs().write(first.path, b"something else", "image/jpeg")
    ran = opal("download", finished.job_id, "--out", tmp_path / "out")
    assert ran.status == 1
    assert "a.png: It arrived damaged" in ran.err
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 2
    assert not list((tmp_path / "out").rglob(".*"))


def test_a_download_goes_on_after_storage_refused_one_file(
    opal: Opal, finished: Finished, storage: StorageProxy, tmp_path: Path
) -> None:
    bad = finished.outputs[1].path
    storage.meet = lambda method, path: 403 if path.endswith(bad) else None
    ran = opal("download", finished.job_id, "--out", tmp_path / "out")
    assert ran.status == 1
    assert "b.png: Storage answers 403 (Scripted)." in ran.err
    assert "sig=" not in ran.err
    storage.meet = lambda *_: None
    assert opal("download", finished.job_id, "--out", tmp_path / "out").status == 0
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 3


def test_a_job_that_goes_on_is_downloaded_as_far_as_it_is(
    opal: Opal, client: OpalClient, tmp_path: Path
) -> None:
    opal("submit", write_photos(tmp_path / "photos", "a.png"))
    [job] = client.list_jobs()
    ran = opal("download", job.job_id, "--out", tmp_path / "out")
    assert ran.status == 0
    assert "is not final yet" in ran.err
    assert ran.out.startswith("0 files")


def test_all_in_one_comes_as_a_zip(opal: Opal, finished: Finished, tmp_path: Path) -> None:
    ran = opal("download", finished.job_id, "--out", tmp_path, "--zip")
    assert ran.status == 0
    assert Path(ran.out.strip()).read_bytes() == b"PK of the job"


def test_the_answer_for_programs_is_json(opal: Opal, finished: Finished, tmp_path: Path) -> None:
    ran = opal("download", finished.job_id, "--out", tmp_path / "out", "--json")
    folder = str(tmp_path / "out" / finished.job_id)
    assert ran.json == {"folder": folder, "files": 3, "known": 0, "failed": {}}


def test_a_job_that_is_not_there_is_told_with_its_code(opal: Opal, tmp_path: Path) -> None:
    ran = opal("download", "no-such-job", "--out", tmp_path / "out")
    assert ran.status == 1
    assert "code job_missing, trace " in ran.err
    assert not (tmp_path / "out").exists()


def output_at(path: str) -> Output:
    return Output(
        scene="s", preset="p", path=path, width=1, height=1, bytes=1, sha256="", content_type=""
    )


HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.sampled_from(["..", ".", "", "../../etc/passwd", "/etc/passwd", "a\\..\\b", "~", "x\0y"]),
)


@given(st.lists(HOSTILE, max_size=8))
def test_no_name_leads_out_of_the_folder(names: list[str]) -> None:
    folder = Path("/out/job")
    found = local_path(folder, output_at("/".join(names)))
    parts = found.relative_to(folder).parts
    assert parts
    assert all(part not in {"", ".", ".."} and len(part) <= 120 for part in parts)
    assert all(part.isascii() and part.isprintable() and "/" not in part for part in parts)


@given(HOSTILE, HOSTILE)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (safe_name(one) == safe_name(other)) == (one == other)


def test_an_ordinary_name_stays_as_it_is() -> None:
    path = local_path(Path("/o/j"), output_at("outputs/shop/j/0001-mug-1a2b/white/amazon_main.jpg"))
    assert path == Path("/o/j/0001-mug-1a2b/white/amazon_main.jpg")
