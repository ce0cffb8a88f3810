"""The app at work with every logger speaking: no secret and no signature in what it says."""

import io
import logging
import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from local.logs import configure_logs
from opal.blobs import get_blobs
from opal.documents import ItemRef
from opal.errors import OpalError
from opal.job_options import default_recipe
from opal.keys import Role, create_key
from opal.names import understand_drop
from opal.readiness import check_readiness
from opal.settings import Settings, get_settings
from opal.state import get_store
from opal.state.claims import Source, claim_item, ensure_job
from opal.state.progress import begin_item
from opal.telemetry import start_telemetry
from tests.opal.scripted_endpoint import ScriptedEndpoint
from tests.telemetry.test_metrics import ACTIVITIES, NOW, TRACE

KEY = "a-key-without-any-shape-of-its-own"
LIBRARIES = ("azure", "urllib3", "requests", "asyncio")


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"OPAL_ENDPOINT_KEY": KEY}


@pytest.fixture(params=["text", "json"])
def output(
    request: pytest.FixtureRequest, environment: dict[str, str], logging_as_it_was: None
) -> Iterator[io.StringIO]:
    """What the host logs, as it sets itself up, at DEBUG."""
    stream = io.StringIO()
    wanted = {"OPAL_LOG_FORMAT": request.param, "OPAL_LOG_LEVEL": "DEBUG"}
    configure_logs(environment | wanted, stream)
    start_telemetry(environment)
    yield stream
    start_telemetry({})


def segment() -> Any:
    """Have a photo cut out, as its orchestration does."""
    store, name = get_store(), f"{secrets.token_hex(4)}.jpg"
    drop = understand_drop(f"shop/autumn/{name}")
    job = ensure_job(store, drop, default_recipe, TRACE, NOW)
    item = claim_item(store, job, drop, Source("etag", 5), NOW, 60.0)
    assert item is not None
    ref = ItemRef(**item.model_dump(include=set(ItemRef.model_fields)))
    begin_item(store, ref, NOW, 60.0)
    get_blobs().write(f"raw/shop/autumn/{name}", b"photo", "image/jpeg")
    photo = {"raw_path": item.raw_path, "source_etag": "etag", "photo_sha256": "0" * 64}
    return ACTIVITIES["segment_product"]({"item": ref.dump(), **photo})


def echoes_the_url(endpoint: ScriptedEndpoint) -> None:
    """An endpoint that repeats what it was sent, as a careless proxy does."""

    def answer(request: Any) -> Any:
        text = f'{{"error": {{"code": "no", "message": "can not write {request["output_url"]}"}}}}'
        return 400, {}, text.encode()

    endpoint.script = answer
    with pytest.raises(OpalError, match="sig="):
        segment()


def fails_with_the_url(endpoint: ScriptedEndpoint) -> None:
    """A library whose exception holds the URL."""

    def broken(_: Any) -> Any:
        raise ConnectionAbortedError

    endpoint.script = broken
    with pytest.raises(OpalError, match="reached"):
        segment()
    try:
        requests.get(get_blobs().read_url("raw/shop/none"), timeout=5).raise_for_status()
    except requests.HTTPError:
        logging.getLogger("opal.somewhere").exception("a photo can't be read")


def works(endpoint: ScriptedEndpoint) -> None:
    with pytest.raises(OpalError, match="replaced"):
        segment()
    check_readiness(TRACE)


def says_its_key(endpoint: ScriptedEndpoint) -> None:
    _, text = create_key(get_store(), "shop", Role.ADMIN, "mine", NOW)
    endpoint.headers.append({"Planted": text})
    logging.getLogger("opal.api").warning("asked with %s", {"X-API-Key": text})
    logging.getLogger("opal.api").warning("asked with %s", text, extra={"key": text})


def prints_its_settings(endpoint: ScriptedEndpoint) -> None:
    logging.getLogger("opal.settings").error("settings: %s", get_settings().model_dump())


SCENES: list[Callable[[ScriptedEndpoint], None]] = [
    works,
    echoes_the_url,
    fails_with_the_url,
    says_its_key,
    prints_its_settings,
]


def secrets_of(endpoint: ScriptedEndpoint, settings: Settings) -> set[str]:
    """The signatures, keys and account key that the scene really used."""
    urls = [url for r in endpoint.requests for url in r.get("inputs", {}).values()]
    urls += [r["output_url"] for r in endpoint.requests if "output_url" in r]
    urls.append(get_blobs().read_url("raw/shop/none"))
    account_key = re.search(r"AccountKey=([^;]+)", str(settings.storage_connection))
    assert account_key is not None
    written = {re.split("[=&]", url.partition("sig=")[2])[0] for url in urls}
    planted = {h["Planted"].rsplit(".")[-1] for h in endpoint.headers if "Planted" in h}
    read = {parse_qs(urlsplit(url).query)["sig"][0] for url in urls}
    return written | read | planted | {KEY, account_key.group(1)}


@pytest.mark.parametrize("loud", [(), LIBRARIES], ids=["as the host has it", "all libraries"])
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
@pytest.mark.usefixtures("app")
def test_nothing_secret_is_logged(
    scene: Callable[[ScriptedEndpoint], None],
    loud: tuple[str, ...],
    endpoint: ScriptedEndpoint,
    settings: Settings,
    output: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    for name in loud:
        logging.getLogger(name).setLevel(logging.DEBUG)
    scene(endpoint)
    text = output.getvalue() + "".join(capfd.readouterr())
    assert output.getvalue()
    assert [secret for secret in secrets_of(endpoint, settings) if secret in text] == []


@pytest.mark.usefixtures("app")
def test_the_scene_would_be_full_of_secrets_without_the_guard(
    endpoint: ScriptedEndpoint, settings: Settings, logging_as_it_was: None
) -> None:
    """Else the tests above prove nothing."""
    stream = io.StringIO()
    logging.setLogRecordFactory(logging.LogRecord)
    logging.basicConfig(level=logging.DEBUG, stream=stream, force=True)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG)
    for scene in SCENES:
        scene(endpoint)
    found = [secret for secret in secrets_of(endpoint, settings) if secret in stream.getvalue()]
    assert len(found) >= 4
