"""`submit FOLDER`: photos to the service, and their results back."""

import argparse
from pathlib import Path

from pydantic import ValidationError

from opal.api.jobs import MAX_ITEMS, NewItem, NewJob
from opal.cli.arguments import Commands, Parser, at_least
from opal.cli.connection import connect, connection_of
from opal.cli.download import fetch_all
from opal.cli.errors import FAILED, INTERRUPTED, MISUSED, CliError
from opal.cli.following import follow_all, report
from opal.cli.sending import Sent, send
from opal.cli.submission import Wishes
from opal.cli.submission_file import opened
from opal.cli.surroundings import Surroundings, counted
from opal.client import OpalClient
from opal.client.retrying import Patience
from opal.job_options import JobOptions

_ABOUT = """\
Uploads the photos of a folder (not of its subfolders). Run it again after anything went wrong, or
after you have added photos: only what the service does not have goes up, and only what is new is
paid for. A photo is known by its name and its content.
"""
_OPTIONS = {
    "scenes": "--scene",
    "exports": "--preset",
    "lighting": "--lighting",
    "brand_profile_id": "--profile",
    "budget": "--budget",
}
_ANY_PHOTO = NewItem(filename="photo.jpg")


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "submit", parents=[api, shape], help="upload a folder's photos", description=_ABOUT
    )
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER")
    add("--profile", metavar="ID", help="brand profile")
    add("--scene", action="append", help="a scene; may be given several times")
    add("--prompt", action="append", metavar="TEXT", help="a scene in words; several times too")
    add("--lighting", help="the light of all scenes, such as golden")
    add("--preset", action="append", help="an export preset; may be given several times")
    add("--budget", type=at_least(0), help="the most credits that what is new may cost")
    add("--parallel", type=at_least(1), default=4, metavar="N", help="uploads at once (4)")
    add("--watch", action="store_true", help="wait until all is final")
    add("--out", type=Path, metavar="DIR", help="wait, then download to DIR")
    add("--again", action="store_true", help="submit, and pay for, all photos once more")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, here: Surroundings, per_job: int = MAX_ITEMS) -> int:
    """Submit; watch and download if that is asked for. `per_job` is the most photos of a job."""
    with connect(arguments, here.environment, Patience()) as client:
        try:
            sent = _send(arguments, here, client, per_job)
            _say(arguments, here, sent)
            status = FAILED if sent.failed or sent.refused else 0
            # A job that still waits for a photo would be watched until the photo's deadline.
            if (arguments.watch or arguments.out) and not sent.failed:
                views = follow_all(client, sent.jobs, here.err)
                status = max(status, report(here, views))
                if arguments.out:
                    status = max(status, _fetch(arguments, here, client, sent))
        except KeyboardInterrupt:
            here.note("Stopped. The same command goes on from here.")
            return INTERRUPTED
        if arguments.json:
            here.show_json(_answer(client, sent))
    return status


def _send(
    arguments: argparse.Namespace, here: Surroundings, client: OpalClient, per_job: int
) -> Sent:
    folder: Path = arguments.folder
    if not folder.exists():
        raise CliError(f"There is no {folder}.", MISUSED)
    connection, wishes = connection_of(arguments, here.environment), _wishes(arguments)
    with opened(connection, folder, wishes, here.environment) as file:
        if arguments.again:
            file.save(file.submission.from_the_beginning())
        return send(
            client,
            file,
            folder,
            wishes,
            per_job=per_job,
            parallel=arguments.parallel,
            console=here.err,
        )


def _fetch(
    arguments: argparse.Namespace, here: Surroundings, client: OpalClient, sent: Sent
) -> int:
    return fetch_all(client, sent.jobs, arguments.out, arguments.parallel, here)


def _scenes(arguments: argparse.Namespace) -> list[str | dict[str, str]] | None:
    named, worded = arguments.scene or [], arguments.prompt or []
    return [*named, *({"prompt": text} for text in worded)] or None


def _wishes(arguments: argparse.Namespace) -> Wishes:
    try:
        wishes = {"exports": arguments.preset, "lighting": arguments.lighting}
        options = JobOptions.parse({"scenes": _scenes(arguments), **wishes})
        order = NewJob(
            items=(_ANY_PHOTO,),
            options=options,
            brand_profile_id=arguments.profile,
            budget=arguments.budget,
        )
    except ValidationError as error:
        first = error.errors()[0]
        option = _OPTIONS.get(str(first["loc"][0]), "")
        raise CliError(f"{option}: {first['msg']}", MISUSED) from None
    return Wishes(options, order.brand_profile_id, order.budget)


def _say(arguments: argparse.Namespace, here: Surroundings, sent: Sent) -> None:
    for name, why in (sent.refused | sent.failed).items():
        here.note(f"{name}: {why}")
    if sent.failed:
        here.note("Not all photos went up. The same command goes on from here.")
    if arguments.json:
        return
    here.say(f"{counted(sent.uploaded, 'photo')} uploaded now. The jobs of this folder:")
    for job_id in sent.jobs:
        here.say(f"  {job_id}")
    if not (arguments.watch or arguments.out or sent.failed):
        here.note("--watch follows them, --out DIR downloads their results when they are final.")


def _answer(client: OpalClient, sent: Sent) -> dict[str, object]:
    jobs = [client.get_job(job_id, limit=1) for job_id in sent.jobs]
    return {
        "uploaded": sent.uploaded,
        "failed": sent.failed,
        "refused": sent.refused,
        "jobs": [job.model_dump(mode="json", exclude={"items", "continuation"}) for job in jobs],
    }
