"""Brand profiles: list, get, create, replace, delete."""

from collections.abc import Iterator

import requests

from opal.api.profiles import (
    CREATE_PROFILE,
    DELETE_PROFILE,
    GET_PROFILE,
    LIST_PROFILES,
    REPLACE_PROFILE,
)
from opal.client.paging import PAGE, pages
from opal.client.transport import Transport, read_document
from opal.paging import PageQuery
from opal.profiles.documents import (
    NewProfile,
    Profile,
    ProfilePage,
    ProfileRequest,
    ProfileVersion,
)


class ProfileCalls(Transport):
    """Every method raises `ApiError`, `AnswerInvalid` or `Unreachable`."""

    def list_profiles(self) -> Iterator[Profile]:
        """All brand profiles; each page is asked for when it is come to."""
        for page in pages(
            lambda after: self._ask(
                LIST_PROFILES, ProfilePage, query=PageQuery(limit=PAGE, continuation=after)
            )
        ):
            yield from page.profiles

    def get_profile(self, profile_id: str) -> ProfileVersion:
        """A brand profile, and the ETag of this version."""
        return _version(self._send(GET_PROFILE, path={"profile_id": profile_id}))

    def create_profile(self, request: NewProfile) -> ProfileVersion:
        """Create a brand profile; one without an `id` gets one made of its name."""
        return _version(self._send(CREATE_PROFILE, body=request, once=True))

    def replace_profile(
        self, profile_id: str, request: ProfileRequest, if_match: str | None = None
    ) -> ProfileVersion:
        """Write a brand profile anew, with `if_match` only if that is its ETag still."""
        return _version(
            self._send(
                REPLACE_PROFILE,
                path={"profile_id": profile_id},
                body=request,
                headers=_only(if_match),
                once=if_match is not None,
            )
        )

    def delete_profile(self, profile_id: str, if_match: str | None = None) -> None:
        """Remove a brand profile; one that is not there is removed already."""
        self._send(DELETE_PROFILE, path={"profile_id": profile_id}, headers=_only(if_match))


def _only(etag: str | None) -> dict[str, str]:
    return {"If-Match": f'"{etag}"'} if etag else {}


def _version(response: requests.Response) -> ProfileVersion:
    etag = response.headers.get("ETag", "").removeprefix("W/").strip('"')
    return ProfileVersion(profile=read_document(Profile, response), etag=etag)
