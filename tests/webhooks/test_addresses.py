"""Which addresses are anybody's on the internet."""

import pytest

from opal.webhooks.addresses import is_loopback, is_public


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "93.184.215.14", "192.0.1.1", "100.63.255.255", "100.128.0.1"),
        *("172.15.0.1", "172.32.0.1", "223.255.255.254"),
        *("2606:4700::1111", "2a00:1450:4001:82a::200e"),
    ],
)
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "::1", "::"),
        *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd00:ec2::254"),
        *("169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fec0::1"),
        *("100.64.0.1", "100.100.100.200", "100.127.255.255"),
        *("224.0.0.1", "239.255.255.255", "ff02::1", "240.0.0.1", "255.255.255.255"),
        *("192.0.0.9", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"),
        *("::ffff:8.8.8.8", "::ffff:127.0.0.1", "::ffff:7f00:1", "::7f00:1", "::8.8.8.8"),
        *("64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1"),
        *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::", "2001:db8::1", "3fff::1"),
        *("5f00::1", "100::1", "168.63.129.16"),
        *("localhost", "", "0x7f.1", "2130706433", "127.1"),
    ],
)
def test_everything_else_is_not(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_the_loopback_interface_is_known(address):
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "0.0.0.0", "::", "10.0.0.1", "8.8.8.8"])
def test_nothing_else_passes_for_the_loopback_interface(address):
    assert not is_loopback(address)
