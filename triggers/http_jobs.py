"""Jobs over HTTP."""

import azure.durable_functions as df
import azure.functions as func

from opal.api.admission import Call
from opal.api.creating import create
from opal.api.downloading import item_outputs, job_package
from opal.api.downloads import GET_OUTPUTS, GET_PACKAGE
from opal.api.job_view import job_page, job_summary, job_view
from opal.api.jobs import (
    CANCEL_JOB,
    CREATE_JOB,
    GET_JOB,
    LIST_JOBS,
    RETRY_ITEM,
    JobQuery,
    JobsQuery,
    RetriedItem,
)
from opal.api.serving import Answer, serve
from opal.blobs import get_blobs
from opal.canceling import start_of_stop
from opal.documents import JOB_FINAL, ItemStatus
from opal.intake import start_of_item
from opal.settings import get_settings
from opal.starting import Start
from opal.state import canceling, get_store
from opal.state.contract import Partition
from triggers.operations import route, serve_and_start

bp = df.Blueprint()
_SOON = "2"
"""Seconds after which it is worth asking how far a job is."""


@route(bp, CREATE_JOB)
def create_job(req: func.HttpRequest) -> func.HttpResponse:
    """Create a job and announce its photos."""
    return serve(CREATE_JOB, req, _create)


@route(bp, LIST_JOBS)
def list_jobs(req: func.HttpRequest) -> func.HttpResponse:
    """List the tenant's jobs, newest first."""
    return serve(
        LIST_JOBS,
        req,
        lambda call: Answer(job_page(get_store(), call.tenant_id, call.query(JobsQuery))),
    )


@route(bp, GET_JOB)
def get_job(req: func.HttpRequest) -> func.HttpResponse:
    """How far a job is, with a page of its items."""
    return serve(GET_JOB, req, _get)


@route(bp, CANCEL_JOB)
@bp.durable_client_input(client_name="starter")
async def cancel_job(
    req: func.HttpRequest, starter: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Cancel what is not finished of a job."""
    return await serve_and_start(CANCEL_JOB, req, starter, _cancel)


@route(bp, RETRY_ITEM)
@bp.durable_client_input(client_name="starter")
async def retry_item(
    req: func.HttpRequest, starter: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Make a failed or canceled photo again."""
    return await serve_and_start(RETRY_ITEM, req, starter, _retry)


@route(bp, GET_OUTPUTS)
def get_outputs(req: func.HttpRequest) -> func.HttpResponse:
    """The finished files of a photo."""
    return serve(
        GET_OUTPUTS,
        req,
        lambda call: Answer(
            item_outputs(
                get_store(), get_blobs(), get_settings(), call.tenant_id, **call.path, now=call.now
            )
        ),
    )


@route(bp, GET_PACKAGE)
def get_package(req: func.HttpRequest) -> func.HttpResponse:
    """All finished files of a job in one ZIP."""
    return serve(
        GET_PACKAGE,
        req,
        lambda call: Answer(
            job_package(
                get_store(), get_blobs(), get_settings(), call.tenant_id, **call.path, now=call.now
            )
        ),
    )


def _create(call: Call) -> Answer:
    job = create(get_store(), get_settings(), call)
    return Answer(job, 202, _where(job.job_id))


def _get(call: Call) -> Answer:
    view = job_view(get_store(), call.tenant_id, call.path["job_id"], call.query(JobQuery))
    return Answer(view, headers={} if view.status in JOB_FINAL else {"Retry-After": _SOON})


def _cancel(call: Call) -> tuple[Answer, list[Start]]:
    partition = Partition(call.tenant_id, call.path["job_id"])
    job = canceling.request_cancel(get_store(), partition, call.now)
    starts = [] if job.status in JOB_FINAL else [start_of_stop(get_settings(), job)]
    return Answer(job_summary(job), 202, _where(job.job_id)), starts


def _retry(call: Call) -> tuple[Answer, list[Start]]:
    settings = get_settings()
    partition = Partition(call.tenant_id, call.path["job_id"])
    job, item = canceling.retry_item(
        get_store(), partition, call.path["item_id"], call.now, settings.lease_s
    )
    retried = RetriedItem(
        job_id=job.job_id,
        item_id=item.item_id,
        status=ItemStatus.QUEUED,
        revision=item.revision,
    )
    return Answer(retried, 202, _where(job.job_id)), [start_of_item(settings, job, item)]


def _where(job_id: str) -> dict[str, str]:
    return {"Location": f"/v1/jobs/{job_id}", "Retry-After": _SOON}
