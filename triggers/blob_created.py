"""A file appeared in the raw container."""

import asyncio
from datetime import UTC, datetime

import azure.durable_functions as df
import azurefunctions.extensions.bindings.blob as blob

from opal.blobs import etag_of, get_blobs
from opal.intake import take_in
from opal.settings import get_settings
from opal.starting import Start, start_all
from opal.state import get_store
from opal.state.claims import Source

bp = df.Blueprint()


@bp.blob_trigger(arg_name="file", path="raw/{name}", connection="OPAL_STORAGE", source="EventGrid")
@bp.durable_client_input(client_name="starter")
async def blob_created(file: blob.BlobClient, starter: df.DurableOrchestrationClient) -> None:
    """Claim the file and start its orchestration.

    The binding is a client, not the content: the photo is not pulled through the host. Events
    come at least once; the claim makes a repeated one harmless.
    """
    starts = await asyncio.to_thread(_take_in, str(file.blob_name))
    await start_all(starter, starts)


def _take_in(name: str) -> list[Start]:
    blobs = get_blobs()
    properties = blobs.properties(f"raw/{name}")
    if properties is None:
        return []
    source = Source(etag_of(properties), properties.size)
    return take_in(get_store(), blobs, get_settings(), name, source, datetime.now(UTC))
