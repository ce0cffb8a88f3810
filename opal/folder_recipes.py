"""A dropped folder's recipe: its `job.json` over the tenant's brand profile.

It is resolved when the folder's job is created, and again only when another `job.json` comes; a
photo costs no read of a profile.
"""

from datetime import datetime
from typing import NamedTuple

from opal.blobs import Blobs, etag_of
from opal.documents import Failure, Item, Job
from opal.errors import NotFound, ProfileMissing, RecipeInvalid
from opal.job_options import (
    MAX_OPTIONS_BYTES,
    JobOptions,
    default_recipe,
    read_job_options,
    recipe_for,
)
from opal.names import RAW, RECIPE_FILE, Drop
from opal.recipe import Recipe
from opal.settings import Settings
from opal.state import StateStore
from opal.state.claims import Source, ensure_job, requeue_item
from opal.state.iterating import all_items
from opal.state.jobs import end_refitting, set_recipe
from opal.state.transition import Announce, get_job, partition_of
from opal.telemetry import trace_id_at_hand


class _Found(NamedTuple):
    """A folder's recipe, the ETag of the `job.json` that it comes from, and why it can't be
    used; then the recipe is None."""

    recipe: Recipe | None
    etag: str | None
    failure: Failure | None = None


def ensure_folder_job(
    store: StateStore,
    blobs: Blobs,
    settings: Settings,
    drop: Drop,
    now: datetime,
    announce: Announce,
) -> Job:
    """The job of a file's folder. A new one has the recipe of the `job.json` that is there
    already, or of the tenant's default profile; one that can't be used fails it."""
    known = get_job(store, partition_of(drop))
    return known or _ensure_job(
        store, drop, _recipe_in_folder(store, blobs, settings, drop), now, announce
    )


def take_job_json(
    store: StateStore,
    blobs: Blobs,
    settings: Settings,
    drop: Drop,
    source: Source,
    now: datetime,
    announce: Announce,
) -> tuple[Job, list[Item]]:
    """Give a folder's job the recipe of its `job.json`: the job, and the items to start again.

    One that can't be used fails the job, and what is not final in it.
    """
    found = _resolved(store, blobs, settings, drop, drop.path, source)
    _ensure_job(store, drop, found, now, announce)
    partition = partition_of(drop)
    job = set_recipe(store, partition, found.recipe, found.failure, source.etag, now, announce)
    refitted = [
        requeue_item(store, job, item.item_id, now, settings.lease_s, announce)
        for item in all_items(store, partition)
    ]
    end_refitting(store, partition, source.etag)
    return job, [item for item in refitted if item is not None]


def _ensure_job(
    store: StateStore, drop: Drop, found: _Found, now: datetime, announce: Announce
) -> Job:
    return ensure_job(
        store,
        drop,
        lambda: found.recipe or default_recipe(),
        trace_id_at_hand(),
        now,
        recipe_etag=found.etag,
        failure=found.failure,
        announce=announce,
    )


def _recipe_in_folder(store: StateStore, blobs: Blobs, settings: Settings, drop: Drop) -> _Found:
    folder = f"{drop.folder}/" if drop.folder else ""
    path = f"{RAW}/{drop.tenant_id}/{folder}{RECIPE_FILE}"
    # The ETag is older than what is read under it, so a newer job.json is never taken for known.
    properties = blobs.properties(path)
    if properties is not None:
        source = Source(etag_of(properties), int(properties.size))
        try:
            return _resolved(store, blobs, settings, drop, path, source)
        except NotFound:
            pass
    try:
        return _Found(_recipe(store, settings, drop, JobOptions()), None)
    except RecipeInvalid as error:
        return _Found(None, None, error.failure)


def _recipe(store: StateStore, settings: Settings, drop: Drop, options: JobOptions) -> Recipe:
    return recipe_for(store, drop.tenant_id, options, prompt_engine=settings.prompt_scenes)


def _resolved(
    store: StateStore, blobs: Blobs, settings: Settings, drop: Drop, path: str, source: Source
) -> _Found:
    """The recipe of a `job.json`; raises `NotFound` when it is gone."""
    try:
        if source.bytes > MAX_OPTIONS_BYTES:
            raise RecipeInvalid(f"job.json: larger than {MAX_OPTIONS_BYTES} bytes")
        options = read_job_options(blobs.read(path))
        return _Found(_recipe(store, settings, drop, options), source.etag)
    except (RecipeInvalid, ProfileMissing) as error:
        return _Found(None, source.etag, error.failure)
