"""Submitting a folder: everything goes up once, wherever a run before ended."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from opal.cli.connection import Connection
from opal.cli.sending import send
from opal.cli.submission import Wishes
from opal.cli.submission_file import opened
from opal.client import ApiError, OpalClient
from opal.documents import ItemStatus
from opal.job_options import JobOptions
from opal.profiles.documents import NewProfile
from tests.api_server import ApiServer
from tests.cli.conftest import Opal, StartOpal
from tests.client.conftest import TENANT
from tests.seller import expire, finish, remove_job, write_photos
from tests.storage_proxy import StorageProxy


class Gate:
    """Holds a request to storage until it is opened, and lets a test wait for its coming."""

    def __init__(self, method: str, name: str) -> None:
        self._wanted = (method, name)
        self._come, self._open = threading.Event(), threading.Event()

    def __call__(self, method: str, path: str) -> int | None:
        if (method, path.rsplit("/", 1)[-1]) == self._wanted and not self._open.is_set():
            self._come.set()
            self._open.wait(60)
            return 503
        return None

    def wait(self) -> None:
        assert self._come.wait(60)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_photos(tmp_path / "photos", "a.png", "b.png", "c.png", "d.png")


@pytest.fixture
def note(tmp_path: Path) -> Iterator[Any]:
    """Reads the one submission that is noted."""

    def read() -> Any:
        [file] = (tmp_path / "state" / "opal" / "submissions").glob("*.json")
        return json.loads(file.read_text("utf-8"))

    return read  # type: ignore[return-value]


def test_a_folder_goes_up_once_however_often_it_is_submitted(
    opal: Opal, folder: Path, storage: StorageProxy, api: ApiServer
) -> None:
    first, second = opal("submit", folder), opal("submit", folder)
    assert (first.status, second.status) == (0, 0)
    assert first.out.splitlines()[1:] == second.out.splitlines()[1:]
    assert "4 photos uploaded" in first.out
    assert "0 photos uploaded" in second.out
    assert storage.photos == dict.fromkeys(["a.png", "b.png", "c.png", "d.png"], 1)
    assert len(api.starts) == 4


def test_what_is_no_photo_stays_where_it_is(
    opal: Opal, folder: Path, storage: StorageProxy
) -> None:
    for name in ("notes.txt", ".hidden.png", "job.json"):
        (folder / name).write_text("x", "utf-8")
    (folder / "folder.png").mkdir()
    assert opal("submit", folder).status == 0
    assert set(storage.photos) == {"a.png", "b.png", "c.png", "d.png"}


def test_after_a_kill_only_what_is_missing_goes_up(
    opal: Opal,
    start_opal: StartOpal,
    folder: Path,
    storage: StorageProxy,
    client: OpalClient,
) -> None:
    storage.meet = gate = Gate("PUT", "c.png")
    process = start_opal("submit", folder, "--parallel", 1)
    gate.wait()
    process.kill()
    process.wait()
    gate.open()
    assert storage.photos == {"a.png": 1, "b.png": 1}
    assert opal("submit", folder).status == 0
    assert storage.photos == dict.fromkeys(["a.png", "b.png", "c.png", "d.png"], 1)
    [job] = client.list_jobs()
    assert job.counters.queued == 4


def test_a_photo_that_came_before_the_kill_but_was_not_announced_is_not_sent_again(
    opal: Opal,
    start_opal: StartOpal,
    folder: Path,
    storage: StorageProxy,
    client: OpalClient,
) -> None:
    """The server looks at the photo when it is told that it is there: that is where it dies."""
    storage.meet = gate = Gate("HEAD", "b.png")
    process = start_opal("submit", folder, "--parallel", 1)
    gate.wait()
    process.kill()
    process.wait()
    gate.open()
    [job] = client.list_jobs()
    assert opal("submit", folder).status == 0
    assert storage.photos == dict.fromkeys(["a.png", "b.png", "c.png", "d.png"], 1)
    assert client.get_job(job.job_id).counters.queued == 4


def test_ctrl_c_stops_at_once_and_the_same_command_goes_on(
    opal: Opal, start_opal: StartOpal, folder: Path, storage: StorageProxy
) -> None:
    storage.meet = gate = Gate("PUT", "b.png")
    process = start_opal("submit", folder, "--parallel", 1)
    gate.wait()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    gate.open()
    assert process.returncode == 130
    assert "goes on from here" in err
    assert "Traceback" not in err
    assert opal("submit", folder).status == 0
    assert storage.photos == dict.fromkeys(["a.png", "b.png", "c.png", "d.png"], 1)


def test_a_photo_that_is_added_is_a_job_of_its_own(
    opal: Opal, folder: Path, storage: StorageProxy, client: OpalClient
) -> None:
    opal("submit", folder)
    write_photos(folder, "e.png")
    assert "1 photo uploaded" in opal("submit", folder).out
    assert [job.counters.total for job in client.list_jobs()] == [1, 4]
    assert set(storage.photos.values()) == {1}


def test_a_photo_is_known_by_its_content_and_not_by_its_age(
    opal: Opal, folder: Path, storage: StorageProxy, client: OpalClient
) -> None:
    opal("submit", folder)
    os.utime(folder / "a.png", (1, 1))
    opal("submit", folder)
    assert storage.photos["a.png"] == 1
    (folder / "a.png").write_bytes((folder / "a.png").read_bytes() + b"retouched")
    opal("submit", folder)
    assert storage.photos["a.png"] == 2
    assert len(list(client.list_jobs())) == 2


def test_a_photo_that_was_retouched_before_it_went_up_takes_the_place_of_the_old_one(
    opal: Opal, folder: Path, storage: StorageProxy, client: OpalClient
) -> None:
    storage.meet = lambda method, path: 403 if method == "PUT" and "b.png" in path else None
    assert opal("submit", folder).status == 1
    storage.meet = lambda *_: None
    (folder / "b.png").write_bytes((folder / "b.png").read_bytes() + b"retouched")
    assert opal("submit", folder).status == 0
    assert opal("submit", folder).status == 0
    [job] = client.list_jobs()
    assert job.counters.queued == 4
    assert set(storage.photos.values()) == {1}


def test_the_job_is_found_again_without_the_note(
    opal: Opal, folder: Path, tmp_path: Path, storage: StorageProxy, client: OpalClient
) -> None:
    """As when the run is killed between the order and noting its id, or on another machine."""
    opal("submit", folder)
    elsewhere = opal("submit", folder, XDG_STATE_HOME=str(tmp_path / "elsewhere"))
    assert "0 photos uploaded" in elsewhere.out
    assert len(list(client.list_jobs())) == 1
    assert set(storage.photos.values()) == {1}


def test_other_wishes_are_other_jobs_but_another_budget_is_not(
    opal: Opal, folder: Path, client: OpalClient
) -> None:
    opal("submit", folder, "--scene", "white", "--preset", "square", "--preset", "cutout")
    opal("submit", folder, "--scene", "studio")
    opal("submit", folder, "--scene", "studio", "--budget", 10_000)
    studio, white = client.list_jobs()
    assert (white.scenes, white.exports) == (("white",), ("square", "cutout"))
    assert studio.scenes == ("studio",)


def test_more_photos_than_a_job_takes_are_several_jobs_that_share_the_budget(
    client: OpalClient, key: str, folder: Path, storage: StorageProxy, user: dict[str, str]
) -> None:
    write_photos(folder, "e.png")
    wishes = Wishes(JobOptions(), budget=101)
    with opened(Connection(client.base_url, key), folder, wishes, user) as file:
        for photos in (5, 0):
            sent = send(
                client, file, folder, wishes, per_job=2, parallel=2, console=Console(quiet=True)
            )
            assert (len(sent.jobs), sent.uploaded, sent.failed) == (3, photos, {})
    jobs = [client.get_job(job_id) for job_id in sent.jobs]
    assert [job.counters.queued for job in jobs] == [2, 2, 1]
    assert [job.budget for job in jobs] == [40, 40, 21]
    assert set(storage.photos.values()) == {1}


def test_two_runs_on_one_folder_do_not_get_in_each_others_way(
    opal: Opal, client: OpalClient, key: str, folder: Path, user: dict[str, str]
) -> None:
    with opened(Connection(client.base_url, key), folder, Wishes(JobOptions()), user):
        refused = opal("submit", folder)
    assert refused.status == 1
    assert "being submitted already" in refused.err
    assert opal("submit", folder).status == 0


def test_a_photo_that_storage_refuses_does_not_stop_the_others(
    opal: Opal, folder: Path, storage: StorageProxy
) -> None:
    storage.meet = lambda method, path: 403 if method == "PUT" and "b.png" in path else None
    ran = opal("submit", folder)
    assert ran.status == 1
    assert ran.err.startswith("b.png: Storage answers 403 (Scripted).\n")
    assert "3 photos uploaded" in ran.out
    assert "sig=" not in ran.out + ran.err


def test_a_name_that_the_service_does_not_take_is_told_and_left(
    opal: Opal, folder: Path, storage: StorageProxy
) -> None:
    (folder / "back\\slash.png").write_bytes(b"x")
    (folder / os.fsdecode(b"latin-\xe9.png")).write_bytes(b"x")
    ran = opal("submit", folder)
    assert ran.status == 1
    assert "back\\slash.png: its name can't be taken" in ran.err
    assert "latin-?.png: its name can't be taken" in ran.err
    assert len(storage.photos) == 4


def test_a_photo_that_disappeared_before_it_went_up_is_told(
    opal: Opal, folder: Path, storage: StorageProxy
) -> None:
    storage.meet = lambda method, path: 403 if method == "PUT" and "b.png" in path else None
    opal("submit", folder)
    (folder / "b.png").unlink()
    ran = opal("submit", folder)
    assert ran.status == 1
    assert "b.png: it was announced to job-" in ran.err


def test_a_photo_whose_deadline_passed_goes_up_after_all(
    opal: Opal, folder: Path, storage: StorageProxy, client: OpalClient
) -> None:
    storage.meet = lambda method, path: 403 if method == "PUT" and "b.png" in path else None
    opal("submit", folder)
    storage.meet = lambda *_: None
    [job] = client.list_jobs()
    [waiting] = client.items(job.job_id, ItemStatus.CREATED)
    expire(TENANT, job.job_id, waiting.item_id)
    assert "1 photo uploaded" in opal("submit", folder).out
    assert storage.photos["b.png"] == 1


def test_a_refused_order_is_forgotten(
    opal: Opal, folder: Path, note: Any, client: OpalClient
) -> None:
    ran = opal("submit", folder, "--profile", "nobody")
    assert ran.status == 1
    assert "code profile_missing, trace " in ran.err
    assert note()["jobs"] == []
    assert list(client.list_jobs()) == []


def test_a_job_that_is_gone_is_paid_for_again_only_when_told_so(
    opal: Opal, folder: Path, client: OpalClient, environment: dict[str, str]
) -> None:
    opal("submit", folder)
    [old] = client.list_jobs()
    remove_job(TENANT, old.job_id)
    ran = opal("submit", folder)
    assert ran.status == 1
    assert "--again" in ran.err
    assert opal("submit", folder, "--again").status == 0
    [new] = client.list_jobs()
    assert new.job_id != old.job_id
    assert new.counters.queued == 4


def test_results_come_back_when_the_job_is_final(
    opal: Opal, folder: Path, client: OpalClient, tmp_path: Path
) -> None:
    opal("submit", folder)
    [job] = client.list_jobs()
    items = [item.item_id for item in client.items(job.job_id)]
    finish(TENANT, job.job_id, *items)
    ran = opal("submit", folder, "--out", tmp_path / "out")
    assert ran.status == 0
    found = sorted((tmp_path / "out").rglob("square.jpg"))
    assert [file.relative_to(tmp_path / "out").parts[:2] for file in found] == [
        (job.job_id, item) for item in items
    ]


def test_watching_waits_for_the_end_and_says_what_failed(
    opal: Opal, folder: Path, client: OpalClient
) -> None:
    opal("submit", folder)
    [job] = client.list_jobs()
    items = [item.item_id for item in client.items(job.job_id)]
    ending = threading.Timer(1.0, finish, [TENANT, job.job_id, *items], {"failed": items[0]})
    ending.start()
    ran = opal("submit", folder, "--watch")
    ending.join()
    assert ran.status == 1
    assert "queued" not in ran.out
    assert f"{job.job_id}: partial, 3 of 4 completed, 1 failed" in ran.err
    assert f"retry {job.job_id}" in ran.err


def test_the_answer_for_programs_is_json(opal: Opal, folder: Path, storage: StorageProxy) -> None:
    storage.meet = lambda method, path: 403 if method == "PUT" and "b.png" in path else None
    ran = opal("submit", folder, "--json")
    assert ran.json["uploaded"] == 3
    assert list(ran.json["failed"]) == ["b.png"]
    assert [job["counters"]["queued"] for job in ran.json["jobs"]] == [3]


def test_the_note_shows_no_key_and_is_not_in_the_folder(
    opal: Opal, folder: Path, note: Any, key: str
) -> None:
    before = set(folder.iterdir())
    opal("submit", folder)
    assert key not in json.dumps(note())
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scene", "moon"], "--scene: no scene 'moon'; there are"),
        (["--preset", "poster"], "--preset: no preset 'poster'; there are"),
        (["--profile", "No Id"], "--profile: String should match"),
        (["--budget", str(2**60)], "--budget: Input should be less"),
        (["--budget", "-1"], "-1 is less than 0"),
        (["--parallel", "0"], "0 is less than 1"),
    ],
)
def test_a_wrong_option_names_what_there_is(
    opal: Opal, folder: Path, arguments: list[str], said: str
) -> None:
    ran = opal("submit", folder, *arguments)
    assert ran.status == 2
    assert said in ran.err


def test_a_folder_without_photos_is_an_error(opal: Opal, tmp_path: Path) -> None:
    assert "no photos" in opal("submit", tmp_path).err
    assert opal("submit", tmp_path / "nowhere").status == 2


def test_a_job_that_waits_for_a_photo_is_not_watched(
    opal: Opal, folder: Path, storage: StorageProxy, tmp_path: Path
) -> None:
    storage.meet = lambda method, path: 403 if method == "PUT" and "b.png" in path else None
    ran = opal("submit", folder, "--out", tmp_path / "out")
    assert ran.status == 1
    assert "The same command goes on from here" in ran.err


def test_a_job_that_is_refused_leaves_the_jobs_before_it_whole(
    client: OpalClient, key: str, folder: Path, storage: StorageProxy, user: dict[str, str]
) -> None:
    """As when the credits last for the first job only."""
    console = Console(quiet=True)
    client.create_profile(NewProfile(id="spring", name="Spring"))
    wishes = Wishes(JobOptions(), profile_id="spring")

    def meet(method: str, path: str) -> None:
        if method == "PUT" and "b.png" in path:
            client.delete_profile("spring")

    storage.meet = meet
    with (
        opened(Connection(client.base_url, key), folder, wishes, user) as file,
        pytest.raises(ApiError, match="profile"),
    ):
        send(client, file, folder, wishes, per_job=2, parallel=1, console=console)
    [job] = client.list_jobs()
    assert client.get_job(job.job_id).counters.queued == 2
