"""The app from this machine: its settings, and what they point to."""

import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from opal.cli.doctor.findings import Finding, ok, skipped, wrong
from opal.cli.errors import CliError
from opal.cli.operator import MAKE_STORE, SETTINGS_FILE, app_environment, is_there
from opal.errors import OpalError
from opal.settings import Settings, SettingsError, load_settings

_CONNECT_S = 3.0


def check_app(folder: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Look at the settings, and ask store, storage and endpoint; only where the app's are here."""
    if not (folder / SETTINGS_FILE).exists() and "OPAL_ENDPOINT_URL" not in environment:
        yield skipped("settings", f"no {SETTINGS_FILE} here; the app itself runs elsewhere")
        return
    try:
        settings = load_settings(app_environment(folder, environment))
    except (SettingsError, CliError) as error:
        yield wrong(
            "settings",
            str(error),
            f"Set them in {SETTINGS_FILE} or the environment; {SETTINGS_FILE}.example shows how.",
        )
        return
    yield ok("settings", "complete")
    yield _store(settings)
    yield _blobs(settings)
    yield _endpoint(settings)


def _store(settings: Settings) -> Finding:
    from opal.state import open_store

    if not is_there(settings):
        return wrong("store", f"there is no {settings.state_path}", MAKE_STORE)

    def ask() -> None:
        store = open_store(settings)
        try:
            store.ping()
        finally:
            store.close()

    where = settings.state_path if settings.state == "sqlite" else str(settings.cosmos_endpoint)
    return _asked(
        "store", where, ask, "Check OPAL_STATE_PATH, or OPAL_COSMOS_ENDPOINT and the key."
    )


def _blobs(settings: Settings) -> Finding:
    from opal.blobs import Blobs

    where = _storage_address(settings)
    advice = "Start it (make run starts Azurite), or correct OPAL_STORAGE."
    if not _listens(where):
        return wrong("blobs", f"nothing answers at {where}", advice)
    return _asked("blobs", where, lambda: Blobs(settings).ping(), advice)


def _endpoint(settings: Settings) -> Finding:
    from opal.inference import InferenceClient

    where = settings.endpoint_url
    advice = "Start it (make run), or correct OPAL_ENDPOINT_URL and OPAL_ENDPOINT_KEY."
    if not _listens(where):
        return wrong("endpoint", f"nothing answers at {where}", advice)
    return _asked("endpoint", where, lambda: InferenceClient(settings).ping("0" * 32), advice)


def _asked(name: str, where: str, ask: Callable[[], None], advice: str) -> Finding:
    try:
        ask()
    except (OpalError, OSError) as error:
        said = error.message if isinstance(error, OpalError) else str(error)
        return wrong(name, f"{where}: {said}", advice)
    return ok(name, where)


def _storage_address(settings: Settings) -> str:
    if settings.storage_connection is None:
        return str(settings.storage_uri)
    fields = settings.storage_connection.strip(";").split(";")
    parts = dict(field.partition("=")[::2] for field in fields)
    suffix = parts.get("EndpointSuffix", "core.windows.net")
    default = f"https://{parts.get('AccountName', '')}.blob.{suffix}"
    return parts.get("BlobEndpoint", default)


def _listens(url: str) -> bool:
    """True when something takes a connection there."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), _CONNECT_S).close()
    except OSError:
        return False
    return True
