"""Jobs over HTTP."""

import azure.durable_functions as df
import azure.functions as func

from opal.job_view import job_view
from opal.problems import answering
from opal.settings import get_settings
from opal.state import get_store

bp = df.Blueprint()


@bp.route(route="v1/jobs/{job_id}", methods=["GET"], auth_level=func.AuthLevel.FUNCTION)
def get_job(req: func.HttpRequest) -> func.HttpResponse:
    """A job: its status, counters, and one page of its items.

    Query: `tenant` (the default tenant if absent), `limit` (1 to 200), `continuation`.
    """
    return answering(
        req,
        lambda: job_view(
            get_store(),
            tenant_id=req.params.get("tenant", get_settings().default_tenant),
            job_id=req.route_params["job_id"],
            limit=req.params.get("limit", "50"),
            continuation=req.params.get("continuation"),
        ),
    )
