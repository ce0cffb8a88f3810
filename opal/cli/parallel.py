"""Threads that do not outlast an error."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def workers(count: int) -> Iterator[ThreadPoolExecutor]:
    """A pool of threads. Leaving it by an error, as by Ctrl-C, lets nothing more begin and waits
    for nothing; else all is done at the end."""
    pool = ThreadPoolExecutor(count, thread_name_prefix="opal")
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()
