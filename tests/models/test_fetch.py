"""A model file arrives whole or not at all, over a connection that may break."""

import dataclasses
import hashlib
import itertools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from models.entries import Entry, ModelError
from models.fetch import pull
from models.registry import load_registry

DATA = bytes(range(256)) * 4096


class Mirror(ThreadingHTTPServer):
    """Serves DATA; `faults` says per request, in order, what goes wrong. `ranges` is a log."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.data = DATA
        self.faults: list[str] = []
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/model.onnx"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Mirror

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        fault = self.server.faults.pop(0) if self.server.faults else ""
        data = self.server.data
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if fault.isdigit():
            self._answer(int(fault), b"", {})
        elif asked and start >= len(data):
            self._answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        elif asked and fault != "no ranges":
            span = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self._answer(206, data[start:], {"Content-Range": span}, fault)
        else:
            self._answer(200, data, {}, fault)

    def _answer(self, status: int, data: bytes, extra: dict[str, str], fault: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in extra.items():
            self.send_header(name, value)
        self.end_headers()
        if fault == "break":
            data = data[: len(data) // 2]
            self.close_connection = True
        self.wfile.write(data if fault != "nothing" else b"")
        self.close_connection |= fault == "nothing"

    def log_message(self, format: str, *args: Any) -> None:
        """Keep the test's output to the tests."""


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    server = Mirror()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def entry(mirror: Mirror) -> Entry:
    return dataclasses.replace(
        load_registry().models["u2netp"],
        file="model.onnx",
        source=mirror.url,
        sha256=hashlib.sha256(DATA).hexdigest(),
        md5=hashlib.md5(DATA).hexdigest(),
        bytes=len(DATA),
    )


def quick(entry: Entry, folder: Any, pauses: list[float] | None = None) -> Any:
    return pull(entry, folder, pause=(pauses if pauses is not None else []).append)


def files(folder: Any) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_pulled_file_lies_under_its_name_and_nothing_else_is_left(mirror, entry, tmp_path):
    path = quick(entry, tmp_path / "cache")
    assert path == tmp_path / "cache" / "model.onnx"
    assert path.read_bytes() == DATA
    assert files(tmp_path / "cache") == {"model.onnx"}


def test_a_file_that_is_there_is_verified_and_not_pulled_again(mirror, entry, tmp_path):
    path = quick(entry, tmp_path)
    quick(entry, tmp_path)
    assert mirror.ranges == [None]
    path.write_bytes(b"something else")
    with pytest.raises(ModelError, match=r"model\.onnx: is not the file of model u2netp"):
        quick(entry, tmp_path)
    assert path.read_bytes() == b"something else"


def test_a_part_is_gone_on_from_where_it_ends(mirror, entry, tmp_path):
    (tmp_path / "model.onnx.part").write_bytes(DATA[:1000])
    assert quick(entry, tmp_path).read_bytes() == DATA
    assert mirror.ranges == ["bytes=1000-"]


def test_broken_connections_are_gone_on_from_with_pauses_between(mirror, entry, tmp_path):
    mirror.faults = ["break", "503", "break"]
    pauses: list[float] = []
    assert quick(entry, tmp_path, pauses).read_bytes() == DATA
    half, more = len(DATA) // 2, len(DATA) // 2 + len(DATA) // 4
    assert mirror.ranges == [None, f"bytes={half}-", f"bytes={half}-", f"bytes={more}-"]
    assert pauses == [1.0, 2.0, 1.0]


def test_patience_ends_and_what_was_received_is_kept(mirror, entry, tmp_path):
    mirror.faults = ["break", *["nothing"] * 5]
    with pytest.raises(ModelError, match="run the same command again"):
        quick(entry, tmp_path)
    assert (tmp_path / "model.onnx.part").read_bytes() == DATA[: len(DATA) // 2]
    assert quick(entry, tmp_path).read_bytes() == DATA


def test_a_server_without_ranges_sends_all_of_it_again(mirror, entry, tmp_path):
    (tmp_path / "model.onnx.part").write_bytes(b"x" * 1000)
    mirror.faults = ["no ranges"]
    assert quick(entry, tmp_path).read_bytes() == DATA


def test_a_part_that_was_whole_already_is_put_in_place(mirror, entry, tmp_path):
    (tmp_path / "model.onnx.part").write_bytes(DATA)
    assert quick(entry, tmp_path).read_bytes() == DATA
    assert mirror.ranges == [f"bytes={len(DATA)}-"]


def test_a_part_longer_than_the_file_is_started_over(mirror, entry, tmp_path):
    (tmp_path / "model.onnx.part").write_bytes(DATA + b"more")
    assert quick(entry, tmp_path).read_bytes() == DATA


@pytest.mark.parametrize("digest", ["sha256", "md5"])
def test_another_file_is_not_put_in_place_but_kept_and_told_of(mirror, entry, tmp_path, digest):
    mirror.data = DATA[:-1] + b"!"
    only = dataclasses.replace(entry, **{"md5": "", "sha256": "", digest: getattr(entry, digest)})
    with pytest.raises(ModelError) as refused:
        quick(only, tmp_path)
    found = hashlib.new(digest, mirror.data).hexdigest()
    for words in ("model.onnx.part", getattr(entry, digest), found, "model.onnx.wrong"):
        assert words in str(refused.value)
    assert files(tmp_path) == {"model.onnx.wrong"}
    assert (tmp_path / "model.onnx.wrong").read_bytes() == mirror.data


def test_a_file_larger_than_it_should_be_is_not_received_to_its_end(mirror, entry, tmp_path):
    mirror.data = DATA * 8
    with pytest.raises(ModelError, match="sends more than the 1048576 bytes"):
        quick(entry, tmp_path)
    assert (tmp_path / "model.onnx.part").stat().st_size < len(mirror.data)
    assert files(tmp_path) == {"model.onnx.part"}


def test_an_address_that_holds_nothing_is_named(mirror, entry, tmp_path):
    mirror.faults = ["404"]
    with pytest.raises(ModelError, match=r"127\.0\.0\.1.*answered 404"):
        quick(entry, tmp_path)
    assert len(mirror.ranges) == 1


def test_a_disk_without_room_is_told_of_before_it_is_full(mirror, entry, tmp_path):
    endless = dataclasses.replace(entry, bytes=1 << 60)
    mirror.data = _Endless()
    with pytest.raises(ModelError, match=r"make room, or choose another folder"):
        quick(endless, tmp_path)


class _Endless(bytes):
    """Says that it is longer than any disk."""

    def __len__(self) -> int:
        return 1 << 60


def test_a_folder_that_can_not_be_written_is_named(entry, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match=r"file/cache/model.onnx.part: can't be written"):
        quick(entry, tmp_path / "file" / "cache")


def test_two_pulls_do_not_write_one_file(mirror, entry, tmp_path):
    mirror.faults = ["503"]
    refusals = []

    def meanwhile(pause: float) -> None:
        with pytest.raises(ModelError, match="another pull is writing it") as refused:
            quick(entry, tmp_path)
        refusals.append(refused)

    assert pull(entry, tmp_path, pause=meanwhile).read_bytes() == DATA
    assert len(refusals) == 1


def test_an_interrupted_pull_keeps_what_it_has(mirror, entry, tmp_path):
    mirror.faults = ["break"]

    def interrupt(pause: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(entry, tmp_path, pause=interrupt)
    assert (tmp_path / "model.onnx.part").stat().st_size == len(DATA) // 2
    assert quick(entry, tmp_path).read_bytes() == DATA


@pytest.mark.parametrize(
    ("name", "says"), [("RealESRGAN_x4plus", "exported"), ("opal-cutout", "comes")]
)
def test_what_nobody_serves_is_not_pulled(tmp_path, name, says):
    with pytest.raises(ModelError, match=says):
        quick(load_registry().models[name], tmp_path)
    assert list(itertools.chain(tmp_path.iterdir())) == []


def test_the_progress_bar_shows_the_model_and_its_end(mirror, entry, tmp_path, capsys):
    pull(entry, tmp_path, show=True)
    shown = capsys.readouterr().err
    assert "u2netp" in shown and "100%" in shown
