"""Loads YAML files as `az ml` does, with Azure's own SDK; runs in the checkers' environment.

Standard input: a JSON list of [kind, path, overrides]. Standard output: for each, what was loaded,
as text, or {"error": …}.
"""

import json
import logging
import sys
from typing import Any

from azure.ai.ml import load_environment, load_model, load_online_deployment

_LOADERS = {
    "deployment": load_online_deployment,
    "environment": load_environment,
    "model": load_model,
}


def load(kind: str, path: str, overrides: dict[str, str]) -> dict[str, Any]:
    """What the loader makes of a file, with `--set` as the command line hands it on."""
    changes = [{name: value} for name, value in overrides.items()]
    try:
        loaded = _LOADERS[kind](path, params_override=changes)
    except Exception as error:
        return {"error": str(error)}
    shown = {
        "deployment": ("name", "endpoint_name", "model", "environment", "instance_count", "tags"),
        "environment": ("name", "version"),
        "model": ("name", "version", "tags", "type"),
    }[kind]
    found = {name: getattr(loaded, name) for name in shown}
    if kind == "deployment":
        found["environment_variables"] = dict(loaded.environment_variables)
    return found


logging.disable(logging.CRITICAL)
results = [load(*each) for each in json.load(sys.stdin)]
json.dump(results, sys.stdout)
