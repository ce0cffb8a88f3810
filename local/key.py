"""The local API key: made on the first run, kept beside the stack's state."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from local.config import StackConfig, app_environment
from opal.errors import KeyInvalid
from opal.keys import Role, authenticate, create_key
from opal.settings import load_settings
from opal.state import open_store, prepare_store


def key_file(config: StackConfig) -> Path:
    """Where the key's text lies, for this machine's user only."""
    return config.folder / "api-key"


def ensure_local_key(config: StackConfig) -> str:
    """The key text of the default tenant, with every role.

    It is read from `api-key` in the stack's folder, and made anew when there is none or the
    store does not know it (any more).
    """
    settings = load_settings(app_environment(config))
    prepare_store(settings)
    store = open_store(settings)
    path = key_file(config)
    try:
        if path.exists():
            text = path.read_text("utf-8").strip()
            with contextlib.suppress(KeyInvalid):
                if authenticate(store, text).tenant_id == settings.default_tenant:
                    return text
        now = datetime.now(UTC)
        _, text = create_key(store, settings.default_tenant, Role.ADMIN, "local", now)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(f"{text}\n", "utf-8")
        return text
    finally:
        store.close()
