"""`keys create|list|revoke`: API keys, in the app's store."""

import argparse
from datetime import UTC, datetime

from opal.cli.arguments import Commands, Parser
from opal.cli.operator import app_store
from opal.cli.surroundings import Surroundings
from opal.keys import ApiKey, Role, create_key, list_keys, revoke_key

_ABOUT = "Works on the app's store, with the app's settings, and needs no API."


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the commands."""
    group = commands.add_parser("keys", help="API keys (operator)", description=_ABOUT)
    actions = group.add_subparsers(required=True, metavar="ACTION")
    tenant = argparse.ArgumentParser(add_help=False)
    tenant.add_argument("--tenant", required=True)
    create = actions.add_parser("create", parents=[tenant, shape], help="make one; shown once")
    create.add_argument(
        "--role", type=Role, choices=list(Role), default=Role.WRITE, help="what it may do (write)"
    )
    create.add_argument("--name", default="", help="what it is for")
    create.set_defaults(run=run_create)
    listing = actions.add_parser("list", parents=[tenant, shape], help="all of a tenant")
    listing.set_defaults(run=run_list)
    revoke = actions.add_parser("revoke", parents=[tenant, shape], help="end one")
    revoke.add_argument("key_id", metavar="KEY_ID", help="as `keys list` shows it")
    revoke.set_defaults(run=run_revoke)


def run_create(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Make a key; its text is all that goes to standard output."""
    with app_store(here) as (store, _):
        key, text = create_key(
            store, arguments.tenant, arguments.role, arguments.name, datetime.now(UTC)
        )
    if arguments.json:
        here.show_json({**_shown(key), "key": text})
    else:
        here.note(f"Key {key.key_id} ({key.role.value}) of {key.tenant_id}. It is shown only now.")
        here.say(text)
    return 0


def run_list(arguments: argparse.Namespace, here: Surroundings) -> int:
    """List a tenant's keys."""
    with app_store(here) as (store, _):
        keys = list_keys(store, arguments.tenant)
    if arguments.json:
        here.show_json([_shown(key) for key in keys])
    elif keys:
        titles = ("key_id", "role", "name", "created_at", "revoked_at")
        here.show_table(titles, [tuple(_shown(key)[title] for title in titles) for key in keys])
    else:
        here.note(f"{arguments.tenant} has no keys.")
    return 0


def run_revoke(arguments: argparse.Namespace, here: Surroundings) -> int:
    """End a key, at once."""
    with app_store(here) as (store, _):
        key = revoke_key(store, arguments.tenant, arguments.key_id, datetime.now(UTC))
    if arguments.json:
        here.show_json(_shown(key))
    else:
        here.say(f"Key {key.key_id} of {key.tenant_id} is revoked.")
    return 0


def _shown(key: ApiKey) -> dict[str, object]:
    return key.model_dump(
        mode="json", include={"tenant_id", "key_id", "name", "role", "created_at", "revoked_at"}
    )
