"""The API about itself: liveness, readiness, errors, and its description."""

import azure.durable_functions as df
import azure.functions as func

from opal.api.serving import Answer, serve
from opal.api.system import HEALTHZ, LIST_ERRORS, MANUAL, OPENAPI, READYZ, ErrorList, Health
from opal.error_codes import error_codes
from opal.telemetry import current_trace_id
from triggers.operations import route

bp = df.Blueprint()


@route(bp, HEALTHZ)
def healthz(req: func.HttpRequest) -> func.HttpResponse:
    """The process answers."""
    return serve(HEALTHZ, req, lambda _: Answer(Health()))


@route(bp, READYZ)
def readyz(req: func.HttpRequest) -> func.HttpResponse:
    """Store, blobs and endpoint answer too; 503 names those that do not."""
    from opal.readiness import check_readiness

    def check(call: object) -> Answer:
        report = check_readiness(current_trace_id())
        return Answer(report, 200 if report.status == "ready" else 503)

    return serve(READYZ, req, check)


@route(bp, LIST_ERRORS)
def list_errors(req: func.HttpRequest) -> func.HttpResponse:
    """Every error code."""
    return serve(
        LIST_ERRORS, req, lambda _: Answer(ErrorList(errors=tuple(error_codes().values())))
    )


@route(bp, OPENAPI)
def openapi(req: func.HttpRequest) -> func.HttpResponse:
    """The API's description for programs."""
    from opal.api.openapi import openapi as description

    return serve(OPENAPI, req, lambda _: Answer(description()))


@route(bp, MANUAL)
def manual(req: func.HttpRequest) -> func.HttpResponse:
    """The API's description for people."""
    from opal.api.page import page

    return serve(MANUAL, req, lambda _: Answer(page(), content_type="text/html; charset=utf-8"))
