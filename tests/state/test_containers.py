"""The file of containers that the store and the infrastructure both read."""

import copy
import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
from azure.cosmos import CosmosClient

from opal.state.containers import SPECS, Container, load_specs

TEXT = resources.files("opal.state").joinpath("containers.json").read_text("utf-8")
DEFINITIONS: list[dict[str, Any]] = json.loads(TEXT)
Mutation = Callable[[list[dict[str, Any]]], object]


def named(definition: dict[str, Any]) -> str:
    return str(definition["id"])


def indexed(definition: dict[str, Any]) -> list[str]:
    return [each["path"] for each in definition["indexingPolicy"]["includedPaths"]]


def test_every_container_of_the_store_is_defined_once():
    assert sorted(map(named, DEFINITIONS)) == sorted(Container)
    assert [spec.name for spec in SPECS] == list(map(named, DEFINITIONS))


@pytest.mark.parametrize(
    "mutate",
    [
        pytest.param(lambda all: all.pop(), id="left out"),
        pytest.param(lambda all: all.append(copy.deepcopy(all[0])), id="defined twice"),
        pytest.param(lambda all: all[0].update(id="job"), id="misspelt"),
        pytest.param(lambda all: all.append({**all[0], "id": "more"}), id="unknown"),
    ],
)
def test_a_container_that_is_missing_or_not_known_is_refused(mutate: Mutation):
    definitions = copy.deepcopy(DEFINITIONS)
    mutate(definitions)
    with pytest.raises(ValueError, match=r"Container|containers\.json"):
        load_specs(json.dumps(definitions))


@pytest.mark.parametrize("key", ["id", "partitionKey", "indexingPolicy", "defaultTtl"])
def test_a_definition_that_lacks_something_is_refused(key):
    definitions = copy.deepcopy(DEFINITIONS)
    del definitions[0][key]
    with pytest.raises(KeyError, match=key):
        load_specs(json.dumps(definitions))


@pytest.mark.parametrize("definition", DEFINITIONS, ids=named)
def test_a_definition_has_nothing_that_its_readers_would_ignore(definition):
    """`cosmos.bicep` and `ContainerSpec` take these four apart, and know no others."""
    assert set(definition) == {"id", "partitionKey", "indexingPolicy", "defaultTtl"}


@pytest.mark.parametrize("definition", DEFINITIONS, ids=named)
def test_every_part_of_the_partition_key_is_indexed(definition):
    for path in definition["partitionKey"]["paths"]:
        assert f"{path}/?" in indexed(definition)


@pytest.mark.parametrize("definition", DEFINITIONS, ids=named)
def test_the_store_makes_a_container_exactly_as_the_infrastructure_does(
    definition, cosmos_account, cosmos_server
):
    with CosmosClient(cosmos_server.url, cosmos_server.key) as client:
        database = client.get_database_client(cosmos_account.database)
        made = database.get_container_client(named(definition)).read()
    assert {key: made[key] for key in definition} == definition
