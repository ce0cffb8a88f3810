"""`status [JOB]`: how far the tenant's jobs are, or one of them with its photos."""

import argparse
from itertools import islice

from opal.api.jobs import ItemView, JobSummary, JobView
from opal.cli.arguments import Commands, Parser, at_least
from opal.cli.connection import connect
from opal.cli.following import said
from opal.cli.surroundings import Surroundings, local_time
from opal.documents import ItemStatus


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the command."""
    parser = commands.add_parser("status", parents=[api, shape], help="how far jobs are")
    parser.add_argument("job", metavar="JOB", nargs="?", help="one job, with its photos")
    parser.add_argument(
        "--limit", type=at_least(1), default=20, metavar="N", help="list the newest N jobs (20)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Show one job or the newest."""
    with connect(arguments, here.environment) as client:
        if arguments.job:
            job = client.whole_job(arguments.job)
            if arguments.json:
                here.show_json(job.dump())
            else:
                _show_job(here, job)
            return 0
        jobs = list(islice(client.list_jobs(), arguments.limit))
    if arguments.json:
        here.show_json([job.dump() for job in jobs])
    elif jobs:
        here.show_table(("job", "status", "created"), [_row(job) for job in jobs])
    else:
        here.note("There are no jobs.")
    return 0


def _row(job: JobSummary) -> tuple[object, ...]:
    return (job.job_id, said(job), local_time(job.created_at))


def _show_job(here: Surroundings, job: JobView) -> None:
    here.say(f"{job.job_id}: {said(job)}, created {local_time(job.created_at)}")
    if job.error is not None:
        here.say(f"  {job.error.message} ({job.error.code})")
    titles = ("item", "photo", "status", "files", "trouble")
    here.show_table(titles, [_item_row(item) for item in job.items])
    for ignored in job.ignored:
        here.say(f"ignored: {ignored.filename}: {ignored.reason}")


def _item_row(item: ItemView) -> tuple[object, ...]:
    status = f"{item.status.value}, {item.stage.value}" if item.stage else item.status.value
    trouble = f"{item.error.message} ({item.error.code})" if item.error else ""
    if item.status is ItemStatus.REVIEW and item.review is not None:
        trouble = "; ".join(item.review.reasons)
    return (item.item_id, item.filename, status, len(item.outputs) or "", trouble)
