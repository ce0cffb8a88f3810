"""Reads the command line and runs one command."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from opal.cli import credits, download, jobs, keys, ledger, profiles, reviews, status, submit
from opal.cli.doctor import command as doctor
from opal.cli.errors import EXPECTED, INTERRUPTED, told
from opal.cli.surroundings import Surroundings, console

_COMMANDS = (submit, status, download, jobs, reviews, profiles, ledger, keys, credits, doctor)
_ABOUT = """\
The API is at --url or OPAL_URL (http://127.0.0.1:7071 if there is neither), its key is --key or
OPAL_API_KEY, or that of the local stack. Others on this machine can see a command's --key.
"""
_STATUSES = """\
Exit status: 0 done; 1 refused, failed or wrong; 2 wrong command or configuration; 3 the service
does not answer; 4 nothing moves but photos that wait for a person; 130 interrupted.
"""


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a command; answers the exit status."""
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as wanted:
        return int(wanted.code or 0)
    here = Surroundings(environment, Path.cwd(), console(sys.stdout), console(sys.stderr))
    try:
        return int(given.run(given, here))
    except BrokenPipeError:
        return 0
    except EXPECTED as error:
        text, exit_status = told(error)
        here.note(f"error: {text}")
        return exit_status
    except KeyboardInterrupt:
        here.note("Stopped.")
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m opal",
        description=_ABOUT,
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    api = argparse.ArgumentParser(add_help=False)
    api.add_argument("--url", help="address of the API (OPAL_URL)")
    api.add_argument("--key", help="API key (OPAL_API_KEY)")
    shape = argparse.ArgumentParser(add_help=False)
    shape.add_argument("--json", action="store_true", help="answer JSON, for programs")
    for command in _COMMANDS:
        command.register(commands, api, shape)
    return parser
