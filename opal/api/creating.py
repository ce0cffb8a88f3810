"""Creating a job: what the request's key, profile and credit have to do with it."""

from opal.api.admission import Call
from opal.api.jobs import CreatedJob, NewJob
from opal.api.ordering import order_job
from opal.credits.budgets import require_credit
from opal.credits.prices import estimate
from opal.errors import RecipeInvalid
from opal.job_options import recipe_for
from opal.recipe import Recipe
from opal.scene_resolving import no_prompt_engine
from opal.settings import Settings
from opal.state import StateStore


def create(store: StateStore, settings: Settings, call: Call) -> CreatedJob:
    """Create the job that a request asks for, or find the one that it created before."""
    order = call.body(NewJob)

    def recipe() -> Recipe:
        resolved = recipe_for(
            store,
            call.tenant_id,
            order.options,
            order.brand_profile_id,
            prompt_engine=settings.prompt_scenes,
        )
        _require_use_of_prompts(order, resolved, prompt_engine=settings.prompt_scenes)
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


def _require_use_of_prompts(order: NewJob, recipe: Recipe, *, prompt_engine: bool) -> None:
    """A photo's own prompt that no scene takes up would be lost without a word."""
    if any(scene.prompt is not None for scene in recipe.scenes):
        return
    for index, item in enumerate(order.items):
        if item.prompt is None:
            continue
        if not prompt_engine:
            raise no_prompt_engine(f"items.{index}.prompt")
        raise RecipeInvalid(f"items.{index}.prompt: no scene of the job is made from a prompt")
