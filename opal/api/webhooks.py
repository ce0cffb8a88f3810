"""Webhooks over HTTP: who is told of what, and what became of it."""

from opal.api.operation import Operation
from opal.documents import Document
from opal.keys import Role
from opal.paging import PageQuery
from opal.webhooks.deliveries import DeliveryPage
from opal.webhooks.delivery import DeliveryStatus, DeliveryView
from opal.webhooks.endpoint import EndpointView, EndpointWithSecret
from opal.webhooks.endpoints import EndpointChanges, EndpointRequest


class EndpointList(Document):
    """The tenant's webhook endpoints, the oldest first."""

    endpoints: tuple[EndpointView, ...]


class DeliveriesQuery(PageQuery):
    """Which deliveries to list."""

    status: DeliveryStatus | None = None


LIST_ENDPOINTS = Operation(
    id="list_endpoints",
    method="GET",
    path="/v1/webhooks",
    tag="Webhooks",
    summary="List the tenant's webhook endpoints",
    role=Role.READ,
    answers={200: EndpointList},
)
CREATE_ENDPOINT = Operation(
    id="create_endpoint",
    method="POST",
    path="/v1/webhooks",
    tag="Webhooks",
    summary="Have events sent to a URL; the answer shows the signing secret this once",
    role=Role.ADMIN,
    body=EndpointRequest,
    answers={201: EndpointWithSecret},
    failures=(
        *("webhook_url_refused", "webhook_host_unknown", "endpoint_exists"),
        "endpoint_limit_reached",
    ),
    answer_headers=("Location",),
    links={
        "get_endpoint": {"endpoint_id": "$response.body#/endpoint_id"},
        "update_endpoint": {"endpoint_id": "$response.body#/endpoint_id"},
        "rotate_secret": {"endpoint_id": "$response.body#/endpoint_id"},
        "delete_endpoint": {"endpoint_id": "$response.body#/endpoint_id"},
    },
)
GET_ENDPOINT = Operation(
    id="get_endpoint",
    method="GET",
    path="/v1/webhooks/{endpoint_id}",
    tag="Webhooks",
    summary="One webhook endpoint",
    role=Role.READ,
    answers={200: EndpointView},
    failures=("endpoint_missing",),
)
UPDATE_ENDPOINT = Operation(
    id="update_endpoint",
    method="PUT",
    path="/v1/webhooks/{endpoint_id}",
    tag="Webhooks",
    summary="Change an endpoint's URL, events, or whether it is enabled",
    role=Role.ADMIN,
    body=EndpointChanges,
    answers={200: EndpointView},
    failures=("endpoint_missing", "webhook_url_refused", "webhook_host_unknown"),
)
DELETE_ENDPOINT = Operation(
    id="delete_endpoint",
    method="DELETE",
    path="/v1/webhooks/{endpoint_id}",
    tag="Webhooks",
    summary="Send nothing more to an endpoint",
    role=Role.ADMIN,
    answers={204: None},
    failures=("endpoint_missing",),
)
ROTATE_SECRET = Operation(
    id="rotate_secret",
    method="POST",
    path="/v1/webhooks/{endpoint_id}/rotate",
    tag="Webhooks",
    summary="A new signing secret; the one before signs beside it for 24 hours",
    role=Role.ADMIN,
    answers={200: EndpointWithSecret},
    failures=("endpoint_missing",),
)
LIST_DELIVERIES = Operation(
    id="list_deliveries",
    method="GET",
    path="/v1/deliveries",
    tag="Webhooks",
    summary="List deliveries of the last thirty days with their attempts, newest first",
    role=Role.READ,
    query=DeliveriesQuery,
    answers={200: DeliveryPage},
    failures=("continuation_invalid",),
)
GET_DELIVERY = Operation(
    id="get_delivery",
    method="GET",
    path="/v1/deliveries/{delivery_id}",
    tag="Webhooks",
    summary="One delivery with its attempts",
    role=Role.READ,
    answers={200: DeliveryView},
    failures=("delivery_missing",),
)
REDELIVER = Operation(
    id="redeliver",
    method="POST",
    path="/v1/deliveries/{delivery_id}/redeliver",
    tag="Webhooks",
    summary="Send an event again, under the same id",
    role=Role.WRITE,
    answers={202: DeliveryView},
    failures=("delivery_missing", "endpoint_disabled"),
    answer_headers=("Location", "Retry-After"),
)
OPERATIONS = (
    *(LIST_ENDPOINTS, CREATE_ENDPOINT, GET_ENDPOINT, UPDATE_ENDPOINT, DELETE_ENDPOINT),
    *(ROTATE_SECRET, LIST_DELIVERIES, GET_DELIVERY, REDELIVER),
)
