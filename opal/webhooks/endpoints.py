"""What a tenant can do with its webhook endpoints."""

import secrets as random_bytes
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import ConfigDict, Field

from opal.documents import Document
from opal.errors import Conflict
from opal.settings import Settings
from opal.state.contract import StateStore
from opal.webhooks.destination import MAX_URL, Resolver, check_destination, system_addresses
from opal.webhooks.endpoint import (
    ALL_EVENTS,
    Endpoint,
    EndpointView,
    EndpointWithSecret,
    Secret,
)
from opal.webhooks.endpoint_store import (
    Known,
    change_endpoints,
    endpoints_of,
    find_endpoint,
    update_endpoint_fields,
)
from opal.webhooks.events import EventType
from opal.webhooks.sealing import SecretBox
from opal.webhooks.signing import new_secret

MAX_ENDPOINTS = 5
OVERLAP = timedelta(hours=24)
"""How long a rotated secret still signs beside the new one."""
_MAX_SECRETS = 3


class EndpointRequest(Document):
    """What is asked for with a new endpoint; all events unless some are named."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(min_length=1, max_length=MAX_URL)
    events: tuple[EventType, ...] = Field(default=ALL_EVENTS, min_length=1)
    enabled: bool = True


class EndpointChanges(Document):
    """What is to change of an endpoint; None leaves it as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None = Field(default=None, min_length=1, max_length=MAX_URL)
    events: tuple[EventType, ...] | None = Field(default=None, min_length=1)
    enabled: bool | None = None


def list_endpoints(store: StateStore, tenant_id: str) -> tuple[EndpointView, ...]:
    """The tenant's endpoints, the oldest first."""
    return tuple(map(_view, endpoints_of(store, tenant_id)))


def get_endpoint(store: StateStore, tenant_id: str, endpoint_id: str) -> EndpointView:
    """One endpoint; raises `NotFound`."""
    return _view(find_endpoint(endpoints_of(store, tenant_id), endpoint_id))


def create_endpoint(
    store: StateStore,
    settings: Settings,
    tenant_id: str,
    wanted: EndpointRequest,
    now: datetime,
    resolve: Resolver = system_addresses,
) -> EndpointWithSecret:
    """A new endpoint, with its secret.

    Raises `WebhookUrlRefused`, or `Conflict`: `endpoint_exists` when the tenant has one with
    this URL, which is how a repeated request ends, or `endpoint_limit_reached`.
    """
    check_destination(wanted.url, allow_local=settings.webhook_allow_local, resolve=resolve)
    secret = new_secret()
    created = Endpoint(
        endpoint_id=f"ep-{random_bytes.token_hex(12)}",
        url=wanted.url,
        events=_in_order(wanted.events),
        enabled=wanted.enabled,
        secrets=(Secret(value=SecretBox.of(settings).seal(secret)),),
        created_at=now,
        updated_at=now,
    )

    def add(known: Known) -> Known:
        if any(endpoint.url == created.url for endpoint in known):
            raise Conflict("There is an endpoint with this URL.", code="endpoint_exists")
        if len(known) >= MAX_ENDPOINTS:
            raise Conflict(
                f"A tenant has at most {MAX_ENDPOINTS} endpoints.", code="endpoint_limit_reached"
            )
        return (*known, created)

    change_endpoints(store, tenant_id, add)
    return EndpointWithSecret(**_view(created).model_dump(), secret=secret)


def update_endpoint(
    store: StateStore,
    settings: Settings,
    tenant_id: str,
    endpoint_id: str,
    changes: EndpointChanges,
    now: datetime,
    resolve: Resolver = system_addresses,
) -> EndpointView:
    """Change URL, events or whether it is enabled; raises `NotFound` or `WebhookUrlRefused`."""
    if changes.url is not None:
        check_destination(changes.url, allow_local=settings.webhook_allow_local, resolve=resolve)
    update = {**changes.model_dump(exclude_none=True), "updated_at": now}
    if changes.events is not None:
        update["events"] = _in_order(changes.events)
    if changes.enabled:
        update["disabled_reason"] = None
    return _view(update_endpoint_fields(store, tenant_id, endpoint_id, lambda known: update))


def delete_endpoint(store: StateStore, tenant_id: str, endpoint_id: str) -> None:
    """Forget the endpoint; its open deliveries fail. Raises `NotFound`."""

    def remove(known: Known) -> Known:
        found = find_endpoint(known, endpoint_id)
        return tuple(endpoint for endpoint in known if endpoint is not found)

    change_endpoints(store, tenant_id, remove)


def rotate_secret(
    store: StateStore, settings: Settings, tenant_id: str, endpoint_id: str, now: datetime
) -> EndpointWithSecret:
    """Give the endpoint a new secret; the one before signs beside it for 24 hours.

    Raises `NotFound`.
    """
    secret = new_secret()
    sealed = Secret(value=SecretBox.of(settings).seal(secret))

    def rotate(known: Endpoint) -> Mapping[str, object]:
        kept = [
            old if old.expires_at else old.model_copy(update={"expires_at": now + OVERLAP})
            for old in known.secrets
            if old.expires_at is None or old.expires_at > now
        ]
        return {"secrets": (sealed, *kept)[:_MAX_SECRETS], "updated_at": now}

    changed = update_endpoint_fields(store, tenant_id, endpoint_id, rotate)
    return EndpointWithSecret(**_view(changed).model_dump(), secret=secret)


def _view(endpoint: Endpoint) -> EndpointView:
    return EndpointView(**endpoint.model_dump(exclude={"secrets"}))


def _in_order(events: tuple[EventType, ...]) -> tuple[EventType, ...]:
    return tuple(event for event in EventType if event in events)
