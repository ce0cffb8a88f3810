"""HTTP triggers, asked over a real connection."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import aiohttp
import azure.durable_functions as df
import azure.functions as func
import pytest

from tests.local.serving import Site

Ask = Callable[..., tuple[int, dict[str, str], bytes]]
_caller: ContextVar[str] = ContextVar("caller", default="nobody")
_meeting = threading.Barrier(2, timeout=10)


def mirror_app() -> df.DFApp:
    app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)

    @app.route(route="things/{thing}/{part}", methods=["GET", "PUT"])
    def mirror(req: func.HttpRequest) -> func.HttpResponse:
        seen = {
            "method": req.method,
            "url": req.url,
            "route": dict(req.route_params),
            "query": dict(req.params),
            "header": req.headers.get("x-colour"),
            "body": req.get_body().decode(),
        }
        return func.HttpResponse(json.dumps(seen), mimetype="application/json")

    @app.route(route="made", methods=["POST"])
    def made(req: func.HttpRequest) -> func.HttpResponse:
        headers = {"Location": "/things/7", "X-Trace-Id": "abc"}
        return func.HttpResponse(b"\x00\xff", status_code=201, headers=headers, mimetype="image/x")

    @app.route(route="fails")
    def fails(req: func.HttpRequest) -> func.HttpResponse:
        raise RuntimeError("the password is swordfish")

    @app.route(route="plain")
    def plain(req: func.HttpRequest) -> str:
        return "just text"

    @app.route(methods=["GET"])
    async def unrouted(req: func.HttpRequest) -> str:
        await asyncio.sleep(0)
        return "async"

    @app.route(route="meets")
    def meets(req: func.HttpRequest) -> str:
        _meeting.wait()
        return "met"

    @app.route(route="client")
    @app.durable_client_input(client_name="starter")
    async def client(req: func.HttpRequest, starter: df.DurableOrchestrationClient) -> str:
        return starter.create_http_management_payload("42")["statusQueryGetUri"]

    return app


@pytest.fixture(scope="module")
def site(runner: asyncio.Runner) -> Iterator[Site]:
    site = Site(runner, mirror_app())
    yield site
    site.close()


@pytest.fixture
def ask(runner: asyncio.Runner, site: Site) -> Ask:
    """Sends a request; answers status, headers and body."""

    async def send(method: str, path: str, options: dict[str, Any]) -> Any:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, site.url + path, **options) as answer,
        ):
            return answer.status, dict(answer.headers), await answer.read()

    return lambda method, path, **options: runner.run(send(method, path, options))


def test_a_function_sees_route_query_headers_method_and_body(ask: Ask, site: Site) -> None:
    path = "/things/chair/leg?colour=red&size=4"
    _, _, body = ask("PUT", path, headers={"X-Colour": "blue"}, data="söme text".encode())
    assert json.loads(body) == {
        "method": "PUT",
        "url": site.url + path,
        "route": {"thing": "chair", "part": "leg"},
        "query": {"colour": "red", "size": "4"},
        "header": "blue",
        "body": "söme text",
    }


def test_escaped_characters_of_a_route_arrive_as_they_were_meant(ask: Ask) -> None:
    _, _, body = ask("GET", "/things/arm%20chair/%C3%BC")
    assert json.loads(body)["route"] == {"thing": "arm chair", "part": "ü"}


def test_an_answer_keeps_its_status_headers_and_bytes(ask: Ask) -> None:
    status, headers, body = ask("POST", "/made")
    assert (status, body) == (201, b"\x00\xff")
    assert (headers["Location"], headers["X-Trace-Id"]) == ("/things/7", "abc")
    assert headers["Content-Type"] == "image/x"


def test_an_exception_answers_500_and_none_of_its_words(ask: Ask) -> None:
    status, headers, body = ask("GET", "/fails")
    assert status == 500
    assert b"swordfish" not in body
    assert "swordfish" not in str(headers)


def test_a_text_is_an_answer(ask: Ask) -> None:
    assert ask("GET", "/plain")[::2] == (200, b"just text")


def test_an_async_function_without_a_route_answers_at_its_name(ask: Ask) -> None:
    assert ask("GET", "/unrouted")[::2] == (200, b"async")


def test_a_method_that_the_route_does_not_take_answers_405(ask: Ask) -> None:
    assert ask("DELETE", "/things/chair/leg")[0] == 405


def test_a_path_that_no_route_has_answers_404(ask: Ask) -> None:
    assert ask("GET", "/things")[0] == 404


def test_functions_that_block_do_not_hold_each_other_up(runner: asyncio.Runner, site: Site) -> None:
    async def scene() -> list[int]:
        async with aiohttp.ClientSession() as session:
            answers = await asyncio.gather(*(session.get(f"{site.url}/meets") for _ in range(2)))
            return [answer.status for answer in answers]

    assert runner.run(scene()) == [200, 200]


def test_a_function_is_given_the_durable_client(ask: Ask) -> None:
    _, _, body = ask("GET", "/client")
    assert body.endswith(b"/runtime/webhooks/durabletask/instances/42")


def test_the_hosts_route_prefix_comes_first(runner: asyncio.Runner) -> None:
    site = Site(runner, mirror_app(), prefix="api")

    async def scene() -> list[int]:
        async with aiohttp.ClientSession() as session:
            return [(await session.get(site.url + p)).status for p in ("/api/plain", "/plain")]

    try:
        assert runner.run(scene()) == [200, 404]
    finally:
        site.close()
