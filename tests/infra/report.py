"""Tells what is wrong with the infrastructure: `python -m tests.infra.report`."""

import sys
from collections.abc import Callable

from tests.infra.bicep.scope import CannotEvaluate
from tests.infra.checks import (
    app_settings,
    bodies,
    environment,
    evaluated,
    events,
    hooks,
    loaded_files,
    manual,
    modules,
    parameter_files,
    registry,
    resource_properties,
    resource_types,
    roles,
    secrets,
    storage,
    symbols,
    syntax,
)
from tests.infra.sources import ROOT

Check = Callable[..., list[str]]
CHECKS: tuple[Check, ...] = (
    *(syntax.not_bicep, syntax.undescribed),
    bodies.wrong,
    *(symbols.undeclared, symbols.unused, symbols.duplicated),
    *(modules.missing, modules.parameters, modules.outputs),
    *(evaluated.not_worked_out, evaluated.deployment_names, evaluated.resource_names),
    *(evaluated.locations, evaluated.constraints),
    *(loaded_files.missing, parameter_files.wrong),
    *(registry.wrong, registry.idle, resource_types.wrong, resource_types.idle),
    *(resource_properties.wrong, resource_properties.idle),
    *(app_settings.names, app_settings.values, app_settings.secrets),
    *(storage.cosmos, storage.database, storage.blobs, storage.lifecycle, storage.local_auth),
    *(events.subscription, events.task_hub),
    *(roles.unexplained, roles.untyped, roles.reasons, roles.differences),
    *(secrets.listed, secrets.written, secrets.handed_out),
    *(environment.outputs, environment.inputs, environment.hooks),
    *(hooks.templates, manual.choices),
)


def name_of(check: Check) -> str:
    """What a check is called."""
    return f"{check.__module__.rpartition('.')[2]}.{check.__name__}"


def main() -> int:
    """Print every problem; 1 if there is any."""
    count = 0
    for check in CHECKS:
        try:
            problems = check(ROOT)
        except CannotEvaluate as error:
            problems = [f"can't be worked out: {error}"]
        count += len(problems)
        print(*(f"{name_of(check)}: {problem}" for problem in problems), sep="\n", end="")
        print(end="\n" if problems else "")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
