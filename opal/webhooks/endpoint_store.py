"""Reading and changing the one document of a tenant's webhook endpoints."""

import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime

from opal.errors import NotFound
from opal.state.containers import Container
from opal.state.contract import Create, Operation, Partition, Replace, StateStore
from opal.state.transition import racing
from opal.webhooks.endpoint import Endpoint, Endpoints

_DOCUMENT = "webhooks"
Known = tuple[Endpoint, ...]


def endpoints_of(store: StateStore, tenant_id: str) -> Known:
    """A tenant's endpoints, enabled or not, the oldest first: one point read."""
    stored = store.read(_partition(tenant_id), _DOCUMENT)
    return Endpoints.parse(stored.document).endpoints if stored else ()


def find_endpoint(known: Known, endpoint_id: str) -> Endpoint:
    """One of them; raises `NotFound`."""
    for endpoint in known:
        if endpoint.endpoint_id == endpoint_id:
            return endpoint
    raise NotFound("There is no such webhook endpoint.", code="endpoint_missing")


def change_endpoints(store: StateStore, tenant_id: str, change: Callable[[Known], Known]) -> Known:
    """Replace the endpoints by what `change` makes of them; what it raises comes out."""
    partition = _partition(tenant_id)

    def attempt() -> Known:
        stored = store.read(partition, _DOCUMENT)
        known = Endpoints.parse(stored.document).endpoints if stored else ()
        changed = Endpoints(tenant_id=tenant_id, endpoints=change(known))
        body = changed.dump()
        write: Operation = Replace(body, stored.etag) if stored else Create(body)
        store.write(partition, [write])
        return changed.endpoints

    return racing(attempt)


def update_endpoint_fields(
    store: StateStore,
    tenant_id: str,
    endpoint_id: str,
    update: Callable[[Endpoint], Mapping[str, object]],
) -> Endpoint:
    """Change fields of one endpoint, and answer it; raises `NotFound`."""

    def change(known: Known) -> Known:
        found = find_endpoint(known, endpoint_id)
        changed = found.model_copy(update=update(found))
        return tuple(changed if endpoint is found else endpoint for endpoint in known)

    return find_endpoint(change_endpoints(store, tenant_id, change), endpoint_id)


def disable_endpoint(
    store: StateStore, tenant_id: str, endpoint: Endpoint, reason: str, now: datetime
) -> None:
    """Send nothing there any more until its tenant enables it again.

    One that is gone, or has another URL by now, is left as it is.
    """

    def disable(known: Endpoint) -> Mapping[str, object]:
        if known.url != endpoint.url:
            return {}
        return {"enabled": False, "disabled_reason": reason, "updated_at": now}

    with contextlib.suppress(NotFound):
        update_endpoint_fields(store, tenant_id, endpoint.endpoint_id, disable)


def _partition(tenant_id: str) -> Partition:
    return Partition(tenant_id, container=Container.TENANTS)
