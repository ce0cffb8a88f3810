"""Brand profiles in the store: create, get, list, replace, delete.

A profile is read when a job is created, and what was made of it is stored with the job: whatever
happens to a profile later changes no job that is there.
"""

import re
import unicodedata
from datetime import datetime

from opal.errors import Conflict, InvalidInput, PreconditionFailed, ProfileMissing
from opal.paging import PageQuery, ask_for_page
from opal.profiles.documents import (
    NewProfile,
    Profile,
    ProfilePage,
    ProfileRequest,
    ProfileVersion,
)
from opal.state.containers import Container
from opal.state.contract import (
    AlreadyExists,
    Create,
    Delete,
    Missing,
    Partition,
    Replace,
    StateStore,
    Stored,
)
from opal.state.transition import racing

_MAX_ID = 63


def create_profile(
    store: StateStore, tenant_id: str, request: NewProfile, now: datetime
) -> ProfileVersion:
    """Store a new profile; raises `Conflict` (`profile_exists`), or `InvalidInput` for a name
    that no id can be made of."""
    profile_id = request.id or _slug(request.name)
    profile = _profile(tenant_id, profile_id, request, created_at=now, updated_at=now)
    try:
        [stored] = store.write(_place(tenant_id), [Create(profile.dump())])
    except AlreadyExists:
        raise Conflict(
            f"id: there is a brand profile {profile_id!r} already.", code="profile_exists"
        ) from None
    return _version(stored)


def find_profile(store: StateStore, tenant_id: str, profile_id: str) -> ProfileVersion | None:
    """A profile, by one point read, or None."""
    stored = store.read(_place(tenant_id), profile_id)
    return _version(stored) if stored else None


def get_profile(store: StateStore, tenant_id: str, profile_id: str) -> ProfileVersion:
    """A profile, by one point read; raises `ProfileMissing`."""
    found = find_profile(store, tenant_id, profile_id)
    if found is None:
        raise ProfileMissing(profile_id)
    return found


def list_profiles(store: StateStore, tenant_id: str, query: PageQuery) -> ProfilePage:
    """A page of the tenant's profiles; raises `InvalidInput` (`continuation_invalid`)."""
    page = ask_for_page(
        lambda limit, after: store.page(_place(tenant_id), "profile", limit, after), query
    )
    profiles = tuple(map(Profile.parse, page.documents))
    return ProfilePage(profiles=profiles, continuation=page.continuation)


def replace_profile(
    store: StateStore,
    tenant_id: str,
    profile_id: str,
    request: ProfileRequest,
    now: datetime,
    if_match: str | None = None,
) -> ProfileVersion:
    """Write a profile anew; with `if_match` only if that is its ETag still.

    Raises `ProfileMissing`, or `PreconditionFailed` (`profile_changed`).
    """

    def attempt() -> ProfileVersion:
        known = get_profile(store, tenant_id, profile_id)
        _require_version(known, if_match)
        profile = _profile(
            tenant_id,
            profile_id,
            request,
            created_at=known.profile.created_at,
            updated_at=now,
        )
        try:
            [stored] = store.write(_place(tenant_id), [Replace(profile.dump(), known.etag)])
        except Missing:
            raise ProfileMissing(profile_id) from None
        return _version(stored)

    return racing(attempt)


def delete_profile(
    store: StateStore, tenant_id: str, profile_id: str, if_match: str | None = None
) -> None:
    """Remove a profile; with `if_match` only if that is its ETag still.

    One that is not there is removed already, so that a repeated request ends as the first did.
    Raises `PreconditionFailed` (`profile_changed`).
    """

    def attempt() -> None:
        known = find_profile(store, tenant_id, profile_id)
        if known is None:
            return
        _require_version(known, if_match)
        try:
            store.write(_place(tenant_id), [Delete(profile_id, known.etag)])
        except Missing:
            return

    racing(attempt)


def _profile(
    tenant_id: str, profile_id: str, request: ProfileRequest, **times: datetime
) -> Profile:
    fields = request.model_dump(exclude={"id"})
    return Profile.parse({**fields, "id": profile_id, "tenant_id": tenant_id, **times})


def _require_version(known: ProfileVersion, if_match: str | None) -> None:
    if if_match is not None and if_match != known.etag:
        raise PreconditionFailed(
            "The brand profile was changed since it was read.", code="profile_changed"
        )


def _version(stored: Stored) -> ProfileVersion:
    return ProfileVersion(profile=Profile.parse(stored.document), etag=stored.etag)


def _place(tenant_id: str) -> Partition:
    return Partition(tenant_id, container=Container.BRAND_PROFILES)


def _slug(name: str) -> str:
    """An id made of a name; raises `InvalidInput` where no letter or digit of it can be kept."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:_MAX_ID].rstrip("-")
    if not slug:
        raise InvalidInput(
            "id: no id can be made of this name; give one of a-z, 0-9, - and _.",
            code="request_invalid",
        )
    return slug
