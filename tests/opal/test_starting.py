"""Starting orchestrations that may run already, by a client that tells what the host tells."""

import asyncio
from types import SimpleNamespace

import azure.durable_functions as df
import pytest

from opal.starting import Start, start_all

START = Start(orchestration="deliver_webhook", instance_id="webhook-1", payload={})
STATUS = df.OrchestrationRuntimeStatus


class Client:
    """Answers `start_new` and `get_status` in turn; an answer that is an error is raised."""

    def __init__(self, starts: list[Exception | str], statuses: list[STATUS | None]) -> None:
        self.starts, self.statuses = starts, statuses

    async def start_new(self, orchestration: str, instance_id: str, payload: object) -> str:
        answer = self.starts.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def get_status(self, instance_id: str) -> SimpleNamespace:
        return SimpleNamespace(runtime_status=self.statuses.pop(0))


def start(client: Client) -> None:
    asyncio.run(start_all(client, [START]))
    assert client.starts == client.statuses == []


def refused() -> Exception:
    return Exception("An Orchestration instance with the id webhook-1 already runs.")


def test_one_that_runs_is_as_good_as_started():
    start(Client([refused()], [STATUS.Running]))


def test_one_that_ended_between_the_refusal_and_the_look_at_it_is_started_again():
    start(Client([refused(), "webhook-1"], [STATUS.Completed]))


@pytest.mark.parametrize("statuses", [[None], [STATUS.Completed, STATUS.Completed]])
def test_a_host_that_starts_nothing_is_a_failure(statuses):
    starts = [Exception("no such orchestrator") for _ in statuses]
    with pytest.raises(Exception, match="no such orchestrator"):
        start(Client(starts, statuses))
