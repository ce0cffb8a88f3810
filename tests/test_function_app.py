"""The function app as the Functions host sees it: what it has, how fast, and how it is deployed."""

import inspect
import json
import re
import subprocess
import sys
import typing
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

import function_app
from opal.api.catalogue import OPERATIONS
from opal.api.operation import Operation
from opal.keys import Role

ROOT = Path(__file__).resolve().parent.parent
BACKGROUND = {
    "ask_for_review": "activityTrigger",
    "blob_created": "blobTrigger",
    "cancel_items": "activityTrigger",
    "complete_item": "activityTrigger",
    "complete_job": "activityTrigger",
    "deliver_webhook": "orchestrationTrigger",
    "export_variant": "activityTrigger",
    "fail_item": "activityTrigger",
    "finish_job": "orchestrationTrigger",
    "inspect_photo": "activityTrigger",
    "notify_webhook": "activityTrigger",
    "package_job": "activityTrigger",
    "place_product": "activityTrigger",
    "process_item": "orchestrationTrigger",
    "segment_product": "activityTrigger",
    "settle_job": "activityTrigger",
    "settle_review": "activityTrigger",
    "start_deliveries": "activityTrigger",
    "stop_job": "orchestrationTrigger",
    "sweep": "timerTrigger",
    "upscale_photo": "activityTrigger",
}
OPEN = {"healthz", "readyz", "list_errors", "openapi", "manual", "mollie_notice"}
FOR_ADMINS = {
    *("create_payment", "create_endpoint", "update_endpoint", "delete_endpoint", "rotate_secret"),
}
TRIGGERS = {**BACKGROUND, **{operation.id: "httpTrigger" for operation in OPERATIONS}}
FUNCTIONS = {f.get_function_name(): f for f in function_app.app.get_functions()}


def trigger_of(name: str) -> dict[str, Any]:
    trigger: dict[str, Any] = FUNCTIONS[name].get_trigger().get_dict_repr()
    return trigger


def host() -> dict[str, Any]:
    settings: dict[str, Any] = json.loads((ROOT / "host.json").read_text("utf-8"))
    return settings


def test_the_app_has_these_functions_and_no_others():
    """Change the list when you mean to."""
    assert {name: trigger_of(name)["type"] for name in FUNCTIONS} == TRIGGERS


def test_the_whole_app_is_on_one_screen():
    lines = (ROOT / "function_app.py").read_text("utf-8").splitlines()
    assert len(lines) < 40


def test_every_activity_is_named_like_its_file():
    activities = {name for name, kind in TRIGGERS.items() if kind == "activityTrigger"}
    files = {path.stem for path in (ROOT / "activities").glob("*.py")}
    assert activities <= files
    for name in activities:
        text = (ROOT / "activities" / f"{name}.py").read_text("utf-8")
        assert re.search(rf"^(async )?def {name}\(", text, re.MULTILINE)


def test_the_app_is_imported_and_listed_in_less_than_a_second():
    """A cold start pays this each time; measured as processor time, because others work too."""
    code = (
        "import time, function_app\n"
        "assert function_app.app.get_functions()\n"
        "print(time.process_time())"
    )
    command = [sys.executable, "-c", code]
    seconds = [
        float(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(seconds) < 1.0


def test_listing_the_app_brings_in_no_pixel_library():
    code = (
        "import sys, function_app\n"
        "function_app.app.get_functions()\n"
        "print({'cv2', 'pyvips', 'PIL', 'pillow_heif', 'numpy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    assert answer.stdout.strip() == "set()"


def test_listing_the_app_needs_no_settings():
    command = [sys.executable, "-c", "import function_app; function_app.app.get_functions()"]
    subprocess.run(command, cwd=ROOT, env={}, check=True, capture_output=True)


@pytest.mark.parametrize("name", TRIGGERS)
def test_bound_parameters_are_annotated_by_plain_classes(name):
    """The Functions worker refuses to load a function with text or a generic as annotation."""
    function = FUNCTIONS[name].get_user_function()
    bound = {binding.name for binding in FUNCTIONS[name].get_bindings()} - {"$return"}
    parameters = inspect.signature(function).parameters
    assert bound == set(parameters)
    for parameter in parameters.values():
        annotation = parameter.annotation
        assert isinstance(annotation, type), f"{parameter} of {name}"
        assert typing.get_origin(annotation) is None, f"{parameter} of {name}"


@pytest.mark.parametrize("name", [n for n, kind in TRIGGERS.items() if kind == "activityTrigger"])
def test_activities_take_and_answer_a_plain_object(name):
    """Beside it, an activity may have the durable client, which is text to the worker."""
    signature = inspect.signature(FUNCTIONS[name].get_user_function())
    request, *others = signature.parameters.values()
    assert (request.annotation, signature.return_annotation) == (dict, dict)
    assert [(other.name, other.annotation) for other in others] in ([], [("starter", str)])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_an_operation_has_a_function_of_its_name_at_its_route(operation: Operation):
    """Keys of our own guard the operations, so the host asks for none."""
    trigger = trigger_of(operation.id)
    assert trigger["route"] == operation.route
    assert [method.value for method in trigger["methods"]] == [operation.method]
    assert trigger["authLevel"].value == "anonymous"
    assert not operation.route.startswith(("/", "api"))


def test_no_two_operations_share_a_name_or_a_route():
    assert len({operation.id for operation in OPERATIONS}) == len(OPERATIONS)
    assert len({(operation.method, operation.path) for operation in OPERATIONS}) == len(OPERATIONS)


def test_these_operations_need_no_key_and_no_others():
    """Change the list when you mean to."""
    assert {operation.id for operation in OPERATIONS if operation.role is None} == OPEN


def test_money_and_secrets_are_for_admins_and_no_reader_changes_anything():
    """Change the list when you mean to."""
    assert {o.id for o in OPERATIONS if o.role is Role.ADMIN} == FOR_ADMINS
    assert {o.method for o in OPERATIONS if o.role is Role.READ} == {"GET"}


def test_the_blob_trigger_listens_to_event_grid_on_the_raw_container():
    trigger = trigger_of("blob_created")
    assert (trigger["path"], trigger["connection"]) == ("raw/{name}", "OPAL_STORAGE")
    assert trigger["source"] == "EventGrid"


def test_the_sweepers_schedule_is_a_setting():
    assert trigger_of("sweep")["schedule"] == "%OPAL_SWEEP_SCHEDULE%"
    assert trigger_of("sweep")["runOnStartup"] is False


def test_the_host_adds_no_prefix_to_routes():
    assert host()["extensions"]["http"]["routePrefix"] == ""


def test_the_host_versions_orchestrations():
    durable = host()["extensions"]["durableTask"]
    assert durable["defaultVersion"] == "1.0.0"
    assert durable["versionMatchStrategy"] == "CurrentOrOlder"


def test_the_host_speaks_open_telemetry():
    assert host()["telemetryMode"] == "OpenTelemetry"


def test_the_host_runs_no_more_activities_than_the_worker_has_threads():
    """More would sit in memory and let their leases run out."""
    example = json.loads((ROOT / "local.settings.json.example").read_text("utf-8"))["Values"]
    most = host()["extensions"]["durableTask"]["maxConcurrentActivityFunctions"]
    assert most <= int(example["PYTHON_THREADPOOL_THREAD_COUNT"])


def deployed(path: str) -> bool:
    """Whether a file is in the deployed package, by `.funcignore`."""
    patterns = [line.strip() for line in (ROOT / ".funcignore").read_text("utf-8").splitlines()]
    names = path.split("/")
    return not any(
        fnmatch(name, pattern.rstrip("/"))
        for pattern in patterns
        if pattern and not pattern.startswith("#")
        for name in (names[:-1] if pattern.endswith("/") else names)
    )


@pytest.mark.parametrize(
    "path",
    [
        *("function_app.py", "host.json", "requirements.txt", "opal/presets.toml"),
        *("opal/state/sqlite.py", "activities/package_job.py", "imaging/decode.py"),
        *("orchestrations/policies.py", "triggers/sweep.py", "triggers/http_jobs.py"),
        *("opal/error_codes.toml", "opal/credits/prices.toml", "opal/api/serving.py"),
    ],
)
def test_what_runs_is_deployed(path):
    assert (ROOT / path).exists()
    assert deployed(path)


@pytest.mark.parametrize(
    "path",
    [
        *("local.settings.json", "local.settings.json.example", ".git/config", "tests/x.py"),
        *(".venv/x.py", ".venv-endpoint/x.py", "node_modules/x/index.js", ".local/state.sqlite"),
        *("local/host.py", "models/score.py", "docs/x.md", "samples/x.png", "infra/main.bicep"),
        *("requirements-dev.txt", "opal/__pycache__/x.pyc", "Makefile", "package-lock.json"),
        *("azure.yaml", ".azure/prod/.env", ".build/endpoint/score.py", ".github/workflows/x.yml"),
    ],
)
def test_what_does_not_run_is_not_deployed(path):
    assert not deployed(path)
