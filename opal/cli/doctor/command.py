"""`doctor`: the command."""

import argparse
from collections.abc import Iterator
from dataclasses import asdict

from opal.cli.arguments import Commands, Parser
from opal.cli.connection import ROOT, connection_of, local_key_file
from opal.cli.doctor.app import check_app
from opal.cli.doctor.findings import Finding
from opal.cli.doctor.installation import check_installation
from opal.cli.doctor.service import check_service
from opal.cli.errors import FAILED
from opal.cli.surroundings import Surroundings

_MARKS = {"ok": "ok     ", "wrong": "WRONG  ", "skipped": "-      "}


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "doctor", parents=[api, shape], help="find out what is wrong, and what to do"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Look at everything; the exit status says whether anything is wrong."""
    findings: list[Finding] = []
    for finding in _findings(arguments, here):
        findings.append(finding)
        if not arguments.json:
            here.say(f"{_MARKS[finding.verdict]}{finding.name}: {finding.said}")
            if finding.advice:
                here.say(f"       {finding.advice}")
    if arguments.json:
        here.show_json([asdict(finding) for finding in findings])
    return FAILED if any(finding.verdict == "wrong" for finding in findings) else 0


def _findings(arguments: argparse.Namespace, here: Surroundings) -> Iterator[Finding]:
    yield from check_installation(ROOT)
    connection = connection_of(arguments, here.environment)
    yield from check_service(connection, local_key_file(here.environment))
    yield from check_app(here.folder, here.environment)
