"""Credits: what a job costs, what there is, and what became of it."""

from collections.abc import Iterator

from opal.api.billing import (
    ESTIMATE,
    GET_BALANCE,
    LIST_ENTRIES,
    BalanceView,
    EntryList,
    EntryView,
    EstimateQuery,
    JobEstimate,
)
from opal.client.paging import PAGE, pages
from opal.client.transport import Transport
from opal.paging import PageQuery


class BillingCalls(Transport):
    """Every method raises `ApiError`, `AnswerInvalid` or `Unreachable`."""

    def estimate(self, query: EstimateQuery) -> JobEstimate:
        """What a job will cost at most, in credits, and whether the tenant has them."""
        return self._ask(ESTIMATE, JobEstimate, query=query)

    def balance(self) -> BalanceView:
        """What the tenant can spend, and what is held for photos under way."""
        return self._ask(GET_BALANCE, BalanceView)

    def ledger(self) -> Iterator[EntryView]:
        """Every change of the balance, newest first; each page is asked for when it is come to."""
        for page in pages(
            lambda after: self._ask(
                LIST_ENTRIES, EntryList, query=PageQuery(limit=PAGE, continuation=after)
            )
        ):
            yield from page.entries
