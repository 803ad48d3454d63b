"""Requests to receivers that are not trusted: bounded in time and size, and to none but checked addresses."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

import dns.asyncresolver
import dns.message
import dns.rrset
import pytest
import trustme

from cleverinvo.webhooks.addresses import Guard, parse
from cleverinvo.webhooks.wire import Connection, Courier, Lookup, Reply, Undelivered
from tests.receivers import (
    Receiver,
    answering,
    cut,
    hang,
    in_turn,
    receiving,
    saying,
    send_heads_for_ever,
    talk_for_ever,
)

OPEN = Guard(allow_private=True)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

HOSTILE = [
    line
    for line in (Path(__file__).parent.parent / "rules" / "hostile_urls.txt").read_text().split("\n")
    if line.startswith("https://")
]


class Pretending(Guard):
    """A guard to which 127.0.0.1 is the public internet; all else is as in earnest."""

    def __init__(self) -> None:
        super().__init__(allow_private=False)

    def fault_of_address(self, address: IPv4Address | IPv6Address) -> str | None:
        return None if str(address) == "127.0.0.1" else super().fault_of_address(address)


class Watched(Courier):
    """A courier that remembers the addresses that it connects to."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.connected: list[str] = []

    async def _open(self, target: Any, address: str) -> Connection:
        self.connected.append(address)
        return await super()._open(target, address)


def found(*addresses: str) -> Lookup:
    async def look_up(host: str, port: int) -> Sequence[str]:
        if not addresses:
            raise OSError(-2, "Name or service not known")
        return addresses

    return look_up


def post(courier: Courier, *urls: str, seconds: float = 3, body: bytes = b"{}") -> list[Reply]:
    """Send to one URL after another, all in one loop."""

    async def send() -> list[Reply]:
        try:
            return [await courier.post(parse(url), {"webhook-id": "evt_1"}, body, seconds) for url in urls]
        finally:
            courier.close()

    return asyncio.run(send())


def refusal(courier: Courier, url: str, seconds: float = 3) -> str:
    with pytest.raises(Undelivered) as caught:
        post(courier, url, seconds=seconds)
    return str(caught.value)


@pytest.mark.parametrize("status", [200, 201, 204, 302, 404, 410, 500])
def test_an_answer_comes_back_as_it_is(status: int) -> None:
    with receiving(answering(status, b"" if status == 204 else b"body", x_a="1")) as receiver:
        (reply,) = post(Courier(OPEN, found()), receiver.url)
    assert (reply.status, dict(reply.headers)["x-a"]) == (status, "1")
    assert reply.body == (b"" if status == 204 else b"body")


def test_a_redirect_is_not_followed() -> None:
    with receiving() as secret:
        with receiving(answering(302, location=secret.url)) as receiver:
            (reply,) = post(Courier(OPEN, found()), receiver.url)
        assert reply.status == 302
        assert secret.received == []


def test_an_answer_is_read_no_further_than_its_bounds() -> None:
    started = time.monotonic()
    with receiving(talk_for_ever) as receiver:
        (reply,) = post(Courier(OPEN, found()), receiver.url, seconds=20)
    assert (reply.status, len(reply.body)) == (200, 64 * 1024)
    assert time.monotonic() - started < 10
    with receiving(send_heads_for_ever) as receiver:
        assert refusal(Courier(OPEN, found()), receiver.url) == "The head of the answer has more than 32 KiB."


def test_nothing_is_decompressed() -> None:
    with receiving(answering(200, b"\x1f\x8b" + b"x" * 20, content_encoding="gzip")) as receiver:
        (reply,) = post(Courier(OPEN, found()), receiver.url)
    assert reply.body == b"\x1f\x8b" + b"x" * 20


UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"
DRIPPING = [one for byte in OK for one in (bytes([byte]), 0.05)]


@pytest.mark.parametrize(
    ("behaviour", "told"),
    [
        (hang, "No answer within 0.5 s."),
        (cut, "The connection was closed before an answer."),
        (saying(b"SSH-2.0-OpenSSH\r\n"), "The answer is not HTTP."),
        (saying(UPGRADE, 9), "The answer is not HTTP."),
        (saying(b"HTTP/1.1 200 OK\r\nx: "), "The connection was closed in the middle of the answer's head."),
        (saying(b"HTTP/1.1 200 OK\r\nx: ", 9), "No answer within 0.5 s."),
        (saying(*DRIPPING), "No answer within 0.5 s."),
        (saying(b"HTTP/1.1 100 Continue\r\n\r\n", 9), "No answer within 0.5 s."),
    ],
)
def test_a_bad_receiver_costs_its_time_and_no_more(behaviour: Any, told: str) -> None:
    started = time.monotonic()
    with receiving(behaviour) as receiver:
        assert refusal(Courier(OPEN, found()), receiver.url, seconds=0.5) == told
    assert time.monotonic() - started < 3


def test_the_head_decides_where_the_body_is_cut_or_does_not_end() -> None:
    for behaviour in (
        saying(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"),
        saying(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf", 9),
    ):
        with receiving(behaviour) as receiver:
            (reply,) = post(Courier(OPEN, found()), receiver.url, seconds=0.5)
        assert (reply.status, reply.body) == (200, b"half")


def test_a_connection_is_used_again_while_it_is_clean() -> None:
    with receiving() as receiver:
        assert len(post(Courier(OPEN, found()), *[receiver.url] * 5)) == 5
        assert receiver.connections == 1
    with receiving(answering(200, connection="close")) as receiver:
        post(Courier(OPEN, found()), *[receiver.url] * 3)
        assert receiver.connections == 3
    with receiving(saying(OK + OK)) as receiver:  # a second answer that nobody asked for
        replies = post(Courier(OPEN, found()), *[receiver.url] * 2)
        assert (receiver.connections, [reply.status for reply in replies]) == (2, [200, 200])


def test_a_connection_that_was_closed_meanwhile_is_replaced() -> None:
    with receiving(in_turn(answering(), cut, answering())) as receiver:
        assert len(post(Courier(OPEN, found()), *[receiver.url] * 2)) == 2
        assert (receiver.connections, len(receiver.received)) == (2, 3)


def test_nobody_listens() -> None:
    with receiving() as receiver:
        url = receiver.url
    port = url.split(":")[2].partition("/")[0]
    assert (
        refusal(Courier(OPEN, found()), url) == f"No connection to 127.0.0.1 at port {port}: connection refused."
    )


def test_a_name_that_does_not_exist() -> None:
    assert refusal(Courier(OPEN, found()), "https://nobody.example/") == (
        "nobody.example cannot be found: name or service not known."
    )


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@contextmanager
def secured(authority: trustme.CA, name: str) -> Iterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with receiving(tls=context) as receiver:
        yield receiver


def test_a_certificate_must_be_the_names_and_of_somebody_trusted(authority: trustme.CA) -> None:
    with secured(authority, "shop.example") as receiver:
        url = f"https://shop.example:{receiver.port}/hooks"
        (reply,) = post(Courier(Pretending(), found("127.0.0.1"), trusting(authority)), url)
        assert (reply.status, receiver.received[0].headers["host"]) == (200, f"shop.example:{receiver.port}")
        other = url.replace("shop", "other")
        told = refusal(Courier(Pretending(), found("127.0.0.1"), trusting(authority)), other)
        assert told.startswith("The certificate of other.example is not valid: Hostname mismatch")
        told = refusal(Courier(Pretending(), found("127.0.0.1")), url)
        assert told.startswith("The certificate of shop.example is not valid: unable to get local issuer")
        assert len(receiver.received) == 1


def test_a_receiver_without_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1_000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        url = f"https://shop.example:{listener.getsockname()[1]}/"
        assert (
            refusal(Courier(Pretending(), found("127.0.0.1")), url)
            == "No TLS with shop.example: WRONG_VERSION_NUMBER."
        )
        thread.join()


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.2",),
        ("10.0.0.1",),
        ("127.0.0.1", "192.168.1.1"),
        ("127.0.0.1", "::1"),
        ("::ffff:127.0.0.1",),
        ("64:ff9b::7f00:1",),
        ("2002:7f00:1::",),
        ("169.254.169.254",),
        ("fe80::1%lo",),
        ("fd00:ec2::254",),
        ("::",),
        ("0.0.0.0",),
        ("224.0.0.1",),
    ],
)
def test_a_name_that_leads_inside_is_not_followed(addresses: tuple[str, ...]) -> None:
    courier = Watched(Pretending(), found(*addresses))
    told = refusal(courier, "https://rebind.example/")
    assert told.startswith(f"rebind.example leads to {addresses[-1]}, which is ")
    assert courier.connected == []


def test_no_hostile_url_gets_as_far_as_a_connection() -> None:
    courier = Watched(Guard(allow_private=False), found("127.0.0.1"))

    async def try_all() -> int:
        refused = 0
        for url in HOSTILE:
            try:
                await courier.post(parse(url), {}, b"", 1)
            except (ValueError, Undelivered):
                refused += 1
        return refused

    assert asyncio.run(try_all()) == len(HOSTILE) > 200
    assert courier.connected == []


def test_several_addresses_are_tried_in_turn() -> None:
    with receiving() as receiver:
        url = f"http://shop.example:{receiver.port}/"
        courier = Watched(OPEN, found("127.0.0.2", "127.0.0.1"))
        (reply,) = post(courier, url)
    assert (reply.status, courier.connected) == (200, ["127.0.0.2", "127.0.0.1"])


class Flipping:
    """A DNS server on this machine that answers each question for an address otherwise than the one before."""

    def __init__(self, *answers: str) -> None:
        self._answers = answers
        self.questions = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Flipping":
        self._thread.start()
        self._is_ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def look_up(self, host: str, port: int) -> Sequence[str]:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.port
        return [record.address for record in await resolver.resolve(host, "A")]

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        pass

    def error_received(self, exc: Exception) -> None:
        pass

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        address = self._answers[self.questions % len(self._answers)]
        self.questions += 1
        answer.answer.append(dns.rrset.from_text(question.question[0].name, 0, "IN", "A", address))
        self._transport.sendto(answer.to_wire(), sender)

    def _run(self) -> None:
        opening = self._loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        transport, _ = self._loop.run_until_complete(opening)
        self.port = transport.get_extra_info("sockname")[1]
        self._is_ready.set()
        self._loop.run_forever()
        transport.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


def test_a_name_is_looked_up_once_for_each_connection_and_what_was_checked_is_connected_to(
    authority: trustme.CA,
) -> None:
    """The name of an attacker: fine when it is asked for first, the metadata service a moment later."""

    async def send(courier: Courier, url: str) -> list[str]:
        outcomes = []
        for _ in range(6):
            try:
                outcomes.append(str((await courier.post(parse(url), {}, b"{}", 3)).status))
            except Undelivered as undelivered:
                outcomes.append(str(undelivered))
            courier.close()  # a connection that is kept would need no look-up
        return outcomes

    with Flipping("127.0.0.1", "169.254.169.254") as server, secured(authority, "rebind.example") as receiver:
        courier = Watched(Pretending(), server.look_up, trusting(authority))
        outcomes = asyncio.run(send(courier, f"https://rebind.example:{receiver.port}/"))
        refused = "rebind.example leads to 169.254.169.254, which is the metadata service of a cloud."
        assert outcomes == ["200", refused] * 3
        assert server.questions == 6
        assert courier.connected == ["127.0.0.1"] * 3
        assert len(receiver.received) == 3


def test_addresses_for_tests_are_what_they_pretend() -> None:
    assert Guard(allow_private=False).fault_of_address(ip_address("127.0.0.1")) is not None
