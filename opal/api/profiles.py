"""Brand profiles over HTTP."""

from datetime import datetime

from opal.api.operation import Operation
from opal.choices import Flags
from opal.documents import Document
from opal.keys import Role
from opal.paging import PageQuery
from opal.presets import Prompt
from opal.profiles.documents import NewProfile, ProfileFields, ProfileRequest
from opal.recipe import Alignment, Padding


class ProfileView(ProfileFields):
    """A brand profile: what a job gets that names it, where the job itself says nothing else."""

    id: str
    tenant_id: str
    created_at: datetime
    updated_at: datetime
    scenes: tuple[str | Prompt, ...]
    padding: Padding
    alignment: Alignment
    exports: tuple[str, ...]
    flags: Flags


class ProfileList(Document):
    """Some of the tenant's profiles, in the order of their ids."""

    profiles: tuple[ProfileView, ...]
    continuation: str | None


LIST_PROFILES = Operation(
    id="list_profiles",
    method="GET",
    path="/v1/brand-profiles",
    tag="Brand profiles",
    summary="List the tenant's brand profiles",
    role=Role.READ,
    query=PageQuery,
    answers={200: ProfileList},
    failures=("continuation_invalid",),
)
CREATE_PROFILE = Operation(
    id="create_profile",
    method="POST",
    path="/v1/brand-profiles",
    tag="Brand profiles",
    summary="Create a brand profile; `default` is used by jobs that name none",
    role=Role.WRITE,
    body=NewProfile,
    answers={201: ProfileView},
    failures=("profile_exists",),
    answer_headers=("Location", "ETag"),
    links={
        "get_profile": {"profile_id": "$response.body#/id"},
        "replace_profile": {"profile_id": "$response.body#/id"},
        "delete_profile": {"profile_id": "$response.body#/id"},
    },
)
GET_PROFILE = Operation(
    id="get_profile",
    method="GET",
    path="/v1/brand-profiles/{profile_id}",
    tag="Brand profiles",
    summary="One brand profile",
    role=Role.READ,
    answers={200: ProfileView},
    failures=("profile_missing",),
    answer_headers=("ETag",),
)
REPLACE_PROFILE = Operation(
    id="replace_profile",
    method="PUT",
    path="/v1/brand-profiles/{profile_id}",
    tag="Brand profiles",
    summary="Write a brand profile anew; jobs that are there keep what they were made with",
    role=Role.WRITE,
    body=ProfileRequest,
    answers={200: ProfileView},
    failures=("profile_missing", "profile_changed"),
    headers=("If-Match",),
    answer_headers=("ETag",),
)
DELETE_PROFILE = Operation(
    id="delete_profile",
    method="DELETE",
    path="/v1/brand-profiles/{profile_id}",
    tag="Brand profiles",
    summary="Remove a brand profile",
    role=Role.WRITE,
    answers={204: None},
    failures=("profile_changed",),
    headers=("If-Match",),
)
OPERATIONS = (LIST_PROFILES, CREATE_PROFILE, GET_PROFILE, REPLACE_PROFILE, DELETE_PROFILE)
