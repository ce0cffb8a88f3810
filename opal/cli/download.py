"""`download JOB --out DIR`: the finished files of a job."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from opal.cli.arguments import Commands, Parser, at_least
from opal.cli.connection import connect
from opal.cli.downloading import Downloaded, download_job, safe_name
from opal.cli.errors import FAILED, INTERRUPTED
from opal.cli.following import said
from opal.cli.surroundings import Surroundings, counted
from opal.client import OpalClient
from opal.client.retrying import Patience
from opal.documents import JOB_FINAL


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "download",
        parents=[api, shape],
        help="download a job's results",
        description="Writes DIR/JOB/ITEM/SCENE/PRESET.TYPE; what is there already is kept.",
    )
    parser.add_argument("job", metavar="JOB")
    parser.add_argument("--out", type=Path, metavar="DIR", required=True)
    parser.add_argument(
        "--parallel", type=at_least(1), default=4, metavar="N", help="photos at once (4)"
    )
    parser.add_argument("--zip", action="store_true", help="the job's ZIP instead of single files")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Download what is finished."""
    with connect(arguments, here.environment, Patience()) as client:
        try:
            if arguments.zip:
                return _zip(client, arguments, here)
            job = client.get_job(arguments.job, limit=1)
            got = download_job(client, job.job_id, arguments.out, arguments.parallel, here.err)
        except KeyboardInterrupt:
            here.note("Stopped. The same command goes on from here.")
            return INTERRUPTED
    if job.status not in JOB_FINAL:
        here.note(f"{job.job_id} is not final yet: {said(job)}. Download again for the rest.")
    status = _report(here, got)
    if arguments.json:
        here.show_json({**got._asdict(), "folder": str(got.folder)})
    else:
        here.say(_summary(got))
    return status


def fetch_all(
    client: OpalClient, job_ids: Iterable[str], out: Path, parallel: int, here: Surroundings
) -> int:
    """Download several jobs; answers the exit status."""
    status = 0
    for job_id in job_ids:
        got = download_job(client, job_id, out, parallel, here.err)
        here.note(_summary(got))
        status = max(status, _report(here, got))
    return status


def _zip(client: OpalClient, arguments: argparse.Namespace, here: Surroundings) -> int:
    package = client.package(arguments.job)
    file = arguments.out / safe_name(package.job_id) / "job.zip"
    client.download(package.url, file)
    if arguments.json:
        here.show_json({"file": str(file)})
    else:
        here.say(str(file))
    return 0


def _report(here: Surroundings, got: Downloaded) -> int:
    for name, why in got.failed.items():
        here.note(f"{name}: {why}")
    return FAILED if got.failed else 0


def _summary(got: Downloaded) -> str:
    known = f", {got.known} of them before" if got.known else ""
    return f"{counted(got.files, 'file')} in {got.folder}{known}"
