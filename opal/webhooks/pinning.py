"""Connections to the checked addresses of a destination, and to no others.

The URL keeps its host name, so the Host header, the server name in the TLS handshake and the
check of the certificate are the name's; only the lookup is ours.
"""

import socket
import ssl

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from opal.webhooks.destination import Destination


def pinned_connector(destination: Destination, trust: ssl.SSLContext) -> aiohttp.TCPConnector:
    """A connector for one request; needs a running loop."""
    return aiohttp.TCPConnector(
        resolver=_Checked(destination), use_dns_cache=False, force_close=True, ssl=trust
    )


class _Checked(AbstractResolver):
    """Answers the addresses that were checked. An address in place of a name is not looked up
    by aiohttp, and is the one that was checked."""

    def __init__(self, destination: Destination) -> None:
        self._destination = destination

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._destination.addresses
        ]

    async def close(self) -> None:
        return None
