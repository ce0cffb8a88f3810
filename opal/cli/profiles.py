"""`profiles list|show|set|delete`: brand profiles.

`show` writes the JSON that `set` reads.
"""

import argparse
import sys
from pathlib import Path

from pydantic import ValidationError

from opal.cli.arguments import Commands, Parser
from opal.cli.connection import connect
from opal.cli.errors import MISUSED, CliError
from opal.cli.surroundings import Surroundings
from opal.client import ApiError, OpalClient
from opal.profiles.documents import NewProfile, Profile, ProfileRequest

_STORED = {"kind", "tenant_id", "created_at", "updated_at", "ttl"}


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the commands."""
    group = commands.add_parser("profiles", help="brand profiles").add_subparsers(
        required=True, metavar="ACTION"
    )
    listing = group.add_parser("list", parents=[api, shape], help="list them")
    listing.set_defaults(run=run_list)
    show = group.add_parser("show", parents=[api], help="one of them, as JSON for `set`")
    show.add_argument("profile", metavar="ID")
    show.set_defaults(run=run_show)
    put = group.add_parser("set", parents=[api], help="create or replace one, from JSON")
    put.add_argument("file", metavar="FILE", help="a JSON file, or - for standard input")
    put.add_argument("--id", help="which one; the file's own `id` if this is not given")
    put.set_defaults(run=run_set)
    delete = group.add_parser("delete", parents=[api], help="remove one")
    delete.add_argument("profile", metavar="ID")
    delete.set_defaults(run=run_delete)


def run_list(arguments: argparse.Namespace, here: Surroundings) -> int:
    """List the profiles."""
    with connect(arguments, here.environment) as client:
        profiles = list(client.list_profiles())
    if arguments.json:
        here.show_json([profile.dump() for profile in profiles])
    elif profiles:
        rows: list[tuple[object, ...]] = [_row(profile) for profile in profiles]
        here.show_table(("id", "name", "scenes", "exports"), rows)
    else:
        here.note("There are no brand profiles.")
    return 0


def run_show(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Show one profile."""
    with connect(arguments, here.environment) as client:
        profile = client.get_profile(arguments.profile).profile
    here.show_json(profile.model_dump(mode="json", exclude=_STORED, exclude_none=True))
    return 0


def run_set(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Create a profile or replace the one that is there."""
    new = _read(arguments.file, arguments.id)
    with connect(arguments, here.environment) as client:
        profile = _set(client, new)
    here.say(profile.id)
    return 0


def run_delete(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Remove a profile; one that is not there is removed already."""
    with connect(arguments, here.environment) as client:
        client.delete_profile(arguments.profile)
    return 0


def _set(client: OpalClient, new: NewProfile) -> Profile:
    if new.id is not None:
        fields = new.model_dump(exclude={"id"}, exclude_unset=True)
        try:
            return client.replace_profile(new.id, ProfileRequest.parse(fields)).profile
        except ApiError as error:
            if error.code != "profile_missing":
                raise
    return client.create_profile(new).profile


def _read(file: str, profile_id: str | None) -> NewProfile:
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    try:
        new = NewProfile.model_validate_json(text)
        return NewProfile.parse({**new.dump(), "id": profile_id or new.id})
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or file
        raise CliError(f"{field}: {first['msg']}", MISUSED) from None


def _row(profile: Profile) -> tuple[object, ...]:
    scenes = [scene if isinstance(scene, str) else scene.prompt for scene in profile.scenes]
    looks = ", ".join(scenes) or (profile.placement_style or "")
    return (profile.id, profile.name, looks, ", ".join(profile.exports))
