"""The smoke test of a release, on the whole stack and on one that lies."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from release.smoke import main
from tests.conftest import free_port
from tests.system.conftest import Opal
from tests.system.lying_api import LyingApi


def smoke(opal: Opal, url: str, *options: str) -> int:
    return main(["--url", url, "--wait", "0", *options], {"OPAL_API_KEY": opal.key()})


def retold(where: str, change: Callable[[Any], None]) -> Callable[[str, bytes], bytes]:
    """A lie about the JSON of answers whose path ends like this."""

    def lie(path: str, body: bytes) -> bytes:
        if not path.split("?")[0].endswith(where):
            return body
        told = json.loads(body)
        change(told)
        return json.dumps(told).encode()

    return lie


def test_the_smoke_test_passes_on_a_stack_that_works(opal, capsys) -> None:
    assert smoke(opal, f"{opal.stack.config.host_url}/") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        *("ok    healthz", "ok    readyz", "ok    openapi", "ok    photo"),
    ]
    assert "store, blobs, endpoint answer the app" in lines[1]
    assert "2 files in" in lines[3]


def test_the_quick_smoke_test_needs_no_key(opal, capsys) -> None:
    assert main(["--url", opal.stack.config.host_url, "--quick"], {}) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_without_a_key_nothing_is_tested(opal, capsys) -> None:
    assert main(["--url", opal.stack.config.host_url], {}) == 1
    assert capsys.readouterr().out == "FAIL  key: OPAL_API_KEY is not set\n"


def test_a_key_that_is_refused_fails_the_photo_and_is_not_shown(opal, capsys) -> None:
    key = opal.key()[:-4] + "AAAA"
    assert main(["--url", opal.stack.config.host_url], {"OPAL_API_KEY": key}) == 1
    out = capsys.readouterr().out
    assert "FAIL  photo:" in out and "[key_invalid]" in out
    assert key not in out


@pytest.mark.parametrize(
    ("where", "change", "told"),
    [
        ("/healthz", lambda told: told.update(status="fine"), "FAIL  healthz: "),
        (
            "/readyz",
            lambda told: told["checks"]["endpoint"].update(ok=False, code="endpoint_unavailable"),
            "FAIL  readyz: not ready: endpoint (endpoint_unavailable)",
        ),
        ("/readyz", lambda told: told.update(status="unready"), "FAIL  readyz: "),
        ("/readyz", lambda told: told.update(checks={}), "FAIL  readyz: "),
        ("/openapi.json", lambda told: told["paths"].pop("/v1/jobs"), "FAIL  openapi: "),
        (
            "/v1/jobs",
            lambda told: told.update(trace_id="0" * 31 + "1"),
            "the answer to the order is",
        ),
    ],
)
def test_a_lie_about_what_is_asked_first_fails_at_once(opal, capsys, where, change, told) -> None:
    with LyingApi(opal.stack.config.host_url, retold(where, change)) as api:
        assert smoke(opal, api.url) == 1
    assert told in capsys.readouterr().out.splitlines()[-1]


def test_a_photo_that_comes_back_in_another_trace_fails(opal, capsys) -> None:
    def lie(path: str, body: bytes) -> bytes:
        told = json.loads(body) if path.startswith("/v1/jobs/") else {}
        if not told.get("items"):
            return body
        told["items"][0]["trace_id"] = "0" * 31 + "1"
        return json.dumps(told).encode()

    with LyingApi(opal.stack.config.host_url, lie) as api:
        assert smoke(opal, api.url) == 1
    assert "FAIL  photo: the photo is in trace 00000000" in capsys.readouterr().out


def test_a_file_that_comes_damaged_fails(opal, capsys) -> None:
    def damage(told: Any) -> None:
        told["outputs"][-1]["url"] = api.through(told["outputs"][-1]["url"])

    with LyingApi(opal.stack.config.host_url, retold("/outputs", damage)) as api:
        assert smoke(opal, api.url) == 1
    assert "FAIL  photo: It arrived damaged" in capsys.readouterr().out


def test_a_file_that_was_never_made_fails(opal, capsys) -> None:
    with LyingApi(
        opal.stack.config.host_url, retold("/outputs", lambda told: told["outputs"].pop())
    ) as api:
        assert smoke(opal, api.url) == 1
    assert "FAIL  photo: job " in capsys.readouterr().out


def test_a_photo_that_is_not_done_in_time_fails(opal, capsys) -> None:
    def never(path: str, body: bytes) -> bytes:
        told = json.loads(body) if path.startswith("/v1/jobs/") else {}
        if "counters" not in told:
            return body
        return json.dumps(told | {"status": "processing"}).encode()

    with LyingApi(opal.stack.config.host_url, never) as api:
        assert smoke(opal, api.url, "--limit", "0") == 1
    assert " is processing and should be done" in capsys.readouterr().out


def test_a_photo_that_no_event_brings_in_is_made_and_fails(opal, capsys) -> None:
    assert smoke(opal, opal.stack.config.host_url, "--event-limit", "0") == 1
    last = capsys.readouterr().out.splitlines()[-1]
    assert "FAIL  photo: 2 files in" in last and "no event told of the upload" in last


def test_a_cold_start_is_waited_for_and_no_longer_than_said(capsys) -> None:
    before = time.monotonic()
    arguments = ["--url", f"http://127.0.0.1:{free_port()}", "--quick", "--wait", "3"]
    assert main(arguments, {}) == 1
    assert 2 <= time.monotonic() - before < 10
    assert "FAIL  healthz: http://127.0.0.1" in capsys.readouterr().out


def test_a_part_that_becomes_ready_late_passes(opal, capsys) -> None:
    asked: list[str] = []

    def late(path: str, body: bytes) -> bytes:
        if path != "/readyz":
            return body
        asked.append(path)
        told = json.loads(body)
        told["checks"]["endpoint"]["ok"] = len(asked) > 1
        return json.dumps(told).encode()

    with LyingApi(opal.stack.config.host_url, late) as api:
        assert main(["--url", api.url, "--quick", "--wait", "30"], {}) == 0
    assert len(asked) == 2
