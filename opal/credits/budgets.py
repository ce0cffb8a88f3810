"""What may be spent: the balance, and the limits of a job and of a UTC month.

A budget is a stop. What was given back counts no longer; what is held counts as spent.
"""

from datetime import datetime
from typing import NamedTuple

from opal.credits.accounts import (
    BALANCE,
    balance,
    committed,
    job_account,
    month_account,
    month_of,
    write_to_accounts,
)
from opal.credits.documents import Balance
from opal.credits.prices import Estimate
from opal.errors import (
    CreditsInsufficient,
    CreditsRefused,
    InvalidInput,
    JobBudgetExhausted,
    MonthBudgetExhausted,
)
from opal.settings import Settings
from opal.state.contract import Patch, StateStore


class Limits(NamedTuple):
    """The most credits that a job and a month may cost; None is no limit."""

    job: int | None
    month: int | None


def limits_of(settings: Settings, owned: Balance, job_budget: int | None) -> Limits:
    """The limits of a tenant's job: the tenant's own month budget goes before the setting."""
    month = settings.month_budget if owned.month_budget is None else owned.month_budget
    return Limits(job=job_budget, month=month)


def set_month_budget(store: StateStore, tenant_id: str, budget: int | None) -> Balance:
    """Give a tenant its own month budget, in credits; None returns it to the setting's."""
    if budget is not None and budget < 0:
        raise InvalidInput("A budget is not below zero.", code="budget_invalid")
    write_to_accounts(store, tenant_id, [Patch(BALANCE, set={"/month_budget": budget})])
    return balance(store, tenant_id)


def refusal(
    store: StateStore, tenant_id: str, job_id: str, amount: int, limits: Limits, now: datetime
) -> CreditsRefused | None:
    """Why `amount` can't be spent now. Budgets come first, because no purchase lifts them."""
    if limits.job is not None:
        left = limits.job - committed(store, tenant_id, job_account(job_id))
        if left < amount:
            return JobBudgetExhausted(amount, left)
    if limits.month is not None:
        left = limits.month - committed(store, tenant_id, month_account(month_of(now)))
        if left < amount:
            return MonthBudgetExhausted(amount, left)
    available = balance(store, tenant_id).available
    return CreditsInsufficient(amount, available) if available < amount else None


def require_credit(
    store: StateStore,
    settings: Settings,
    tenant_id: str,
    estimate: Estimate,
    now: datetime,
    budget: int | None = None,
) -> None:
    """Raise a `CreditsRefused` if a new job can't be paid to its end; holds nothing.

    `budget` is the job's own. Other jobs may spend the credits meanwhile: what counts in the
    end is the hold of each photo.
    """
    if not settings.billing_enabled:
        return
    limits = limits_of(settings, balance(store, tenant_id), budget)
    refused = refusal(store, tenant_id, "", estimate.total, limits, now)
    if refused is not None:
        raise refused
