"""Where a webhook may be sent to: every form of a URL, every address of its host."""

import socket

import pytest

from opal.errors import WebhookHostUnknown, WebhookUrlRefused
from opal.webhooks.destination import check_destination, system_addresses

PUBLIC = "93.184.215.14"
PUBLIC6 = "2606:4700::1111"


def names(*addresses: str):
    """A resolver that knows every host by these addresses."""
    return lambda host, port: list(addresses)


def check(url: str, *addresses: str, local: bool = False):
    resolve = names(*addresses) if addresses else system_addresses
    return check_destination(url, allow_local=local, resolve=resolve)


def refusal(url: str, *addresses: str, local: bool = False) -> str:
    with pytest.raises(WebhookUrlRefused) as caught:
        check(url, *addresses, local=local)
    assert caught.value.code == "webhook_url_refused"
    assert caught.value.http_status == 422
    return caught.value.message


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/hooks/opal",
        "https://shop.example:8443/hooks?to=a@b#top",
        "https://xn--mgba.example/",
        "HTTPS://SHOP.EXAMPLE",
        "https://shop.example./",
    ],
)
def test_https_to_a_public_host_is_taken(url):
    assert check(url, PUBLIC, PUBLIC6).addresses == (PUBLIC, PUBLIC6)


@pytest.mark.parametrize("url", [f"https://{PUBLIC}/", f"https://[{PUBLIC6}]:4433/"])
def test_a_public_address_is_taken_in_place_of_a_name(url):
    assert check(url).addresses


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254"),
        *("100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "168.63.129.16"),
        *("::1", "fe80::1", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"),
        "2002:a00:1::",
    ],
)
def test_one_private_address_among_public_ones_refuses_the_host(address):
    assert "not public" in refusal("https://shop.example/", PUBLIC, address)
    assert "not public" in refusal("https://shop.example/", address, PUBLIC6)


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]"),
        *("0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "169.254.169.254", "[fe80::1]"),
        *("10.0.0.1", "[fc00::1]", "168.63.129.16"),
    ],
)
def test_addresses_of_ours_are_refused_as_the_system_resolves_them(host):
    assert "not public" in refusal(f"https://{host}/")


@pytest.mark.parametrize(
    "host",
    [
        *("2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1"),
        *("127.0.0.1.", "0x7f.0x0.0x0.0x1", "1.2.3.4.5", "127.0.0.256", "08.8.8.8"),
        *("%31%32%37.0.0.1", "[::1%25lo]", "[fe80::1%25eth0]", "exa$mple", "-a.example", "a..b$"),
        *("", ".", "a" * 300),
    ],
)
def test_a_host_in_an_unusual_form_is_refused_whatever_it_resolves_to(host):
    refusal(f"https://{host}/", PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://shop.example/", "//shop.example/", "shop.example", "/hook", "https:", "https:x"),
        *("javascript:alert(1)", "file:///etc/passwd", "gopher://shop.example/", ""),
        *("https://user@shop.example/", "https://user:pass@shop.example/", "https://:p@a.example/"),
        *("https://shop.example\\@127.0.0.1/", "https://shop.example\t/", "https://a b.example/"),
        *("https://shop.example/\r\nX-Header: 1", "https://①②⑦.0.0.1/", "https://127。0。0。1/"),
        *("https://[::1/", "https://shop.example:99999/", "https://shop.example:x/"),
        *("https://shop.example:0/", "https://shop.example:22/", "https://shop.example:80/"),
        "https://shop.example/" + "a" * 2000,
    ],
)
def test_what_is_no_plain_https_url_is_refused(url):
    message = refusal(url, PUBLIC)
    assert "shop.example" not in message
    assert "pass" not in message.replace("password", "")


def test_plain_http_is_refused_even_to_a_public_host():
    assert "https" in refusal("http://shop.example/", PUBLIC)
    assert "https" in refusal("http://shop.example/", PUBLIC, local=True)


def test_the_loopback_interface_is_for_one_machine_only():
    assert check("http://127.0.0.1:8080/hook", local=True).addresses == ("127.0.0.1",)
    assert check("https://localhost:80/", local=True).addresses
    refusal("http://127.0.0.1:8080/hook")


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1"])
def test_one_machine_does_not_open_the_rest_of_the_network(address):
    refusal("https://shop.example/", address, local=True)
    refusal("http://shop.example/", "127.0.0.1", address, local=True)


def test_a_host_without_an_address_is_told_apart():
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    for resolve in (unknown, lambda host, port: []):
        with pytest.raises(WebhookHostUnknown) as caught:
            check_destination("https://shop.example/", allow_local=False, resolve=resolve)
        assert (caught.value.code, caught.value.http_status) == ("webhook_host_unknown", 422)


def test_the_resolver_is_asked_once_for_the_host_as_it_is_connected_to():
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return [PUBLIC]

    found = check_destination("https://Shop.Example:8443/", allow_local=False, resolve=resolve)
    assert asked == [(found.url.raw_host, 8443)] == [("shop.example", 8443)]
