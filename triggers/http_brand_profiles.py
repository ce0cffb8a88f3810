"""Brand profiles over HTTP."""

import azure.durable_functions as df
import azure.functions as func

from opal.api.admission import Call
from opal.api.profiles import (
    CREATE_PROFILE,
    DELETE_PROFILE,
    GET_PROFILE,
    LIST_PROFILES,
    REPLACE_PROFILE,
    ProfileList,
    ProfileView,
)
from opal.api.serving import Answer, serve
from opal.paging import PageQuery
from opal.profiles import storing
from opal.profiles.documents import NewProfile, ProfileRequest, ProfileVersion
from opal.state import get_store
from triggers.operations import route

bp = df.Blueprint()


@route(bp, LIST_PROFILES)
def list_profiles(req: func.HttpRequest) -> func.HttpResponse:
    """The tenant's brand profiles."""
    return serve(
        LIST_PROFILES,
        req,
        lambda call: Answer(
            ProfileList.parse(
                storing.list_profiles(
                    get_store(), call.tenant_id, call.query(PageQuery)
                ).model_dump()
            )
        ),
    )


@route(bp, CREATE_PROFILE)
def create_profile(req: func.HttpRequest) -> func.HttpResponse:
    """Create a brand profile."""
    return serve(CREATE_PROFILE, req, _create)


@route(bp, GET_PROFILE)
def get_profile(req: func.HttpRequest) -> func.HttpResponse:
    """One brand profile."""
    return serve(
        GET_PROFILE,
        req,
        lambda call: _answer(storing.get_profile(get_store(), call.tenant_id, **call.path)),
    )


@route(bp, REPLACE_PROFILE)
def replace_profile(req: func.HttpRequest) -> func.HttpResponse:
    """Write a brand profile anew."""
    return serve(REPLACE_PROFILE, req, _replace)


@route(bp, DELETE_PROFILE)
def delete_profile(req: func.HttpRequest) -> func.HttpResponse:
    """Remove a brand profile."""
    return serve(DELETE_PROFILE, req, _delete)


def _create(call: Call) -> Answer:
    created = storing.create_profile(get_store(), call.tenant_id, call.body(NewProfile), call.now)
    where = {"Location": f"/v1/brand-profiles/{created.profile.id}"}
    return _answer(created, 201, where)


def _replace(call: Call) -> Answer:
    replaced = storing.replace_profile(
        get_store(),
        call.tenant_id,
        call.path["profile_id"],
        call.body(ProfileRequest),
        call.now,
        call.if_match,
    )
    return _answer(replaced)


def _delete(call: Call) -> Answer:
    storing.delete_profile(get_store(), call.tenant_id, call.path["profile_id"], call.if_match)
    return Answer(None, 204)


def _answer(
    version: ProfileVersion, status: int = 200, headers: dict[str, str] | None = None
) -> Answer:
    view = ProfileView.parse(version.profile.model_dump())
    return Answer(view, status, {"ETag": f'"{version.etag}"', **(headers or {})})
