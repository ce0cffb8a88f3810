"""Liveness and readiness."""

import azure.durable_functions as df
import azure.functions as func

from opal.problems import answering, respond
from opal.readiness import check_readiness
from opal.telemetry import trace_id_of

bp = df.Blueprint()


@bp.route(route="healthz", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def healthz(req: func.HttpRequest) -> func.HttpResponse:
    """The process answers."""
    return answering(req, lambda: {"status": "ok"})


@bp.route(route="readyz", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def readyz(req: func.HttpRequest) -> func.HttpResponse:
    """Store, blobs and endpoint answer too; 503 names those that do not."""
    trace_id = trace_id_of(req.headers)
    report = check_readiness(trace_id)
    return respond(report, 200 if report["status"] == "ready" else 503, trace_id)
