"""The Durable HTTP API, as the unchanged client of the SDK meets it."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import aiohttp
import azure.durable_functions as df
import azure.functions as func
import pytest
from azure.durable_functions import OrchestrationRuntimeStatus as Status

from tests.local.serving import Served, until

Context = df.DurableOrchestrationContext
JSON_VALUES = [
    None,
    True,
    False,
    0,
    2.5,
    "",
    "words",
    "5",
    '{"looks": "like JSON"}',
    "null",
    "ü – 商品",
    [],
    [1, [None]],
    {},
    {"nested": {"list": [1, "2"]}},
]


def small_app() -> df.DFApp:
    app = df.DFApp()

    @app.orchestration_trigger(context_name="context")
    def answer(context: Context) -> Any:
        yield context.call_activity("nothing", None)
        return {"input": context.get_input(), "id": context.instance_id}

    @app.orchestration_trigger(context_name="context")
    def listen(context: Context) -> Any:
        context.set_custom_status({"waits": True})
        heard = yield context.wait_for_external_event("go")
        return {"heard": heard}

    @app.orchestration_trigger(context_name="context")
    def stumble(context: Context) -> Any:
        yield context.call_activity("refuse", "the door is shut")

    @app.orchestration_trigger(context_name="context")
    def versioned(context: Context) -> Any:
        yield context.call_activity("nothing", None)
        return context.version

    @app.activity_trigger(input_name="payload")
    def nothing(payload: Any) -> None:
        return None

    @app.activity_trigger(input_name="payload")
    def refuse(payload: Any) -> None:
        raise ValueError(payload)

    return app


@pytest.fixture(scope="module")
def served(runner: asyncio.Runner) -> Iterator[Served]:
    served = Served(runner, small_app())
    yield served
    served.close()


@pytest.fixture
def own_id() -> str:
    """An instance id that no other test uses."""
    return f"own-{uuid4().hex}"


async def listening(served: Served, instance_id: str) -> None:
    """Start an instance that waits, and wait until it does."""
    await served.client.start_new("listen", instance_id)

    async def waits() -> bool:
        return (await served.client.get_status(instance_id)).custom_status == {"waits": True}

    await until(waits)


def test_an_instance_without_an_id_gets_a_fresh_one(served: Served) -> None:
    async def scene() -> list[Any]:
        ids = [await served.client.start_new("answer") for _ in range(2)]
        return [[i, (await served.ended(i)).output["id"]] for i in ids]

    (first, first_seen), (second, second_seen) = served(scene())
    assert first != second
    assert (first, second) == (first_seen, second_seen)


def test_an_instance_gets_the_id_that_was_asked_for(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        started = await served.client.start_new("answer", own_id, {"n": 1})
        return started, (await served.ended(own_id)).output

    assert served(scene()) == (own_id, {"input": {"n": 1}, "id": own_id})


@pytest.mark.parametrize("value", JSON_VALUES, ids=repr)
def test_every_json_value_arrives_as_input(served: Served, own_id: str, value: Any) -> None:
    async def scene() -> Any:
        await served.client.start_new("answer", own_id, value)
        return (await served.ended(own_id)).output["input"]

    arrived = served(scene())
    assert (type(arrived), arrived) == (type(value), value)


@pytest.mark.parametrize("value", JSON_VALUES, ids=repr)
def test_every_json_value_arrives_as_event_data(served: Served, own_id: str, value: Any) -> None:
    async def scene() -> Any:
        await listening(served, own_id)
        await served.client.raise_event(own_id, "go", value)
        return (await served.ended(own_id)).output["heard"]

    arrived = served(scene())
    assert (type(arrived), arrived) == (type(value), value)


def test_the_id_of_a_running_instance_is_refused(served: Served, own_id: str) -> None:
    async def scene() -> None:
        await listening(served, own_id)
        await served.client.start_new("listen", own_id)

    with pytest.raises(Exception, match=f"{own_id} already runs"):
        served(scene())


def test_an_instance_that_ended_is_replaced(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        seen = []
        for number in (1, 2):
            await served.client.start_new("answer", own_id, number)
            seen.append(await served.ended(own_id))
        return seen

    first, second = served(scene())
    assert (first.output["input"], second.output["input"]) == (1, 2)
    assert first.created_time < second.created_time


def test_an_unknown_orchestrator_is_named(served: Served) -> None:
    with pytest.raises(Exception, match="'nobody' doesn't exist"):
        served(served.client.start_new("nobody"))


def test_an_activity_is_no_orchestrator(served: Served) -> None:
    with pytest.raises(Exception, match="not an orchestrator"):
        served(served.client.start_new("refuse"))


@pytest.mark.parametrize("bad", ["@home", "x" * 101, "größe", "bell\x07"], ids=ascii)
def test_an_id_that_azure_would_refuse_is_refused(served: Served, bad: str) -> None:
    with pytest.raises(Exception, match="1 to 100 printable ASCII"):
        served(served.client.start_new("answer", bad))


@pytest.mark.parametrize("good", ["x" * 100, "a@b", "a b", "a.b-c_d~e:f!(g)'h,i"])
def test_an_id_of_printable_ascii_is_taken(served: Served, good: str) -> None:
    async def scene() -> Any:
        await served.client.start_new("answer", good)
        return (await served.ended(good)).output["id"]

    assert served(scene()) == good


def test_an_instance_runs_in_the_default_version_or_the_one_asked_for(served: Served) -> None:
    async def scene() -> Any:
        ids = [
            await served.client.start_new("versioned"),
            await served.client.start_new("versioned", version="2.1.0"),
        ]
        return [(await served.ended(i)).output for i in ids]

    assert served(scene()) == ["1.0.0", "2.1.0"]


def test_the_status_of_an_unknown_instance_is_false(served: Served) -> None:
    assert not served(served.client.get_status("nobody"))


def test_the_status_of_a_running_instance_says_so(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await listening(served, own_id)
        return await served.client.get_status(own_id)

    status = served(scene())
    assert status
    assert (status.name, status.instance_id) == ("listen", own_id)
    assert (status.runtime_status, status.output) == (Status.Running, None)
    assert status.created_time.utcoffset().total_seconds() == 0
    assert status.created_time <= status.last_updated_time


def test_the_status_of_a_completed_instance_has_its_output(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await served.client.start_new("answer", own_id, "x")
        return await served.ended(own_id)

    status = served(scene())
    assert status.runtime_status is Status.Completed
    assert status.output == {"input": "x", "id": own_id}


def test_the_status_of_a_failed_instance_has_the_failures_text(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await served.client.start_new("stumble", own_id)
        return await served.ended(own_id)

    status = served(scene())
    assert status.runtime_status is Status.Failed
    assert "the door is shut" in status.output


def test_a_status_shows_the_input_only_when_asked(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await served.client.start_new("answer", own_id, {"n": 1})
        await served.ended(own_id)
        shown = await served.client.get_status(own_id, show_input=True)
        return shown.input_, (await served.client.get_status(own_id)).input_

    assert served(scene()) == ({"n": 1}, None)


def test_all_instances_are_listed(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await listening(served, own_id)
        await served.client.start_new("answer", f"{own_id}-other")
        return {status.instance_id for status in await served.client.get_status_all()}

    assert {own_id, f"{own_id}-other"} <= served(scene())


def test_instances_are_listed_by_status_and_by_the_beginning_of_their_ids(
    served: Served, own_id: str
) -> None:
    async def scene() -> Any:
        await listening(served, f"{own_id}-waits")
        await served.client.start_new("answer", f"{own_id}-ends")
        await served.ended(f"{own_id}-ends")
        by = served.client.get_status_by
        return [
            [s.instance_id for s in await by(instance_id_prefix=own_id, runtime_status=[status])]
            for status in (Status.Running, Status.Completed, Status.Failed)
        ]

    assert served(scene()) == [[f"{own_id}-waits"], [f"{own_id}-ends"], []]


def test_an_event_for_an_unknown_instance_is_refused(served: Served) -> None:
    with pytest.raises(Exception, match="No instance with ID nobody"):
        served(served.client.raise_event("nobody", "go"))


def test_an_event_for_an_instance_that_ended_is_refused(served: Served, own_id: str) -> None:
    async def scene() -> None:
        await served.client.start_new("answer", own_id)
        await served.ended(own_id)
        await served.client.raise_event(own_id, "go")

    with pytest.raises(Exception, match="is gone"):
        served(scene())


def test_a_terminated_instance_ends_with_the_reason(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await listening(served, own_id)
        await served.client.terminate(own_id, "no longer & needed?")
        return await served.ended(own_id)

    status = served(scene())
    assert status.runtime_status is Status.Terminated
    assert status.output == "no longer & needed?"


def test_an_unknown_instance_can_not_be_terminated(served: Served) -> None:
    with pytest.raises(Exception, match="No instance with ID 'nobody'"):
        served(served.client.terminate("nobody", "why not"))


def test_terminating_what_ended_changes_nothing(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await served.client.start_new("answer", own_id)
        await served.ended(own_id)
        await served.client.terminate(own_id, "too late")
        return (await served.client.get_status(own_id)).runtime_status

    assert served(scene()) is Status.Completed


def test_a_purged_instance_is_forgotten(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await served.client.start_new("answer", own_id)
        await served.ended(own_id)
        purged = await served.client.purge_instance_history(own_id)
        return purged.instances_deleted, bool(await served.client.get_status(own_id))

    assert served(scene()) == (1, False)


def test_what_does_not_exist_or_still_runs_is_not_purged(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await listening(served, own_id)
        purge = served.client.purge_instance_history
        deleted = [(await purge(i)).instances_deleted for i in ("nobody", own_id)]
        return deleted, bool(await served.client.get_status(own_id))

    assert served(scene()) == ([0, 0], True)


def request_to(served: Served) -> func.HttpRequest:
    return func.HttpRequest("GET", f"{served.url}/v1/anything", body=b"")


def waited_for(served: Served, instance_id: str, limit_ms: int) -> Any:
    return served.client.wait_for_completion_or_create_check_status_response(
        request_to(served), instance_id, limit_ms, 20
    )


def test_waiting_for_completion_answers_the_output(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await served.client.start_new("answer", own_id, 5)
        return await waited_for(served, own_id, 10_000)

    response = served(scene())
    assert response.status_code == 200
    assert json.loads(response.get_body()) == {"input": 5, "id": own_id}


def test_waiting_for_a_failure_answers_500(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await served.client.start_new("stumble", own_id)
        return await waited_for(served, own_id, 10_000)

    assert served(scene()).status_code == 500


def test_waiting_in_vain_answers_where_to_look_later(served: Served, own_id: str) -> None:
    async def scene() -> Any:
        await listening(served, own_id)
        response = await waited_for(served, own_id, 40)
        async with aiohttp.ClientSession() as session:
            looked = await session.get(response.headers["Location"])
            return response.status_code, looked.status, (await looked.json())["instanceId"]

    assert served(scene()) == (202, 202, own_id)


def test_the_management_urls_do_what_they_are_named_for(served: Served, own_id: str) -> None:
    urls = served.client.create_http_management_payload(own_id)

    async def scene() -> Any:
        await listening(served, own_id)
        async with aiohttp.ClientSession() as session:
            send = urls["sendEventPostUri"].replace("{eventName}", "go")
            sent = await session.post(send, json={"by": "hand"})
            output = (await served.ended(own_id)).output
            gone = await session.delete(urls["purgeHistoryDeleteUri"])
            return sent.status, output, gone.status

    assert served(scene()) == (202, {"heard": {"by": "hand"}}, 200)
