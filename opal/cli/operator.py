"""The app's own settings and store, for what an operator does without the API.

The settings are those of the function app: `Values` of `local.settings.json` in the current
folder, if it is there, as Functions Core Tools reads it, and the environment over it.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from opal.cli.errors import MISUSED, CliError
from opal.cli.surroundings import Surroundings
from opal.settings import Settings, load_settings
from opal.state import StateStore, open_store

SETTINGS_FILE = "local.settings.json"
MAKE_STORE = "The app makes it when it starts (make run); or correct OPAL_STATE_PATH."


def app_environment(folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The app's environment; raises `CliError` for a settings file that can't be read."""
    file = folder / SETTINGS_FILE
    try:
        values = json.loads(file.read_text("utf-8"))["Values"].items()
    except FileNotFoundError:
        values = ()
    except (ValueError, KeyError, AttributeError, TypeError):
        raise CliError(f"{file} is not a settings file with Values.", MISUSED) from None
    return {name: str(value) for name, value in values} | dict(environment)


def is_there(settings: Settings) -> bool:
    """False when the store is a file that has not been made yet."""
    return settings.state != "sqlite" or Path(settings.state_path).exists()


@contextlib.contextmanager
def app_store(here: Surroundings) -> Iterator[tuple[StateStore, Settings]]:
    """The app's store; raises `SettingsError`, `CliError`, `DependencyDown`.

    A file that is not there is not made: the keys of an empty store would open nothing.
    """
    settings = load_settings(app_environment(here.folder, here.environment))
    if not is_there(settings):
        raise CliError(f"There is no {settings.state_path}. {MAKE_STORE}", MISUSED)
    store = open_store(settings)
    try:
        yield store, settings
    finally:
        store.close()
