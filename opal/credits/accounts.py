"""A tenant's accounts: the balance, what budgets count, and the entries that explain them.

An account is opened when something is first entered in it: two writers that find it missing
both try to create it, one of them in vain, and both then write. An entry is written in the
transaction that moves the balance by it, so the entries always add up to the balance.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from opal.credits.documents import Balance, Entry, EntryPage, Spending, ledger_of
from opal.paging import continuations_refused
from opal.state.containers import Container
from opal.state.contract import (
    AlreadyExists,
    Condition,
    Create,
    Missing,
    Operation,
    Patch,
    StateStore,
)

BALANCE = "balance"


def month_of(moment: datetime) -> str:
    """The UTC month, as `YYYY-MM`."""
    return moment.astimezone(UTC).strftime("%Y-%m")


def month_account(month: str) -> str:
    """The id of what a month's budget counts."""
    return f"spending.month.{month}"


def job_account(job_id: str) -> str:
    """The id of what a job's budget counts."""
    return f"spending.job.{job_id}"


def balance(store: StateStore, tenant_id: str) -> Balance:
    """What the tenant can spend; zero for one that never had anything."""
    stored = store.read(ledger_of(tenant_id), BALANCE)
    return Balance.parse(stored.document) if stored else Balance(tenant_id=tenant_id)


def committed(store: StateStore, tenant_id: str, account: str) -> int:
    """The credits that are held or charged in an account of `month_account`, `job_account`."""
    stored = store.read(ledger_of(tenant_id), account)
    return Spending.parse(stored.document).committed if stored else 0


def entries(
    store: StateStore, tenant_id: str, limit: int, continuation: str | None = None
) -> EntryPage:
    """The tenant's entries, newest first; raises `InvalidInput` (`continuation_invalid`)."""
    with continuations_refused():
        page = store.newest(Container.LEDGER, tenant_id, "entry", limit, continuation)
    found = tuple(map(Entry.parse, page.documents))
    return EntryPage(entries=found, continuation=page.continuation)


def post(
    store: StateStore,
    entry: Entry,
    operations: Sequence[Operation] = (),
    *,
    at_least: int | None = None,
) -> None:
    """Write an entry, what it does to the balance, and more, as one transaction.

    With `at_least`, only if so many credits are available. Raises what `StateStore.write`
    raises; `Missing` only for what is no account.
    """
    where = () if at_least is None else (Condition("/available", ">=", at_least),)
    moved = {"/available": entry.available, "/held": entry.held}
    batch = [*operations, Create(entry.dump()), Patch(BALANCE, add=moved, where=where)]
    write_to_accounts(store, entry.tenant_id, batch)


def write_to_accounts(store: StateStore, tenant_id: str, operations: Sequence[Operation]) -> None:
    """Write one transaction, opening first the accounts that it patches and that are missing."""
    try:
        store.write(ledger_of(tenant_id), operations)
    except Missing:
        for operation in operations:
            if isinstance(operation, Patch):
                _open(store, tenant_id, operation.id)
        store.write(ledger_of(tenant_id), operations)


def _open(store: StateStore, tenant_id: str, id: str) -> None:
    account = (
        Balance(tenant_id=tenant_id) if id == BALANCE else Spending(id=id, tenant_id=tenant_id)
    )
    try:
        store.write(ledger_of(tenant_id), [Create(account.dump())])
    except AlreadyExists:
        return
