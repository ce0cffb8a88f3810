"""Which addresses a webhook may be sent to: the public internet's, and nothing else.

The lists are IANA's special-purpose registries, read strictly. An IPv6 address must be global
unicast (2000::/3), which leaves out everything that carries an IPv4 address inside (mapped,
compatible, NAT64), unique local, link-local, site-local and multicast ones; of 2000::/3 the
transition mechanisms are left out too.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_GLOBAL_UNICAST = ip_network("2000::/3")
_REFUSED = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments: some count as global
        "192.88.99.0/24",  # 6to4 relays
        "224.0.0.0/4",  # multicast: some count as global
        "168.63.129.16/32",  # Azure's own services inside a virtual machine's host
        "2001::/23",  # protocol assignments, with Teredo
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)


def is_public(address: str) -> bool:
    """True for an address that is anybody's on the internet."""
    found = _parsed(address)
    if found is None or not found.is_global:
        return False
    if isinstance(found, IPv6Address) and found not in _GLOBAL_UNICAST:
        return False
    return not any(found in network for network in _REFUSED if network.version == found.version)


def is_loopback(address: str) -> bool:
    """True for 127.0.0.0/8 and ::1."""
    found = _parsed(address)
    return found is not None and found.is_loopback and getattr(found, "ipv4_mapped", None) is None


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None
