"""The smoke test of a deployment: one line per check, exit status 0 when all pass, else 1.

The API key is the environment's OPAL_API_KEY, never an argument. A fresh deployment starts slowly,
so health, readiness and description are asked again until `--wait` seconds have passed in all.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from release.checks import CheckFailed, check_description, check_health, check_readiness
from release.photo import check_photo

_PAUSE_S = 2.0


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the checks in order, up to the first that fails."""
    given = _parser().parse_args(arguments)
    url, key = str(given.url).rstrip("/"), environment.get("OPAL_API_KEY", "")
    deadline = time.monotonic() + given.wait
    checks: dict[str, Callable[[], str]] = {
        "healthz": lambda: _patiently(lambda: check_health(url), deadline),
        "readyz": lambda: _patiently(lambda: check_readiness(url), deadline),
    }
    if not given.quick:
        if not key:
            print("FAIL  key: OPAL_API_KEY is not set")
            return 1
        checks["openapi"] = lambda: _patiently(lambda: check_description(url), deadline)
        checks["photo"] = lambda: check_photo(url, key, given.limit, given.event_limit)
    for name, check in checks.items():
        try:
            print(f"ok    {name}: {check()}", flush=True)
        except CheckFailed as failed:
            print(f"FAIL  {name}: {failed}", flush=True)
            return 1
    return 0


def _patiently(check: Callable[[], str], deadline: float) -> str:
    while True:
        try:
            return check()
        except CheckFailed:
            if time.monotonic() + _PAUSE_S > deadline:
                raise
            time.sleep(_PAUSE_S)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m release.smoke", description=__doc__)
    parser.add_argument("--url", required=True, help="address of the API")
    parser.add_argument("--quick", action="store_true", help="health and readiness only; no key")
    parser.add_argument("--wait", type=float, default=300, help="seconds until it is ready (300)")
    parser.add_argument("--limit", type=float, default=600, help="seconds for the photo (600)")
    # Less than OPAL_SWEEP_GRACE (a minute): after that the sweeper may have brought it in.
    parser.add_argument(
        "--event-limit", type=float, default=50, help="seconds for storage's event (50)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
