"""One webhook over real sockets: where it goes, whom it trusts, and how long it may take."""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from opal.webhooks.sending import Sender
from tests.conftest import free_port

NAME = "hooks.opal.test"
BODY = b'{"type":"item.completed"}'


def send(sender: Sender, url: str):
    return sender.send(url, {"webhook-id": "evt_1", "Content-Type": "application/json"}, BODY)


def resolving(*addresses: str):
    return lambda host, port: list(addresses)


@pytest.fixture
def secure(new_receiver, authority):
    """A receiver by TLS, with a certificate for the name."""
    return new_receiver(tls=authority.serve_as(NAME))


@pytest.fixture
def trusting(authority):
    """Finds the name on the loopback interface, and trusts the authority."""
    return Sender(5, allow_local=True, resolve=resolving("127.0.0.1"), trust=authority.trust)


# Pinning and certificates.


def test_the_name_stands_in_the_handshake_and_the_host_header_though_an_address_is_connected_to(
    secure, trusting
):
    answer = send(trusting, f"https://{NAME}:{secure.port}/hook?tenant=a")
    assert (answer.status, answer.error) == (200, None)
    [received] = secure.received
    assert received.server_name == NAME
    assert received.headers["Host"] == f"{NAME}:{secure.port}"
    assert (received.path, received.body) == ("/hook?tenant=a", BODY)


def test_a_certificate_for_another_name_is_refused(new_receiver, authority, trusting):
    other = new_receiver(tls=authority.serve_as("other.opal.test"))
    answer = send(trusting, f"https://{NAME}:{other.port}/")
    assert (answer.status, answer.error) == (None, "tls_failed")
    assert other.received == []


def test_a_certificate_for_the_address_does_not_do_for_the_name(new_receiver, authority, trusting):
    by_address = new_receiver(tls=authority.serve_as("127.0.0.1"))
    assert send(trusting, f"https://{NAME}:{by_address.port}/").error == "tls_failed"
    assert send(trusting, f"https://127.0.0.1:{by_address.port}/").status == 200


def test_an_authority_that_the_system_does_not_know_is_refused(secure):
    sender = Sender(5, allow_local=True, resolve=resolving("127.0.0.1"))
    assert send(sender, f"https://{NAME}:{secure.port}/").error == "tls_failed"
    assert secure.received == []


def test_a_name_that_means_something_else_a_moment_later_is_reached_where_it_was_checked(
    secure, new_receiver, authority
):
    """DNS rebinding: the second answer is another machine, with a good certificate even."""
    victim = new_receiver(tls=authority.serve_as(NAME), address="127.0.0.2", port=secure.port)
    answers = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"]]
    sender = Sender(
        5, allow_local=True, resolve=lambda host, port: answers.pop(0), trust=authority.trust
    )
    assert send(sender, f"https://{NAME}:{secure.port}/").status == 200
    assert (len(secure.received), victim.received, len(answers)) == (1, [], 2)


def test_a_name_that_comes_to_mean_a_private_address_is_not_connected_to(secure, authority):
    for addresses in (["10.0.0.1"], ["127.0.0.1", "10.0.0.1"], ["127.0.0.1"]):
        sender = Sender(5, resolve=resolving(*addresses), trust=authority.trust)
        answer = send(sender, f"https://{NAME}:{secure.port}/")
        assert (answer.status, answer.error) == (None, "webhook_url_refused")
    assert secure.received == []


def test_every_checked_address_is_tried(secure, authority):
    """127.0.0.3 refuses the connection; nobody listens there."""
    sender = Sender(
        5,
        allow_local=True,
        resolve=resolving("127.0.0.3", "127.0.0.1"),
        trust=authority.trust,
    )
    assert send(sender, f"https://{NAME}:{secure.port}/").status == 200


def test_a_proxy_of_the_environment_is_not_used(receiver, new_receiver, sender, monkeypatch):
    """It would do the lookup, and reach what we may not."""
    proxy = new_receiver()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert send(sender, receiver.url).status == 200
    assert (len(receiver.received), proxy.received) == (1, [])


# What receivers answer.


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_success_is_any_status_of_the_two_hundreds(receiver, sender, status):
    receiver.replies = [status]
    answer = send(sender, receiver.url)
    assert (answer.status, answer.delivered) == (status, True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["metadata", "neighbour"])
def test_a_redirect_is_a_failure_and_is_not_followed(receiver, new_receiver, sender, status, where):
    neighbour = new_receiver()
    target = neighbour.url if where == "neighbour" else "http://169.254.169.254/latest/meta-data/"
    receiver.replies = [(status, {"Location": target})]
    answer = send(sender, receiver.url)
    assert (answer.status, answer.delivered) == (status, False)
    assert answer.ms < 2000
    assert neighbour.received == []


def test_the_wait_that_is_asked_for_comes_back(receiver, sender):
    receiver.replies = [(503, {"Retry-After": "120"})]
    answer = send(sender, receiver.url)
    assert (answer.status, answer.retry_after) == (503, "120")


def test_a_connection_that_nobody_takes_is_unreachable(sender):
    assert send(sender, f"http://127.0.0.1:{free_port()}/").error == "unreachable"


def test_a_receiver_that_hangs_up_is_unreachable(receiver, sender):
    receiver.replies = [lambda handler: handler.connection.close()]
    assert send(sender, receiver.url).error == "unreachable"


def test_an_answer_that_is_not_http_is_invalid(receiver, sender):
    receiver.replies = [lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")]
    assert send(sender, receiver.url).error == "answer_invalid"


def test_an_answer_with_endless_headers_is_invalid(receiver, sender):
    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100_000):
            handler.wfile.write(b"X-%d: %s\r\n" % (number, b"a" * 1000))

    receiver.replies = [quietly(flood)]
    assert send(sender, receiver.url).error == "answer_invalid"


# Time and amount.


def quietly(reply):
    """A reply that ends when the other side has hung up."""

    def run(handler: BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            reply(handler)

    return run


def dripping(first: bytes, drop: bytes):
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(first)
        for _ in range(1000):
            handler.wfile.write(drop)
            time.sleep(0.02)

    return quietly(reply)


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"HTTP/1.1 200 ", b"O"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y"),
    ],
    ids=["status line", "headers", "one header"],
)
def test_an_answer_that_drips_ends_with_the_time(receiver, first, drop):
    receiver.replies = [dripping(first, drop)]
    answer = send(Sender(0.3, allow_local=True), receiver.url)
    assert answer.error == "timeout"
    assert answer.ms < 2000


def test_a_body_that_drips_does_not_undo_the_status_and_ends_with_the_time(receiver):
    receiver.replies = [dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"a")]
    answer = send(Sender(0.3, allow_local=True), receiver.url)
    assert (answer.status, answer.error) == (200, None)
    assert answer.ms < 2000


def test_a_receiver_that_takes_the_connection_and_says_nothing_ends_with_the_time(authority):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        sender = Sender(0.3, allow_local=True, trust=authority.trust)
        for scheme in ("http", "https"):
            answer = send(sender, f"{scheme}://127.0.0.1:{port}/")
            assert answer.error == "timeout"
            assert answer.ms < 2000


def test_a_lookup_that_takes_all_the_time_leaves_none_for_the_rest(receiver):
    def slowly(host: str, port: int) -> list[str]:
        time.sleep(0.3)
        return ["127.0.0.1"]

    assert send(Sender(0.2, allow_local=True, resolve=slowly), receiver.url).error == "timeout"


def test_a_huge_answer_is_not_read(receiver, sender):
    sent = []

    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1000):
            handler.wfile.write(b"a" * 1_000_000)
            sent.append(1)

    receiver.replies = [quietly(flood)]
    answer = send(sender, receiver.url)
    assert (answer.status, answer.error) == (200, None)
    assert len(sent) < 50


def test_many_can_be_sent_at_once_from_different_threads(receiver, sender):
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(send(sender, receiver.url)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200] * 8
