"""Clients of the SDK are not shared by operations that are at work at once."""

import pytest

from opal.errors import DependencyDown
from opal.state.cosmos_account import CosmosAccount
from opal.state.cosmos_connections import Connections


@pytest.fixture
def connections(cosmos_account: CosmosAccount):
    opened = Connections(cosmos_account)
    yield opened
    opened.close()


def test_what_is_at_work_at_once_has_clients_of_its_own(connections):
    with connections.lent() as one, connections.lent() as other:
        assert one is not other


def test_a_client_that_was_given_back_is_lent_again(connections):
    with connections.lent() as one:
        pass
    with connections.lent() as again:
        assert again is one


def test_a_client_is_given_back_after_a_failure_too(connections):
    with pytest.raises(DependencyDown), connections.lent() as one:
        raise DependencyDown("down")
    with connections.lent() as again:
        assert again is one
