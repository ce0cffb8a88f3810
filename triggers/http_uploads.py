"""Uploads over HTTP."""

import azure.durable_functions as df
import azure.functions as func

from opal.api import uploading
from opal.api.admission import Call
from opal.api.serving import Answer, serve
from opal.api.uploads import COMPLETE_UPLOAD, GRANT_UPLOAD, UploadRef, UploadRequest
from opal.blobs import get_blobs
from opal.settings import get_settings
from opal.starting import Start
from opal.state import get_store
from triggers.operations import route, serve_and_start

bp = df.Blueprint()


@route(bp, GRANT_UPLOAD)
def grant_upload(req: func.HttpRequest) -> func.HttpResponse:
    """A signed address to upload one photo to."""
    return serve(
        GRANT_UPLOAD,
        req,
        lambda call: Answer(
            uploading.grant_upload(
                get_store(),
                get_blobs(),
                get_settings(),
                call.tenant_id,
                call.body(UploadRequest),
                call.now,
            )
        ),
    )


@route(bp, COMPLETE_UPLOAD)
@bp.durable_client_input(client_name="starter")
async def complete_upload(
    req: func.HttpRequest, starter: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """The photo is uploaded."""
    return await serve_and_start(COMPLETE_UPLOAD, req, starter, _complete)


def _complete(call: Call) -> tuple[Answer, list[Start]]:
    done, starts = uploading.complete_upload(
        get_store(),
        get_blobs(),
        get_settings(),
        call.tenant_id,
        call.body(UploadRef),
        call.now,
    )
    return Answer(done), starts
