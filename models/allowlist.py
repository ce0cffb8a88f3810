"""Which URLs the endpoint may touch: a request must not make it reach into the network at will."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from models.errors import EndpointError, invalid

_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class AllowList:
    """Hosts as `host`, `host:port` or `*.suffix`; a host without a port means the default port."""

    entries: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> "AllowList":
        """Read a comma-separated list, such as `*.blob.core.windows.net,127.0.0.1:10000`."""
        return cls(frozenset(part.strip().lower() for part in text.split(",") if part.strip()))

    def check(self, field: str, url: str) -> None:
        """Raise EndpointError 400 unless the URL is https (or http on loopback) and allowed."""
        parts = _split(field, url)
        host = (parts.hostname or "").lower()
        if parts.username is not None or parts.password is not None:
            raise EndpointError(400, "url_not_allowed", f"{field} must not hold user information")
        secure = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
        if not secure:
            raise EndpointError(400, "url_not_allowed", f"{field} must be an https URL")
        if not self._allows(host, _port(field, parts), _DEFAULT_PORTS[parts.scheme]):
            raise EndpointError(400, "url_not_allowed", f"{field} names a host that is not allowed")

    def _allows(self, host: str, port: int, default_port: int) -> bool:
        bracketed = f"[{host}]" if ":" in host else host
        names = {f"{bracketed}:{port}"}
        if port == default_port:
            names.add(bracketed)
            # The leading dot stays, so that *.example.com does not admit badexample.com.
            names.update("*" + host[at:] for at, each in enumerate(host) if each == "." and at)
        return not names.isdisjoint(self.entries)


def _split(field: str, url: str) -> SplitResult:
    if any(not "!" <= each <= "~" or each == "\\" for each in url):
        raise invalid(field, "must be a URL of printable ASCII characters")
    try:
        return urlsplit(url)
    except ValueError:
        raise invalid(field, "must be a URL") from None


def _port(field: str, parts: SplitResult) -> int:
    try:
        return parts.port or _DEFAULT_PORTS[parts.scheme]
    except ValueError:
        raise invalid(field, "has no valid port") from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
