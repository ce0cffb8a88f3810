"""Files on their way, several at once, with bars."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from opal.cli.errors import reason
from opal.cli.parallel import workers
from opal.cli.surroundings import printable
from opal.client import ApiError, TransferFailed

_NAME = 28
_OWN = frozenset({404, 409, 422})
"""What the API answers about one photo; anything else is about all of them."""


class Transfer(NamedTuple):
    """A thing to move, its bytes, and how: `move` tells how many bytes have gone by."""

    name: str
    size: int
    move: Callable[[Callable[[int], object]], object]


def transfer_all(
    title: str, transfers: Sequence[Transfer], parallel: int, console: Console
) -> dict[str, str]:
    """Move all; answers why by the name of each that could not be moved.

    What is one transfer's own trouble does not stop the others. Any other error, like a server
    that does not answer, or Ctrl-C, lets nothing more begin, and is raised.
    """
    failed: dict[str, str] = {}
    with workers(parallel) as pool, _bars(console) as bars:
        total = bars.add_task(title, total=sum(transfer.size for transfer in transfers))
        running = {pool.submit(_move, bars, total, one): one for one in transfers}
        for ended in as_completed(running):
            try:
                ended.result()
            except (TransferFailed, OSError) as error:
                failed[running[ended].name] = reason(error)
            except ApiError as error:
                if error.status not in _OWN:
                    raise
                failed[running[ended].name] = reason(error)
    return failed


def _move(bars: Progress, total: TaskID, transfer: Transfer) -> None:
    bar = bars.add_task(printable(transfer.name)[-_NAME:], total=transfer.size)
    seen = 0

    def moved(so_far: int) -> None:
        nonlocal seen
        bars.update(bar, completed=so_far)
        bars.advance(total, so_far - seen)
        seen = so_far

    try:
        transfer.move(moved)
    finally:
        bars.remove_task(bar)


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        yield bars
