"""The settings of the one-machine stack: ports, folders, and the app's environment.

`local.settings.json` holds the app's settings, as for Functions Core Tools. It is made from
`local.settings.json.example` on the first run, with fresh keys, and is not committed.
"""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent
# Azurite's published development account: the same for everybody, and no secret.
_ACCOUNT = "devstoreaccount1"
_ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
_MODEL_SETTINGS = (
    *("OPAL_SEGMENT_MODEL", "OPAL_UPSCALE_MODEL", "OPAL_DIFFUSION_MODEL"),
    *("OPAL_DIFFUSION_SAMPLER", "OPAL_DIFFUSION_STEPS", "OPAL_DIFFUSION_GUIDANCE"),
)
_GENERATED = "generated-on-first-run"
_NO_SECRET_KEYS = '"OPAL_SECRET_KEYS": ""'


class ConfigError(Exception):
    """A setting of the stack is wrong; the text says which."""


@dataclass(frozen=True)
class StackConfig:
    """Where the stack lives: three ports on the loopback interface, and one folder."""

    host_port: int
    blob_port: int
    endpoint_port: int
    folder: Path

    @property
    def host_url(self) -> str:
        """Where the function app answers."""
        return f"http://127.0.0.1:{self.host_port}"

    @property
    def endpoint_url(self) -> str:
        """Where the model endpoint scores."""
        return f"http://127.0.0.1:{self.endpoint_port}/score"

    @property
    def storage_connection(self) -> str:
        """The connection string of Azurite's blob service."""
        return (
            f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_ACCOUNT_KEY};"
            f"BlobEndpoint=http://127.0.0.1:{self.blob_port}/{_ACCOUNT};"
        )


def read_config(environment: Mapping[str, str] = os.environ) -> StackConfig:
    """The stack's settings: `OPAL_HOST_PORT`, `OPAL_BLOB_PORT`, `OPAL_ENDPOINT_PORT` and
    `OPAL_LOCAL_DIR`; raises `ConfigError`."""
    return StackConfig(
        host_port=_port(environment, "OPAL_HOST_PORT", 7071),
        blob_port=_port(environment, "OPAL_BLOB_PORT", 10000),
        endpoint_port=_port(environment, "OPAL_ENDPOINT_PORT", 5001),
        folder=Path(environment.get("OPAL_LOCAL_DIR", ROOT / ".local")).resolve(),
    )


def app_environment(config: StackConfig, base: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The function app's environment: the settings file, the stack's addresses, and over them
    whatever is set outside. Another model, chosen for the endpoint, is another revision: what the
    one before it made is not taken for its work. Scenes from prompts are offered where the
    endpoint is given a model for them.
    """
    values = {str(name): str(value) for name, value in _settings_values().items()}
    values |= {
        "OPAL_STORAGE": config.storage_connection,
        "OPAL_STATE_PATH": str(config.folder / "state.sqlite"),
        "OPAL_ENDPOINT_URL": config.endpoint_url,
    }
    if base.get("OPAL_DIFFUSION_MODEL"):
        values["OPAL_PROMPT_SCENES"] = "true"
    chosen = [base[name] for name in _MODEL_SETTINGS if base.get(name)]
    revision = values.get("OPAL_MODELS_REVISION", "1")
    values["OPAL_MODELS_REVISION"] = " ".join([revision, *chosen])
    return values | dict(base)


def _settings_values() -> dict[str, object]:
    path = ROOT / "local.settings.json"
    if not path.exists():
        example = (ROOT / "local.settings.json.example").read_text("utf-8")
        fresh = example.replace(
            _NO_SECRET_KEYS, f'"OPAL_SECRET_KEYS": "{Fernet.generate_key().decode()}"'
        )
        path.write_text(fresh.replace(_GENERATED, secrets.token_urlsafe(24)), "utf-8")
        path.chmod(0o600)
    try:
        values = json.loads(path.read_text("utf-8"))["Values"]
    except (ValueError, KeyError) as error:
        raise ConfigError(f"local.settings.json can't be read: {error!r}") from error
    return dict(values)


def _port(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name, str(default))
    if not value.isdecimal() or not 1 <= int(value) <= 65535:
        raise ConfigError(f"{name} must be a port number, not {value!r}")
    return int(value)
