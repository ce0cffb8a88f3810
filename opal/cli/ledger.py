"""`ledger`: the balance, and what changed it."""

import argparse
from itertools import islice

from opal.api.billing import EntryView
from opal.cli.arguments import Commands, Parser, at_least
from opal.cli.connection import connect
from opal.cli.surroundings import Surroundings, local_time


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the command."""
    parser = commands.add_parser("ledger", parents=[api, shape], help="credits, and their history")
    parser.add_argument(
        "--limit", type=at_least(1), default=20, metavar="N", help="the newest N entries (20)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Show balance and entries."""
    with connect(arguments, here.environment) as client:
        balance = client.balance()
        entries = list(islice(client.ledger(), arguments.limit))
    if arguments.json:
        here.show_json({"balance": balance.dump(), "entries": [e.dump() for e in entries]})
        return 0
    here.say(f"{balance.available} credits, and {balance.held} held for photos under way")
    if entries:
        here.show_table(("when", "what", "credits", "about"), [_row(entry) for entry in entries])
    return 0


def _row(entry: EntryView) -> tuple[object, ...]:
    return (
        local_time(entry.created_at),
        entry.reason.value,
        f"{entry.available:+}",
        entry.note or entry.ref,
    )
