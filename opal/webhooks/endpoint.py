"""A tenant's webhook endpoints as they are stored, and as they are shown.

All endpoints of a tenant lie in one document, because every item that ends asks for them: one
point read. Their secrets lie there sealed (`sealing.py`), because signing needs them; they are
shown once, when they are made, and appear in no list, no log and no `repr`.
"""

from datetime import datetime
from typing import Literal

from pydantic import Field

from opal.documents import Document, StoredDocument
from opal.webhooks.events import EventType

ALL_EVENTS = tuple(EventType)


class Secret(Document):
    """What signs, sealed; after `expires_at`, if it has one, it signs no more."""

    value: str = Field(repr=False)
    expires_at: datetime | None = None


class Endpoint(Document):
    """Where a tenant is told, and of what. `disabled_reason` says why OPAL disabled it, if so."""

    endpoint_id: str
    url: str
    events: tuple[EventType, ...]
    enabled: bool = True
    disabled_reason: str | None = None
    secrets: tuple[Secret, ...]
    created_at: datetime
    updated_at: datetime

    def secrets_at(self, now: datetime) -> list[str]:
        """The secrets that sign now, sealed, the newest first."""
        return [s.value for s in self.secrets if s.expires_at is None or s.expires_at > now]


class Endpoints(StoredDocument):
    """All endpoints of a tenant."""

    id: Literal["webhooks"] = "webhooks"
    kind: Literal["webhooks"] = "webhooks"
    tenant_id: str
    endpoints: tuple[Endpoint, ...] = ()


class EndpointView(Document):
    """An endpoint as its tenant sees it: without its secrets."""

    endpoint_id: str
    url: str
    events: tuple[EventType, ...]
    enabled: bool
    disabled_reason: str | None
    created_at: datetime
    updated_at: datetime


class EndpointWithSecret(EndpointView):
    """An endpoint with its new secret, shown this once."""

    secret: str = Field(repr=False)
