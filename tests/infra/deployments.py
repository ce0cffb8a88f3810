"""The whole deployment worked out, for each of the choices that change what is deployed."""

import itertools
from functools import cache
from pathlib import Path

from tests.infra.bicep.evaluation import Deployment, deploy
from tests.infra.bicep.made import Made

BASE = {
    "AZURE_ENV_NAME": "check",
    "AZURE_LOCATION": "westeurope",
    "AZURE_PRINCIPAL_ID": "deployer",
    "AZURE_PRINCIPAL_TYPE": "User",
    "OPAL_ALERT_EMAIL": "someone@example.org",
    "OPAL_BUDGET_START": "2026-12-01",
    "OPAL_CORS_ORIGINS": "https://shop.example.org",
}
CHOICES = {
    "OPAL_TIER": ("dev", "prod"),
    "OPAL_DURABLE_BACKEND": ("scheduler", "storage"),
    "OPAL_VNET": ("false", "true"),
    "OPAL_MOLLIE": ("false", "true"),
    "OPAL_SCHEDULER_SKU": ("Consumption", "Dedicated"),
    "OPAL_COSMOS_CAPACITY": ("Serverless", "Autoscale"),
}
Choice = tuple[tuple[str, str], ...]


def _choice(tier: int, backend: int, network: int) -> Choice:
    picked = (tier, backend, network, tier ^ backend, tier ^ network, backend ^ network)
    return tuple((name, CHOICES[name][at]) for name, at in zip(CHOICES, picked, strict=True))


FULL = _choice(1, 0, 1)
"""The one with the most in it: prod, on the scheduler, in a network, with payments."""


def choices() -> list[Choice]:
    """Eight of all combinations, in which any two choices meet in every way."""
    return [_choice(*picked) for picked in itertools.product((0, 1), repeat=3)]


def what_is_common(found: list[Choice]) -> str:
    """What a problem's choices have in common: `always`, or the choices that it depends on."""
    same = set.intersection(*map(set, found))
    return ", ".join(f"{name}={value}" for name, value in sorted(same)) or "always"


@cache
def deployment(root: Path, choice: Choice = FULL) -> Deployment:
    """What `azd provision` deploys."""
    return deploy(root.resolve() / "infra" / "main.bicepparam", {**BASE, **dict(choice)})


@cache
def made(root: Path, choice: Choice = FULL) -> tuple[Made, ...]:
    """Every resource and registry module of that, existing ones too."""
    return tuple(deployment(root, choice).made())


@cache
def second_stage(root: Path) -> tuple[Made, ...]:
    """What `infra/events.bicep` deploys."""
    names = {"functionAppName": "app", "topicName": "topic", "photosName": "photos"}
    return tuple(Deployment(root.resolve() / "infra" / "events.bicep", names, {}).made())


@cache
def scaling(root: Path) -> tuple[Made, ...]:
    """What `infra/scaling.bicep` deploys for a GPU."""
    names = {"workspaceName": "workspace", "endpointName": "endpoint", "deploymentName": "blue"}
    given = {**names, "tier": "gpu", "location": BASE["AZURE_LOCATION"]}
    return tuple(Deployment(root.resolve() / "infra" / "scaling.bicep", given, {}).made())


def of_type(resources: tuple[Made, ...], target: str) -> list[Made]:
    """The resources of one type that are made, not only referred to."""
    return [each for each in resources if each.target == target and not each.is_existing]
