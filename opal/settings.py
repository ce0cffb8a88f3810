"""The settings of the function app: read once, frozen, complaining of everything at once."""

import os
from collections.abc import Mapping
from functools import cache

from pydantic import Field, ValidationError

from opal.documents.base import Document
from opal.documents.work import RetryPolicy

Environment = Mapping[str, str]


class SettingsError(Exception):
    """One or more settings are missing or wrong; the text names them all."""


class Settings(Document):
    """What the app needs to know of its surroundings.

    Storage is `OPAL_STORAGE` (a connection string, for one machine) or
    `OPAL_STORAGE__blobServiceUri` (an account's address, reached by managed identity); the
    blob trigger reads the same two. Durations are seconds.
    """

    storage_connection: str | None = Field(default=None, alias="OPAL_STORAGE")
    storage_uri: str | None = Field(default=None, alias="OPAL_STORAGE__blobServiceUri")
    identity_client_id: str | None = Field(default=None, alias="OPAL_STORAGE__clientId")
    state_path: str = Field(alias="OPAL_STATE_PATH")
    endpoint_url: str = Field(alias="OPAL_ENDPOINT_URL", pattern=r"^https?://")
    endpoint_key: str | None = Field(default=None, alias="OPAL_ENDPOINT_KEY")
    endpoint_connect_timeout_s: float = Field(
        default=5, gt=0, alias="OPAL_ENDPOINT_CONNECT_TIMEOUT"
    )
    endpoint_timeout_s: float = Field(default=180, gt=0, alias="OPAL_ENDPOINT_TIMEOUT")
    blob_timeout_s: float = Field(default=60, gt=0, alias="OPAL_BLOB_TIMEOUT")
    sas_lifetime_s: float = Field(default=1800, ge=60, le=604800, alias="OPAL_SAS_LIFETIME")
    retry_attempts: int = Field(default=5, ge=1, le=50, alias="OPAL_RETRY_ATTEMPTS")
    retry_first_s: float = Field(default=2, gt=0, alias="OPAL_RETRY_FIRST")
    retry_cap_s: float = Field(default=60, gt=0, alias="OPAL_RETRY_CAP")
    lease_s: float = Field(default=300, gt=0, alias="OPAL_LEASE")
    max_restarts: int = Field(default=10, ge=0, alias="OPAL_MAX_RESTARTS")
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
