"""API keys: who calls, for which tenant, and what they may do.

A key is `opal.{tenant}.{key id}.{secret}`. The secret is 32 random bytes; the store keeps only
the SHA-256 of it, which is enough because nobody can guess 256 random bits. The tenant in the
text only says where to look; what is found there decides.
"""

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Literal, NamedTuple

from opal.documents import StoredDocument
from opal.errors import KeyInvalid, NotFound
from opal.names import UNASSIGNED, require_tenant
from opal.state.containers import Container
from opal.state.contract import Create, Partition, Replace, StateStore
from opal.state.iterating import all_documents
from opal.state.transition import racing

_KEY = re.compile(
    rf"opal\.({UNASSIGNED}|[a-z0-9][a-z0-9_-]{{0,62}})\.([0-9a-f]{{16}})\.([A-Za-z0-9_-]{{43}})"
)


class Role(StrEnum):
    """What a key may do; each role includes the ones before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        """True when this role may do what the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


class ApiKey(StoredDocument):
    """A key as stored: everything but its secret."""

    id: str
    kind: Literal["key"] = "key"
    tenant_id: str
    key_id: str
    name: str = ""
    role: Role
    secret_sha256: str
    created_at: datetime
    revoked_at: datetime | None = None


class Caller(NamedTuple):
    """Whom a valid key belongs to."""

    tenant_id: str
    role: Role
    key_id: str


def create_key(
    store: StateStore, tenant_id: str, role: Role, name: str, now: datetime
) -> tuple[ApiKey, str]:
    """A new key, and its text, which is never shown again.

    Beside tenants, `_unassigned` can have one: with it an operator reads what was dropped
    outside every tenant's folder. Raises `InvalidInput` for any other name.
    """
    if tenant_id != UNASSIGNED:
        require_tenant(tenant_id)
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    key = ApiKey(
        id=f"key.{key_id}",
        tenant_id=tenant_id,
        key_id=key_id,
        name=name,
        role=role,
        secret_sha256=_digest(secret),
        created_at=now,
    )
    store.write(_place(tenant_id), [Create(key.dump())])
    return key, f"opal.{tenant_id}.{key_id}.{secret}"


def list_keys(store: StateStore, tenant_id: str) -> list[ApiKey]:
    """All keys of a tenant, revoked ones too, oldest first."""
    keys = map(ApiKey.parse, all_documents(store, _place(tenant_id), "key"))
    return sorted(keys, key=lambda key: key.created_at)


def revoke_key(store: StateStore, tenant_id: str, key_id: str, now: datetime) -> ApiKey:
    """End a key; from the next request on it is refused. Raises `NotFound`."""

    def attempt() -> ApiKey:
        stored = store.read(_place(tenant_id), f"key.{key_id}")
        if stored is None:
            raise NotFound("The tenant has no such key.", code="key_missing")
        key = ApiKey.parse(stored.document)
        if key.revoked_at is not None:
            return key
        revoked = key.model_copy(update={"revoked_at": now})
        store.write(_place(tenant_id), [Replace(revoked.dump(), stored.etag)])
        return revoked

    return racing(attempt)


def authenticate(store: StateStore, text: str) -> Caller:
    """Whom this key text belongs to, by one point read.

    Raises `KeyInvalid`, the same for a text that is no key, an unknown key, a wrong secret and
    a revoked key.
    """
    parts = _KEY.fullmatch(text)
    if parts is None:
        raise KeyInvalid
    tenant_id, key_id, secret = parts.groups()
    stored = store.read(_place(tenant_id), f"key.{key_id}")
    if stored is None:
        raise KeyInvalid
    key = ApiKey.parse(stored.document)
    if not hmac.compare_digest(key.secret_sha256, _digest(secret)) or key.revoked_at is not None:
        raise KeyInvalid
    return Caller(key.tenant_id, key.role, key.key_id)


def _place(tenant_id: str) -> Partition:
    return Partition(tenant_id, container=Container.TENANTS)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
