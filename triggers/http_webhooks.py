"""Webhooks over HTTP: endpoints, their secrets, and deliveries."""

import azure.durable_functions as df
import azure.functions as func

from opal.api.admission import Call
from opal.api.serving import Answer, serve
from opal.api.webhooks import (
    CREATE_ENDPOINT,
    DELETE_ENDPOINT,
    GET_DELIVERY,
    GET_ENDPOINT,
    LIST_DELIVERIES,
    LIST_ENDPOINTS,
    REDELIVER,
    ROTATE_SECRET,
    UPDATE_ENDPOINT,
    DeliveriesQuery,
    EndpointList,
)
from opal.settings import get_settings
from opal.starting import Start
from opal.state import get_store
from opal.webhooks import deliveries, endpoints
from opal.webhooks.endpoints import EndpointChanges, EndpointRequest
from triggers.operations import route, serve_and_start

bp = df.Blueprint()


@route(bp, LIST_ENDPOINTS)
def list_endpoints(req: func.HttpRequest) -> func.HttpResponse:
    """The tenant's webhook endpoints."""
    return serve(LIST_ENDPOINTS, req, _list)


@route(bp, CREATE_ENDPOINT)
def create_endpoint(req: func.HttpRequest) -> func.HttpResponse:
    """Have events sent to a URL."""
    return serve(CREATE_ENDPOINT, req, _create)


@route(bp, GET_ENDPOINT)
def get_endpoint(req: func.HttpRequest) -> func.HttpResponse:
    """One webhook endpoint."""
    return serve(
        GET_ENDPOINT,
        req,
        lambda call: Answer(endpoints.get_endpoint(get_store(), call.tenant_id, **call.path)),
    )


@route(bp, UPDATE_ENDPOINT)
def update_endpoint(req: func.HttpRequest) -> func.HttpResponse:
    """Change a webhook endpoint."""
    return serve(UPDATE_ENDPOINT, req, _update)


@route(bp, DELETE_ENDPOINT)
def delete_endpoint(req: func.HttpRequest) -> func.HttpResponse:
    """Send nothing more to an endpoint."""
    return serve(DELETE_ENDPOINT, req, _delete)


@route(bp, ROTATE_SECRET)
def rotate_secret(req: func.HttpRequest) -> func.HttpResponse:
    """A new signing secret."""
    return serve(
        ROTATE_SECRET,
        req,
        lambda call: Answer(
            endpoints.rotate_secret(
                get_store(), get_settings(), call.tenant_id, **call.path, now=call.now
            )
        ),
    )


@route(bp, LIST_DELIVERIES)
def list_deliveries(req: func.HttpRequest) -> func.HttpResponse:
    """What became of events."""
    return serve(LIST_DELIVERIES, req, _deliveries)


@route(bp, GET_DELIVERY)
def get_delivery(req: func.HttpRequest) -> func.HttpResponse:
    """One delivery with its attempts."""
    return serve(
        GET_DELIVERY,
        req,
        lambda call: Answer(deliveries.get_delivery(get_store(), call.tenant_id, **call.path)),
    )


@route(bp, REDELIVER)
@bp.durable_client_input(client_name="starter")
async def redeliver(
    req: func.HttpRequest, starter: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Send an event again."""
    return await serve_and_start(REDELIVER, req, starter, _redeliver)


def _list(call: Call) -> Answer:
    return Answer(EndpointList(endpoints=endpoints.list_endpoints(get_store(), call.tenant_id)))


def _create(call: Call) -> Answer:
    wanted = call.body(EndpointRequest)
    created = endpoints.create_endpoint(
        get_store(), get_settings(), call.tenant_id, wanted, call.now
    )
    return Answer(created, 201, {"Location": f"/v1/webhooks/{created.endpoint_id}"})


def _update(call: Call) -> Answer:
    changed = endpoints.update_endpoint(
        get_store(),
        get_settings(),
        call.tenant_id,
        call.path["endpoint_id"],
        call.body(EndpointChanges),
        call.now,
    )
    return Answer(changed)


def _delete(call: Call) -> Answer:
    endpoints.delete_endpoint(get_store(), call.tenant_id, call.path["endpoint_id"])
    return Answer(None, 204)


def _deliveries(call: Call) -> Answer:
    query = call.query(DeliveriesQuery)
    found = deliveries.list_deliveries(
        get_store(), call.tenant_id, query.limit, query.continuation, query.status
    )
    return Answer(found)


def _redeliver(call: Call) -> tuple[Answer, list[Start]]:
    view, start = deliveries.redeliver(
        get_store(), get_settings(), call.tenant_id, call.path["delivery_id"], call.now
    )
    where = {"Location": f"/v1/deliveries/{view.delivery_id}", "Retry-After": "5"}
    return Answer(view, 202, where), [start]
