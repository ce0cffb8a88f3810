"""Models and environments, which Azure ML registers in versions."""

from tests.hooks.call import Call, Refused

Pairs = dict[str, str]
Versions = dict[str, Pairs]


def register(known: Versions, call: Call) -> None:
    """Keep a version with what `--set` says of it."""
    (version,) = call.options["--version"]
    known[version] = pairs(call.options.get("--set", []))


def registered(known: Versions, call: Call) -> Pairs:
    """A version that was kept."""
    (version,) = call.options["--version"]
    if version not in known:
        raise Refused(f"(UserError) version {version} was not found")
    return known[version]


def pairs(texts: list[str]) -> Pairs:
    """What `NAME=VALUE` says, each."""
    return dict(text.split("=", 1) for text in texts)
