"""The life of a job, as `test_counters` plays it, in the Cosmos DB store."""

import uuid
from dataclasses import replace

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from opal.state.cosmos import CosmosStore
from opal.state.cosmos_account import CosmosAccount, ensure
from tests.state.test_counters import JobLife


def test_counters_equal_a_recount_whatever_happens(cosmos_account: CosmosAccount) -> None:
    class JobLifeInCosmos(JobLife):
        def __init__(self) -> None:
            super().__init__()
            self.store.close()
            account = replace(cosmos_account, database=uuid.uuid4().hex)
            ensure(account)
            self.store = CosmosStore(account)

    few = settings(max_examples=5, stateful_step_count=20)
    run_state_machine_as_test(JobLifeInCosmos, settings=few)
