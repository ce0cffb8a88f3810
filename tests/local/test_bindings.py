"""Reading an app: what is served, and what is refused."""

from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest

from local.bindings import UnsupportedBinding, read_functions


def app_of_all_kinds() -> df.DFApp:
    app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

    @app.route(route="hello", methods=["GET"])
    @app.durable_client_input(client_name="starter")
    async def hello(req: func.HttpRequest, starter: df.DurableOrchestrationClient) -> str:
        return "hello"

    @app.timer_trigger(arg_name="timer", schedule="0 0 * * * *")
    def hourly(timer: func.TimerRequest) -> None:
        return None

    @app.orchestration_trigger(context_name="context")
    def decide(context: df.DurableOrchestrationContext) -> Any:
        yield context.call_activity("work", None)

    @app.activity_trigger(input_name="payload")
    def work(payload: Any) -> None:
        return None

    @app.blob_trigger(arg_name="file", path="raw/{name}", connection="STORAGE")
    def arrived(file: func.InputStream) -> None:
        return None

    return app


def test_every_function_is_read_with_its_trigger() -> None:
    read = {f.name: (f.trigger_type, f.argument) for f in read_functions(app_of_all_kinds())}
    assert read == {
        "hello": ("httpTrigger", "req"),
        "hourly": ("timerTrigger", "timer"),
        "decide": ("orchestrationTrigger", "context"),
        "work": ("activityTrigger", "payload"),
        "arrived": ("blobTrigger", "file"),
    }


def test_functions_that_take_the_durable_client_are_known() -> None:
    read = {f.name: (f.client_names, f.is_async) for f in read_functions(app_of_all_kinds())}
    assert read["hello"] == (("starter",), True)
    assert read["hourly"] == ((), False)


def test_the_triggers_settings_have_their_function_json_names() -> None:
    triggers = {f.name: f.trigger for f in read_functions(app_of_all_kinds())}
    assert triggers["hourly"]["schedule"] == "0 0 * * * *"
    assert triggers["hello"]["route"] == "hello"
    assert (triggers["arrived"]["path"], triggers["arrived"]["connection"]) == (
        "raw/{name}",
        "STORAGE",
    )


def test_a_trigger_that_is_not_served_is_refused_by_function_and_type() -> None:
    app = df.DFApp()

    @app.queue_trigger(arg_name="message", queue_name="orders", connection="STORAGE")
    def take_order(message: func.QueueMessage) -> None:
        return None

    with pytest.raises(UnsupportedBinding, match=r"'take_order'.*'queueTrigger'"):
        read_functions(app)


def test_an_output_binding_that_is_not_served_is_refused_by_function_and_type() -> None:
    app = df.DFApp()

    @app.route(route="save")
    @app.blob_output(arg_name="target", path="outputs/x", connection="STORAGE")
    def save(req: func.HttpRequest, target: func.Out[str]) -> str:
        return "saved"

    with pytest.raises(UnsupportedBinding, match=r"'save'.*'blob'"):
        read_functions(app)


def test_an_entity_is_refused() -> None:
    app = df.DFApp()

    @app.entity_trigger(context_name="context")
    def counter(context: df.DurableEntityContext) -> None:
        return None

    with pytest.raises(UnsupportedBinding, match=r"'counter'.*'entityTrigger'"):
        read_functions(app)
