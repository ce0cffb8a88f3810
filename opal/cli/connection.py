"""Which API to talk to, and with which key.

`--url` and `--key` come first, then `OPAL_URL` and `OPAL_API_KEY`, then the local stack: port
`OPAL_HOST_PORT` (7071) of this machine, with the key that it keeps in `OPAL_LOCAL_DIR`
(`.local`). The local stack's key is for the local stack alone.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from opal.cli.errors import MISUSED, CliError
from opal.client import OpalClient
from opal.client.retrying import Patience

ROOT = Path(__file__).resolve().parent.parent.parent
_BRIEF = Patience(retries=2)


class Connection(NamedTuple):
    """An API's address and the key to it; an empty key where there is none."""

    url: str
    key: str

    @property
    def tenant_id(self) -> str:
        """The tenant that the key names; the API has the last word about it."""
        parts = self.key.split(".")
        return parts[1] if len(parts) == 4 else ""


def connection_of(arguments: argparse.Namespace, environment: Mapping[str, str]) -> Connection:
    """The address and the key that are given; raises `OSError` for an unreadable key file."""
    local = f"http://127.0.0.1:{environment.get('OPAL_HOST_PORT') or 7071}"
    url = arguments.url or environment.get("OPAL_URL") or local
    key = arguments.key or environment.get("OPAL_API_KEY") or ""
    file = local_key_file(environment)
    if not key and url.rstrip("/") == local and file.exists():
        key = file.read_text("utf-8").strip()
    return Connection(url.rstrip("/"), key)


def connect(
    arguments: argparse.Namespace,
    environment: Mapping[str, str],
    patience: Patience = _BRIEF,
) -> OpalClient:
    """A client of the API that is meant; raises `CliError` without a key.

    Somebody waits for most commands; one that does much has more patience.
    """
    connection = connection_of(arguments, environment)
    if not connection.url.startswith(("http://", "https://")):
        raise CliError(f"{connection.url} is no http or https address.", MISUSED)
    if not connection.key:
        raise CliError(
            f"There is no key for {connection.url}: set OPAL_API_KEY, or start the local stack"
            " (make run), which makes one.",
            MISUSED,
        )
    return OpalClient(connection.url, connection.key, patience=patience)


def local_key_file(environment: Mapping[str, str]) -> Path:
    """Where the local stack keeps its key."""
    return Path(environment.get("OPAL_LOCAL_DIR") or ROOT / ".local") / "api-key"
