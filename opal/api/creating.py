"""Creating a job: what the request's key, profile and credit have to do with it."""

from opal.api.admission import Call
from opal.api.jobs import CreatedJob, NewJob
from opal.api.ordering import order_job
from opal.credits.budgets import require_credit
from opal.credits.prices import estimate
from opal.job_options import recipe_for
from opal.recipe import Recipe
from opal.settings import Settings
from opal.state import StateStore


def create(store: StateStore, settings: Settings, call: Call) -> CreatedJob:
    """Create the job that a request asks for, or find the one that it created before."""
    order = call.body(NewJob)

    def recipe() -> Recipe:
        resolved = recipe_for(store, call.tenant_id, order.options, order.brand_profile_id)
        cost = estimate(resolved, len(order.items))
        require_credit(store, settings, call.tenant_id, cost, call.now, order.budget)
        return resolved

    return order_job(
        store,
        settings,
        call.tenant_id,
        order,
        call.idempotency_key,
        recipe,
        call.trace_id,
        call.now,
    )
