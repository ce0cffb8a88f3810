"""The function app's triggers and bindings, as the Functions host reads them."""

from functools import cache
from typing import Any

from tests.telemetry.fresh_app import fresh_app


@cache
def bindings() -> dict[str, tuple[dict[str, Any], ...]]:
    """What each function is bound to, its trigger first."""
    return {
        function.get_function_name(): (
            function.get_trigger().get_dict_repr(),
            *(binding.get_dict_repr() for binding in function.get_bindings()),
        )
        for function in fresh_app().get_functions()
    }
