"""Start the deliveries of webhooks, without waiting for them."""

import azure.durable_functions as df

from opal.boundary import client_activity_boundary
from opal.documents import Json, StartDeliveries
from opal.errors import DependencyDown
from opal.settings import get_settings
from opal.starting import start_all
from opal.webhooks.outbox import start_of_delivery

bp = df.Blueprint()


@bp.activity_trigger(input_name="request")
@bp.durable_client_input(client_name="starter")
@client_activity_boundary
async def start_deliveries(request: Json, starter: df.DurableOrchestrationClient) -> Json:
    """Start an orchestration for each delivery; one that runs already is as good as started.

    They are orchestrations of their own, so that nobody waits days for a receiver that is down.
    """
    wanted, settings = StartDeliveries.parse(request), get_settings()
    starts = [start_of_delivery(settings, ref) for ref in wanted.deliveries]
    try:
        await start_all(starter, starts)
    except Exception as error:
        raise DependencyDown("The durable host did not start the deliveries.") from error
    return {"started": len(starts)}
