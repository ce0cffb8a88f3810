"""The settings of the function app: read once, frozen, complaining of everything at once."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import Field, ValidationError

from opal.documents.base import Document
from opal.documents.retry import RetryPolicy
from opal.webhooks.schedule import RECOMMENDED, Schedule

Environment = Mapping[str, str]
_STATE_PLACES = {"sqlite": "OPAL_STATE_PATH", "cosmos": "OPAL_COSMOS_ENDPOINT"}
"""The setting that says where the state of each kind is."""
_FERNET_KEY = "[A-Za-z0-9_-]{43}="
_FERNET_KEYS = f"^{_FERNET_KEY}(,{_FERNET_KEY})*$"


class SettingsError(Exception):
    """One or more settings are missing or wrong; the text names them all."""


class Settings(Document):
    """What the app needs to know of its surroundings.

    Storage is `OPAL_STORAGE` (a connection string, for one machine) or
    `OPAL_STORAGE__blobServiceUri` (an account's address, reached by managed identity); the
    blob trigger reads the same two. State is a SQLite file (`OPAL_STATE_PATH`), or with
    `OPAL_STATE=cosmos` a Cosmos DB account (`OPAL_COSMOS_ENDPOINT`), reached by managed identity
    unless there is a key. Durations are seconds. `OPAL_MODELS_REVISION` is any text; change it
    when the endpoint gets other models, so that what the former ones made is not found again.
    `OPAL_PROMPT_SCENES` says that the endpoint has an engine for scenes from prompts.
    `OPAL_SECRET_KEYS` are Fernet keys separated by commas, the newest first; they seal webhook
    secrets in the store, which lie there in clear without them.
    """

    storage_connection: str | None = Field(default=None, repr=False, alias="OPAL_STORAGE")
    storage_uri: str | None = Field(default=None, alias="OPAL_STORAGE__blobServiceUri")
    identity_client_id: str | None = Field(default=None, alias="OPAL_STORAGE__clientId")
    state: Literal["sqlite", "cosmos"] = Field(default="sqlite", alias="OPAL_STATE")
    state_path: str = Field(default="", alias="OPAL_STATE_PATH")
    cosmos_endpoint: str | None = Field(
        default=None, pattern=r"^https?://", alias="OPAL_COSMOS_ENDPOINT"
    )
    cosmos_key: str | None = Field(default=None, repr=False, alias="OPAL_COSMOS_KEY")
    cosmos_database: str = Field(default="opal", alias="OPAL_COSMOS_DATABASE")
    cosmos_timeout_s: float = Field(default=30, gt=0, alias="OPAL_COSMOS_TIMEOUT")
    cosmos_retries: int = Field(default=9, ge=1, le=100, alias="OPAL_COSMOS_RETRIES")
    cosmos_retry_wait_s: float = Field(default=20, gt=0, alias="OPAL_COSMOS_RETRY_WAIT")
    endpoint_url: str = Field(alias="OPAL_ENDPOINT_URL", pattern=r"^https?://")
    endpoint_key: str | None = Field(default=None, repr=False, alias="OPAL_ENDPOINT_KEY")
    endpoint_connect_timeout_s: float = Field(
        default=5, gt=0, alias="OPAL_ENDPOINT_CONNECT_TIMEOUT"
    )
    endpoint_timeout_s: float = Field(default=180, gt=0, alias="OPAL_ENDPOINT_TIMEOUT")
    models_revision: str = Field(default="1", alias="OPAL_MODELS_REVISION")
    prompt_scenes: bool = Field(default=False, alias="OPAL_PROMPT_SCENES")
    blob_timeout_s: float = Field(default=60, gt=0, alias="OPAL_BLOB_TIMEOUT")
    sas_lifetime_s: float = Field(default=1800, ge=60, le=604800, alias="OPAL_SAS_LIFETIME")
    retry_attempts: int = Field(default=5, ge=1, le=50, alias="OPAL_RETRY_ATTEMPTS")
    retry_first_s: float = Field(default=2, gt=0, alias="OPAL_RETRY_FIRST")
    retry_cap_s: float = Field(default=60, gt=0, alias="OPAL_RETRY_CAP")
    lease_s: float = Field(default=300, gt=0, alias="OPAL_LEASE")
    max_restarts: int = Field(default=10, ge=0, alias="OPAL_MAX_RESTARTS")
    review_timeout_s: float = Field(default=604_800, gt=0, alias="OPAL_REVIEW_TIMEOUT")
    review_timeout_action: Literal["approve", "reject"] = Field(
        default="reject", alias="OPAL_REVIEW_TIMEOUT_ACTION"
    )
    settle_s: float = Field(default=15, ge=0, alias="OPAL_JOB_SETTLE")
    sweep_grace_s: float = Field(default=60, ge=0, alias="OPAL_SWEEP_GRACE")
    max_photo_bytes: int = Field(default=200_000_000, gt=0, alias="OPAL_MAX_PHOTO_BYTES")
    max_photo_megapixels: float = Field(default=100, gt=0, alias="OPAL_MAX_PHOTO_MEGAPIXELS")
    default_tenant: str = Field(default="demo", alias="OPAL_DEFAULT_TENANT")
    rate_limit: int = Field(default=600, gt=0, alias="OPAL_RATE_LIMIT")
    upload_deadline_s: float = Field(default=86_400, gt=0, alias="OPAL_UPLOAD_DEADLINE")
    download_lifetime_s: float = Field(
        default=900, ge=60, le=604_800, alias="OPAL_DOWNLOAD_LIFETIME"
    )
    job_ttl_s: int | None = Field(default=None, ge=86_400, alias="OPAL_JOB_TTL")
    billing_enabled: bool = Field(default=False, alias="OPAL_BILLING_ENABLED")
    month_budget: int | None = Field(default=None, ge=0, alias="OPAL_MONTH_BUDGET")
    blocked_retry_s: float = Field(default=600, gt=0, alias="OPAL_BLOCKED_RETRY")
    mollie_api_key: str | None = Field(
        default=None, repr=False, pattern=r"^(live|test)_\w+$", alias="OPAL_MOLLIE_API_KEY"
    )
    mollie_url: str = Field(
        default="https://api.mollie.com", pattern=r"^https?://", alias="OPAL_MOLLIE_URL"
    )
    mollie_timeout_s: int = Field(default=10, gt=0, alias="OPAL_MOLLIE_TIMEOUT")
    public_url: str | None = Field(default=None, pattern=r"^https?://", alias="OPAL_PUBLIC_URL")

    secret_keys: str | None = Field(
        default=None, repr=False, pattern=_FERNET_KEYS, alias="OPAL_SECRET_KEYS"
    )
    webhook_timeout_s: float = Field(default=15, gt=0, le=60, alias="OPAL_WEBHOOK_TIMEOUT")
    webhook_allow_local: bool = Field(default=False, alias="OPAL_WEBHOOK_ALLOW_LOCAL")
    webhook_schedule: Schedule = Field(default=RECOMMENDED, alias="OPAL_WEBHOOK_SCHEDULE")

    @property
    def retry(self) -> RetryPolicy:
        """The retry policy that orchestrations are started with."""
        return RetryPolicy(
            attempts=self.retry_attempts, first_s=self.retry_first_s, cap_s=self.retry_cap_s
        )


def load_settings(environment: Environment) -> Settings:
    """Read settings from `environment`; raises `SettingsError` naming all that is wrong."""
    wrong: list[str] = []
    given = {name: value for name, value in environment.items() if value != ""}
    if "OPAL_STORAGE" not in given and "OPAL_STORAGE__blobServiceUri" not in given:
        wrong.append("OPAL_STORAGE or OPAL_STORAGE__blobServiceUri: required")
    where = _STATE_PLACES.get(given.get("OPAL_STATE", "sqlite"))
    if where is not None and where not in given:
        wrong.append(f"{where}: required")
    try:
        settings = Settings.parse(given)
    except ValidationError as error:
        wrong.extend(f"{e['loc'][0]}: {e['msg']}" for e in error.errors())
    if wrong:
        raise SettingsError("Settings are missing or wrong:\n  " + "\n  ".join(sorted(wrong)))
    return settings


@cache
def get_settings() -> Settings:
    """The settings of this process, from its environment."""
    return load_settings(os.environ)
