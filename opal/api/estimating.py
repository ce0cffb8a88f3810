"""What a job would cost, for the same recipe as the job would get."""

from opal.api.billing import EstimateQuery, JobEstimate
from opal.credits.accounts import balance
from opal.credits.prices import estimate
from opal.job_options import JobOptions, recipe_for
from opal.settings import Settings
from opal.state import StateStore


def estimate_job(
    store: StateStore, settings: Settings, tenant_id: str, query: EstimateQuery
) -> JobEstimate:
    """What so many photos cost at most; raises as creating the job would."""
    recipe = recipe_for(
        store,
        tenant_id,
        _options(query),
        query.brand_profile_id,
        prompt_engine=settings.prompt_scenes,
    )
    cost = estimate(recipe, query.photos)
    available = balance(store, tenant_id).available
    return JobEstimate(
        **cost.model_dump(),
        billing_enabled=settings.billing_enabled,
        available=available,
        affordable=not settings.billing_enabled or available >= cost.total,
    )


def _options(query: EstimateQuery) -> JobOptions:
    return JobOptions(scenes=query.scenes, exports=query.exports, upscale=query.upscale)
