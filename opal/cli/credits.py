"""`credits grant`: credits that the operator gives, in the app's store."""

import argparse
from datetime import UTC, datetime

from opal.cli.arguments import Commands, Parser
from opal.cli.operator import app_store
from opal.cli.surroundings import Surroundings
from opal.credits.accounts import balance
from opal.credits.grants import grant
from opal.names import require_tenant

_ABOUT = "Works on the app's store, with the app's settings, and needs no API."


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the command."""
    group = commands.add_parser("credits", help="grant credits (operator)", description=_ABOUT)
    actions = group.add_subparsers(required=True, metavar="ACTION")
    parser = actions.add_parser("grant", parents=[shape], help="give credits, or take them back")
    add = parser.add_argument
    add("--tenant", required=True)
    add("--amount", type=int, required=True, help="credits; below zero takes back")
    add("--ref", required=True, help="names the grant: the same again gives nothing again")
    add("--reason", default="", help="words for the ledger")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Enter the grant, once."""
    with app_store(here) as (store, settings):
        entry = grant(
            store,
            settings,
            require_tenant(arguments.tenant),
            arguments.amount,
            arguments.ref,
            arguments.reason,
            datetime.now(UTC),
        )
        left = balance(store, entry.tenant_id)
    if arguments.json:
        here.show_json({"entry": entry.dump(), "balance": left.dump()})
    else:
        here.say(f"{entry.available:+} credits; {entry.tenant_id} has {left.available} now.")
    return 0
