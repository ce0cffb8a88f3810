"""`reviews JOB` and `review JOB ITEM [DECISION]`: photos that wait for a person."""

import argparse
import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from opal.api.jobs import ItemView
from opal.api.reviews import ItemReview, ReviewDecision
from opal.cli.arguments import Commands, Parser
from opal.cli.connection import connect
from opal.cli.errors import MISUSED, CliError
from opal.cli.surroundings import Surroundings, local_time
from opal.documents import ItemStatus

_ABOUT = """\
Without a decision: why the photo waits, and where to look at the pictures. `approve` lets it go on,
`reject` fails it, `retry` makes it again with other options, as in
  --option padding.left=0.2 --option shadow=false --option segment.refine=false --option gate=off
"""


def register(commands: Commands, api: Parser, shape: Parser) -> None:
    """Add the commands."""
    reviews = commands.add_parser(
        "reviews", parents=[api, shape], help="photos of a job that wait for a person"
    )
    reviews.add_argument("job", metavar="JOB")
    reviews.set_defaults(run=run_reviews)
    review = commands.add_parser(
        "review",
        parents=[api, shape],
        help="look at a photo that waits, or decide about it",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    review.add_argument("job", metavar="JOB")
    review.add_argument("item", metavar="ITEM")
    review.add_argument("decision", nargs="?", choices=("approve", "reject", "retry"))
    review.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE", help="for a retry"
    )
    review.add_argument("--note", help="why; kept with the decision")
    review.set_defaults(run=run_review)


def run_reviews(arguments: argparse.Namespace, here: Surroundings) -> int:
    """List what waits, why, and until when."""
    with connect(arguments, here.environment) as client:
        waiting = list(client.items(arguments.job, ItemStatus.REVIEW))
    if arguments.json:
        here.show_json([item.dump() for item in waiting])
    elif waiting:
        here.show_table(("item", "photo", "about", "until", "why"), [_row(i) for i in waiting])
        here.note(f"python -m opal review {arguments.job} ITEM   shows the pictures of one")
    else:
        here.note("No photo waits for a person.")
    return 0


def run_review(arguments: argparse.Namespace, here: Surroundings) -> int:
    """Show what a photo waits for, or decide."""
    with connect(arguments, here.environment) as client:
        shown = client.review(arguments.job, arguments.item)
        if arguments.decision is None:
            if arguments.json:
                here.show_json(shown.dump())
            else:
                _show(here, shown)
            return 0
        # It is about what is open now, and about nothing that may be asked a moment later.
        decision = _decision(arguments, shown.review.review_id)
        decided = client.decide_review(arguments.job, arguments.item, decision)
    if arguments.json:
        here.show_json(decided.dump())
    else:
        here.say(f"{decided.item_id}: {arguments.decision}, {decided.status.value}")
    return 0


def _row(item: ItemView) -> tuple[object, ...]:
    review = item.review
    if review is None:
        return (item.item_id, item.filename, "", "", "")
    until = "decided" if review.decision else local_time(review.deadline)
    return (item.item_id, item.filename, review.about, until, "; ".join(review.reasons))


def _show(here: Surroundings, shown: ItemReview) -> None:
    review = shown.review
    here.say(f"{shown.item_id}: {shown.filename}, {shown.status.value}, about its {review.about}")
    for reason in review.reasons:
        here.say(f"  {reason}")
    if review.decision is None:
        here.say(f"  until {local_time(review.deadline)}")
    else:
        note = f": {review.decision.note}" if review.decision.note else ""
        here.say(f"  {review.decision.verdict} by {review.decision.by}{note}")
    for name, url in (*((p.name, p.url) for p in shown.pictures), ("photo", shown.photo_url)):
        here.say(f"{name}  {url}")


def _decision(arguments: argparse.Namespace, review_id: str) -> ReviewDecision:
    given: dict[str, Any] = {"decision": arguments.decision, "review_id": review_id}
    if arguments.option:
        given["options"] = _options(arguments.option)
    if arguments.note:
        given["note"] = arguments.note
    try:
        return ReviewDecision.parse(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]).removeprefix("options.")
        raise CliError(f"{field}: {first['msg']}", MISUSED) from None


def _options(given: Sequence[str]) -> dict[str, Any]:
    """`padding.left=0.2` as nested objects; what is no JSON is a text."""
    options: dict[str, Any] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals:
            raise CliError(f"--option {one}: NAME=VALUE is wanted", MISUSED)
        *parents, last = name.split(".")
        place = options
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise CliError(f"--option {one}: {parent} has a value already", MISUSED)
        try:
            place[last] = json.loads(text)
        except ValueError:
            place[last] = text
    return options
