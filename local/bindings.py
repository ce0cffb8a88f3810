"""Reads a function app: every function, its trigger, and the bindings that the host must fill.

A binding that the host does not know is refused by name at start: a function that is silently
not served would be found out in production.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TRIGGERS = frozenset(
    {"httpTrigger", "timerTrigger", "blobTrigger", "orchestrationTrigger", "activityTrigger"}
)
COMPANIONS = frozenset({"http", "durableClient"})


class UnsupportedBinding(Exception):
    """The app uses a binding that this host does not serve."""


@dataclass(frozen=True)
class Function:
    """A function of the app: its trigger's settings by their function.json names."""

    name: str
    call: Callable[..., Any]
    trigger_type: str
    trigger: dict[str, Any]
    client_names: tuple[str, ...]

    @property
    def argument(self) -> str:
        """The parameter that receives the trigger's payload."""
        return str(self.trigger["name"])

    @property
    def is_async(self) -> bool:
        """True when calling the function gives a coroutine."""
        return inspect.iscoroutinefunction(self.call)


def read_functions(app: Any) -> list[Function]:
    """All functions of an app; raises `UnsupportedBinding` naming function and binding."""
    return [_read(function) for function in app.get_functions()]


def _read(function: Any) -> Function:
    name = function.get_function_name()
    trigger: dict[str, Any] | None = None
    clients: list[str] = []
    for binding in function.get_bindings():
        if binding.type in TRIGGERS:
            trigger = dict(binding.get_dict_repr())
        elif binding.type == "durableClient":
            clients.append(binding.name)
        elif binding.type not in COMPANIONS:
            raise UnsupportedBinding(
                f"function {name!r} has a binding of type {binding.type!r},"
                " which the local host does not serve"
            )
    if trigger is None:
        raise UnsupportedBinding(f"function {name!r} has no trigger")
    call = function.get_user_function()
    return Function(name, call, trigger["type"], trigger, tuple(clients))
