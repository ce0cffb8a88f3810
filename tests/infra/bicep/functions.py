"""The functions of Bicep that OPAL's files call, and the names of all others."""

import base64
import json
from collections.abc import Callable
from functools import reduce
from typing import Any

from tests.infra.bicep.values import Unknown, Value, fingerprint, shown

# What only Azure knows: where and when the deployment runs, and what is there already.
PLACES = {
    *("deployer", "deployment", "extensionResourceId", "listKeys", "managementGroup", "newGuid"),
    *("managementGroupResourceId", "reference", "resourceGroup", "resourceId", "subscription"),
    *("subscriptionResourceId", "tenant", "tenantResourceId", "utcNow"),
}
# What the evaluation itself answers, because it needs the files or the environment.
CONTEXTUAL = {"loadJsonContent", "loadTextContent", "loadYamlContent", "readEnvironmentVariable"}
# The others that Bicep has; `KNOWN` gets them when a file needs them.
OTHERS = {
    *("any", "base64ToJson", "base64ToString", "buildUri", "cidrHost", "cidrSubnet", "dataUri"),
    *("dataUriToString", "dateTimeAdd", "dateTimeFromEpoch", "dateTimeToEpoch", "externalInput"),
    *("fail", "getSecret", "groupBy", "indexOf", "intersection", "lastIndexOf", "listAccountSas"),
    *("listServiceSas", "loadDirectoryFileInfo", "loadFileAsBase64", "nameof", "padLeft"),
    *("parseCidr", "parseUri", "pickZones", "providers", "shallowMerge", "skip", "sort", "tryGet"),
    *("toLogicalZone", "toLogicalZones", "toPhysicalZone", "toPhysicalZones", "uri"),
    *("uriComponent", "uriComponentToString"),
}
_SUFFIXES = {
    "storage": "core.windows.net",
    "keyvaultDns": ".vault.azure.net",
    "acrLoginServer": ".azurecr.io",
}


def _union(*values: Value) -> Value:
    if isinstance(values[0], list):
        return reduce(lambda left, right: left + [v for v in right if v not in left], values)
    return reduce(_merged, values)


def _merged(left: dict[str, Value], right: dict[str, Value]) -> dict[str, Value]:
    merged = dict(left)
    for key, value in right.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _concat(*values: Value) -> Value:
    if isinstance(values[0], list):
        return [item for value in values for item in value]
    return "".join(map(shown, values))


def _contains(whole: Value, part: Value) -> bool:
    return part in whole


def _replace(text: str, old: str, new: str) -> str:
    """Bicep would say nothing of a text that is not there, and leave all as it is."""
    if old not in text:
        raise ValueError(f"there is no {old} to replace")
    return text.replace(old, new)


def _format(text: str, *values: Value) -> str:
    return text.format(*map(shown, values))


def _string(value: Value) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else shown(value)


def _bool(value: Value) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in ("true", "1")


def _items(value: dict[str, Value]) -> list[dict[str, Value]]:
    return [{"key": key, "value": value[key]} for key in sorted(value)]


def _to_object(items: list[Value], key: Callable[..., Value], value: Any = None) -> Value:
    return {key(item): value(item) if value else item for item in items}


def _substring(text: str, start: int, length: int | None = None) -> str:
    return text[start:] if length is None else text[start : start + length]


def _split(text: str, at: Value) -> list[str]:
    for other in at[1:] if isinstance(at, list) else []:
        text = text.replace(other, at[0])
    return text.split(at[0] if isinstance(at, list) else at)


KNOWN: dict[str, Callable[..., Value]] = {
    "array": lambda value: value if isinstance(value, list) else [value],
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "bool": _bool,
    "coalesce": lambda *values: next((v for v in values if v is not None), None),
    "concat": _concat,
    "contains": _contains,
    "empty": lambda value: value is None or len(value) == 0,
    "endsWith": lambda text, end: text.lower().endswith(end.lower()),
    "environment": lambda: {
        "suffixes": _SUFFIXES,
        "resourceManager": "https://management.azure.com/",
        "name": "AzureCloud",
        "authentication": Unknown("authentication"),
    },
    "filter": lambda items, keep: [item for item in items if keep(item)],
    "first": lambda values: values[0] if values else None,
    "flatten": lambda lists: [item for items in lists for item in items],
    "format": _format,
    "guid": lambda *parts: fingerprint(parts, 32),
    "int": int,
    "items": _items,
    "join": lambda values, glue: glue.join(map(shown, values)),
    "json": json.loads,
    "last": lambda values: values[-1] if values else None,
    "length": len,
    "map": lambda items, function: [function(item, n) for n, item in enumerate(items)],
    "mapValues": lambda value, function: {key: function(item) for key, item in value.items()},
    "max": lambda *values: max(values[0] if isinstance(values[0], list) else values),
    "min": lambda *values: min(values[0] if isinstance(values[0], list) else values),
    "objectKeys": lambda value: sorted(value),
    "range": lambda start, count: list(range(start, start + count)),
    "reduce": lambda items, first, function: reduce(function, items, first),
    "replace": _replace,
    "split": _split,
    "startsWith": lambda text, start: text.lower().startswith(start.lower()),
    "string": _string,
    "substring": _substring,
    "take": lambda values, count: values[:count],
    "toLower": lambda text: type(text)(text.lower()),
    "toObject": _to_object,
    "toUpper": lambda text: text.upper(),
    "trim": lambda text: text.strip(),
    "union": _union,
    "uniqueString": lambda *parts: fingerprint(parts),
}
NAMES = {*KNOWN, *PLACES, *CONTEXTUAL, *OTHERS}
