"""Where a webhook may be sent to, and to which addresses exactly.

A tenant chooses the URL, so it must not lead into our own network: every address that its host
has is checked, and the connection is then made to one of these addresses, not to what the name
may mean a moment later. The URL is read once, by the library that also sends the request, so
that nobody can be told two different hosts by one text.
"""

import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

from yarl import URL

from opal.errors import WebhookHostUnknown, WebhookUrlRefused
from opal.webhooks.addresses import is_loopback, is_public

Resolver = Callable[[str, int], Sequence[str]]
"""All addresses of a host, given with the port; raises `OSError` if there are none."""

MAX_URL = 2000
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_DNS_PATIENCE_S = 5.0
_DNS_THREADS = 8


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL, and the checked addresses of its host."""

    url: URL
    addresses: tuple[str, ...]


def system_addresses(host: str, port: int) -> list[str]:
    """What the system's resolver says, in at most five seconds."""
    asked = _lookups().submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(found[4][0]) for found in asked.result(_DNS_PATIENCE_S)))


def check_destination(
    text: str, *, allow_local: bool, resolve: Resolver = system_addresses
) -> Destination:
    """The URL with all addresses of its host.

    It must be https, without user name or password, on port 443 or from 1024 up (the others
    belong to other protocols), and all its addresses public. With `allow_local` a host of
    loopback addresses is taken too, there also by http and on any port. Raises
    `WebhookUrlRefused`, or `WebhookHostUnknown` for a host without an address; neither repeats
    the URL or tells the address.
    """
    url = _read(text)
    host, port = url.raw_host or "", url.port or 0
    _check_host(host)
    try:
        addresses = tuple(resolve(host, port))
    except (OSError, UnicodeError):
        addresses = ()
    if not addresses:
        raise WebhookHostUnknown("The URL's host has no address.")
    if allow_local and all(map(is_loopback, addresses)):
        return Destination(url, addresses)
    if url.scheme != "https":
        raise WebhookUrlRefused("The URL must begin with https://.")
    if port != 443 and port < 1024:
        raise WebhookUrlRefused("The URL's port must be 443, or 1024 and up.")
    if not all(map(is_public, addresses)):
        raise WebhookUrlRefused("The URL's host has an address that is not public.")
    return Destination(url, addresses)


def _read(text: str) -> URL:
    if len(text) > MAX_URL or not text.isascii() or not text.isprintable() or " " in text:
        raise WebhookUrlRefused(f"The URL must be printable ASCII, up to {MAX_URL} characters.")
    try:
        url = URL(text)
    except ValueError as error:
        raise WebhookUrlRefused("The URL can't be read.") from error
    if url.scheme not in {"https", "http"}:
        raise WebhookUrlRefused("The URL must begin with https://.")
    if url.raw_user is not None or url.raw_password is not None:
        raise WebhookUrlRefused("The URL must not hold a user name or a password.")
    return url


def _check_host(host: str) -> None:
    """Names and addresses as they are usually written: no octal, hexadecimal or short numbers,
    no zones, nothing percent-encoded."""
    try:
        if ip_address(host.replace("%", " ")):
            return
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2]
        if not _NAME.fullmatch(host) or _NUMBER.fullmatch(last):
            raise WebhookUrlRefused("The URL's host is not a name or an address.") from None


@cache
def _lookups() -> ThreadPoolExecutor:
    """Threads for lookups: the system's resolver can't be told to hurry, only left behind."""
    return ThreadPoolExecutor(_DNS_THREADS, thread_name_prefix="webhook-dns")
