"""`cancel JOB` and `retry JOB [ITEM]`."""

import argparse

from opal.cli.arguments import Commands, Parser
from opal.cli.connection import connect
from opal.cli.errors import FAILED, reason
from opal.cli.following import said
from opal.cli.surroundings import Surroundings, counted
from opal.client import ApiError
from opal.documents import ItemStatus


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the commands."""
    cancel = commands.add_parser(
        "cancel", parents=[api, shape], help="cancel what is not finished of a job"
    )
    cancel.add_argument("job", metavar="JOB")
    cancel.set_defaults(run=run_cancel)
    retry = commands.add_parser("retry", parents=[api, shape], help="make what failed again")
    retry.add_argument("job", metavar="JOB")
    retry.add_argument(
        "item", metavar="ITEM", nargs="?", help="one photo, even a canceled one; else all failed"
    )
    retry.set_defaults(run=run_retry)


def run_cancel(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Cancel a job."""
    with connect(arguments, here.environment) as client:
        job = client.cancel_job(arguments.job)
    if arguments.json:
        here.show_json(job.dump())
    else:
        here.say(f"{job.job_id} is being canceled: {said(job)}")
    return 0


def run_retry(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Queue failed photos again; those that can't be are named with the reason."""
    retried: list[str] = []
    refused: dict[str, str] = {}
    with connect(arguments, here.environment) as client:
        wanted = [arguments.item] if arguments.item else None
        for item_id in wanted or [
            item.item_id for item in client.items(arguments.job, ItemStatus.FAILED)
        ]:
            try:
                retried.append(client.retry_item(arguments.job, item_id).item_id)
            except ApiError as error:
                if error.status != 409 or wanted:
                    raise
                refused[item_id] = reason(error)
    for item_id, why in refused.items():
        here.note(f"{item_id}: {why}")
    if arguments.json:
        here.show_json({"retried": retried, "refused": refused})
    else:
        here.say(f"{counted(len(retried), 'photo')} of {arguments.job} made again.")
    return FAILED if refused else 0
