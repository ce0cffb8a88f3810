"""Publishing a package, against an app's deployment host that gives the answers it is told to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from release.publish import PublishFailed, main, publish
from tests.client.scripted_api import Scripted, ScriptedApi
from tests.conftest import free_port

TAKEN = Scripted(202, "7c0ffee")
UNKNOWN = Scripted(404)


def state(status: int, text: str = "") -> Scripted:
    return Scripted(200, {"id": "7c0ffee", "status": status, "status_text": text})


@pytest.fixture
def package(tmp_path: Path) -> Path:
    file = tmp_path / "previous.zip"
    file.write_bytes(b"PK a built package")
    return file


@pytest.fixture
def host() -> Iterator[ScriptedApi]:
    api = ScriptedApi(TAKEN)
    yield api
    api.close()


def send(host: ScriptedApi, package: Path, *script: Scripted, limit_s: float = 30) -> None:
    host.script = list(script)
    publish(host.url, "a-token", package, limit_s, pause_s=0.0)


def test_a_package_is_sent_as_it_is_and_waited_for(host, package) -> None:
    send(host, package, TAKEN, UNKNOWN, state(0), state(2), state(4))
    sent, *asked = host.seen
    assert (sent.method, sent.body) == ("POST", b"PK a built package")
    assert sent.path == "/api/publish?RemoteBuild=false&Deployer=opal"
    assert sent.headers["content-type"] == "application/zip"
    assert {seen.headers["authorization"] for seen in host.seen} == {"Bearer a-token"}
    assert [seen.path for seen in asked] == ["/api/deployments/7c0ffee"] * 4


def test_a_deployment_whose_worker_is_recycled_has_ended(host, package) -> None:
    send(host, package, TAKEN, state(2), UNKNOWN)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ([Scripted(409)], "another deployment"),
        ([Scripted(401, "who?")], "not taken: 401"),
        ([Scripted(200, "7c0ffee")], "not taken: 200"),
        ([Scripted(202, "")], "not taken: 202"),
        ([Scripted(None)], "no answer"),
        ([TAKEN, state(3, "no host.json")], "failed: no host.json"),
        ([TAKEN, state(-1)], "canceled: no reason given"),
        ([TAKEN, state(5)], "conflict"),
        ([TAKEN, state(0), state(6, "half")], "partial: half"),
        ([TAKEN, Scripted(500)], "state is not told: 500"),
        ([TAKEN, UNKNOWN], "never began"),
    ],
)
def test_what_is_not_deployed_is_no_success(host, package, script, why) -> None:
    with pytest.raises(PublishFailed, match=why):
        send(host, package, *script)


def test_a_deployment_that_does_not_end_is_given_up(host, package) -> None:
    with pytest.raises(PublishFailed, match="in time"):
        send(host, package, TAKEN, state(2), limit_s=0.05)


def test_a_failure_is_one_line_without_the_token(package, capsys) -> None:
    arguments = ["--host", f"127.0.0.1:{free_port()}", "--package", str(package)]
    assert main(arguments, "a-token") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("error: no answer from the app's host")
    assert "a-token" not in told.err
