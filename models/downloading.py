"""Receives a file over HTTP, going on after a broken connection where it broke off."""

import os
import re
import shutil
from collections.abc import Callable
from typing import BinaryIO

import requests
from tqdm import tqdm

from models.entries import Entry, ModelError

_CHUNK = 1 << 16  # of a chunk that breaks off, nothing is kept
_TIMEOUTS_S = (10, 60)
_ATTEMPTS = 5
_SPARE_BYTES = 64 << 20
_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}


class _Broken(Exception):
    """A download that may go on: the connection broke, or the server asks for patience."""


def download(
    entry: Entry, file: BinaryIO, show: bool | None, pause: Callable[[float], None]
) -> None:
    """Append to `file` what is missing of the entry's file; patience ends after five attempts in
    a row that brought nothing.

    `show`: as `pull`'s. `pause` waits so many seconds. Raises ModelError; what was received stays.
    """
    failures = 0
    disable = None if show is None else not show
    with tqdm(
        desc=entry.name,
        total=entry.bytes,
        initial=file.tell(),
        unit="B",
        unit_scale=True,
        disable=disable,
    ) as bar:
        while True:
            before = file.tell()
            try:
                return _receive(entry, file, bar)
            except _Broken as broken:
                failures = 0 if file.tell() > before else failures + 1
                if failures == _ATTEMPTS:
                    raise ModelError(
                        f"{entry.source}: {broken}; what was received is kept, so run the same"
                        " command again later"
                    ) from broken
                pause(min(30.0, 2.0**failures))


def _receive(entry: Entry, file: BinaryIO, bar: "tqdm[None]") -> None:
    """One request for everything from the file's end on. Raises _Broken."""
    have = file.tell()
    headers = {"Range": f"bytes={have}-"} if have else {}
    headers["Accept-Encoding"] = "identity"  # ranges count the bytes that are sent
    try:
        with requests.get(
            entry.source, headers=headers, stream=True, timeout=_TIMEOUTS_S
        ) as response:
            if response.status_code == 416 and _total(response) == have:
                return
            _check_status(entry, response)
            if _start(response) != have:
                _start_over(file, bar)
            _check_space(entry, file, response)
            _append(entry, file, response, bar)
    except requests.RequestException as error:
        raise _Broken(f"the connection broke ({type(error).__name__})") from error


def _check_status(entry: Entry, response: requests.Response) -> None:
    status = response.status_code
    if status in _TRANSIENT:
        raise _Broken(f"the server answered {status}")
    if status not in (200, 206, 416):
        raise ModelError(f"{entry.source}: the server answered {status}; is the address right?")


def _start_over(file: BinaryIO, bar: "tqdm[None]") -> None:
    """What is there can't be gone on from: the server sends all of it, or has less of it."""
    file.seek(0)
    file.truncate()
    bar.reset()


def _append(entry: Entry, file: BinaryIO, response: requests.Response, bar: "tqdm[None]") -> None:
    if response.status_code == 416:
        raise _Broken("the server has not got so much of the file; starting over")
    announced = int(response.headers.get("Content-Length") or -1)
    received = 0
    for chunk in response.iter_content(_CHUNK):
        file.write(chunk)
        bar.update(len(chunk))
        received += len(chunk)
        if entry.bytes and file.tell() > entry.bytes:
            raise ModelError(
                f"{entry.source}: sends more than the {entry.bytes} bytes of model {entry.name};"
                " it is another file. Nothing was put in place"
            )
    if received < announced or (entry.bytes and file.tell() < entry.bytes):
        raise _Broken(f"the connection ended after {received} bytes")


def _check_space(entry: Entry, file: BinaryIO, response: requests.Response) -> None:
    announced = int(response.headers.get("Content-Length") or 0)
    free = shutil.disk_usage(os.path.dirname(file.name) or ".").free
    if announced + _SPARE_BYTES > free:
        raise ModelError(
            f"{file.name}: {announced} bytes are to come and {free} are free; make room, or choose"
            " another folder with OPAL_MODEL_CACHE or --to"
        )


def _total(response: requests.Response) -> int | None:
    found = re.fullmatch(r"bytes \*/(\d+)", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None


def _start(response: requests.Response) -> int | None:
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None
