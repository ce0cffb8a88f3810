"""What is kept where: containers of the store and of blobs, as the code knows them."""

import json
from pathlib import Path

from opal import names
from opal.state.containers import SPECS
from tests.infra.checks.app_settings import settings_of
from tests.infra.deployments import FULL, made, of_type

_COSMOS = "Microsoft.DocumentDB/databaseAccounts/sqlDatabases"
_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers"


def cosmos(root: Path) -> list[str]:
    """Containers that are missing, too many, or other than the store expects them."""
    found = {}
    for each in of_type(made(root), f"{_COSMOS}/containers"):
        resource = each.body["properties"]["resource"]
        found[resource["id"]] = resource
    problems = [
        f"infra/app/cosmos.bicep: the containers are {sorted(found)}, not the store's"
        for expected in [sorted(spec.name for spec in SPECS)]
        if sorted(found) != expected
    ]
    for spec in SPECS:
        resource = found.get(spec.name, {})
        key = resource.get("partitionKey", {})
        is_hierarchical = len(spec.partition_key) > 1
        wanted = {
            "partition key": (tuple(key.get("paths", ())), spec.partition_key),
            "kind of key": (key.get("kind"), "MultiHash" if is_hierarchical else "Hash"),
            "version of key": (key.get("version"), 2),
            "indexing policy": (resource.get("indexingPolicy"), spec.indexing_policy),
            "time to live": (resource.get("defaultTtl"), spec.default_ttl),
        }
        problems += [
            f"infra/app/cosmos.bicep: {spec.name}: the {what} is {json.dumps(is_)}, not the store's"
            for what, (is_, expected) in wanted.items()
            if is_ != expected
        ]
    return problems


def database(root: Path) -> list[str]:
    """The database's name where it is made, where it is set, and where it is asked for."""
    (made_one,) = of_type(made(root), _COSMOS)
    is_set = settings_of(root, FULL)["OPAL_COSMOS_DATABASE"]
    return (
        [] if made_one.body.get("name") == is_set else ["OPAL_COSMOS_DATABASE is another database"]
    )


def blobs(root: Path) -> list[str]:
    """Containers of the photos account other than those that the code uses."""
    code = {names.RAW, names.WORK, names.OUTPUTS, names.DEAD_LETTERS}
    infra = {
        each.name.split("/")[-1]
        for each in of_type(made(root), _BLOBS)
        if each.file.name == "photos.bicep"
    }
    problems = [f"infra/app/photos.bicep: no container {name}" for name in sorted(code - infra)]
    return problems + [
        f"infra/app/photos.bicep: the container {name} is used by nothing"
        for name in sorted(infra - code)
    ]


def lifecycle(root: Path) -> list[str]:
    """Rules that delete anything but old work and old dead letters, or work that is waited for."""
    problems = []
    kept_days = float(settings_of(root, FULL)["OPAL_REVIEW_TIMEOUT"]) / 86_400
    (policy,) = of_type(made(root), "Microsoft.Storage/storageAccounts/managementPolicies")
    for rule in policy.body["properties"]["policy"]["rules"]:
        told = f"infra/app/photos.bicep: {rule['name']} deletes"
        prefixes = rule["definition"]["filters"].get("prefixMatch", [""])
        known = (f"{names.WORK}/", f"{names.DEAD_LETTERS}/")
        problems += [f"{told} in '{prefix}'" for prefix in prefixes if prefix not in known]
        after = rule["definition"]["actions"]["baseBlob"]["delete"]
        if after["daysAfterModificationGreaterThan"] <= kept_days:
            problems.append(f"{told} what waits for a person")
    return problems


def local_auth(root: Path) -> list[str]:
    """Accounts that somebody with a key may enter."""
    closed = {
        "Microsoft.Storage/storageAccounts": ("allowSharedKeyAccess", False),
        "Microsoft.DocumentDB/databaseAccounts": ("disableLocalAuth", True),
    }
    problems = [
        f"{each.file.name}: {each.declared.symbol} must say {name}: {str(value).lower()}"
        for target, (name, value) in closed.items()
        for each in of_type(made(root), target)
        if each.body["properties"].get(name) is not value
    ]
    return problems + [
        f"{each.file.name}: Application Insights must say disableLocalAuth: true"
        for each in of_type(made(root), "br/public:avm/res/insights/component")
        if each.body.get("disableLocalAuth") is not True
    ]
