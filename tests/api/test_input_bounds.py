"""Input bounds, over a real socket: whatever is sent, and however slowly, it is refused soon and costs little."""

import json
import re
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from cleverinvo.web.body import BODY_BYTES_MAX
from tests.impatient import DEADLINES
from tests.live import Live, serving

KIB, MIB = 1024, 1024 * 1024
SECONDS_MAX = 0.25
"""Of work, for one refusal."""

RSS_GROWTH_MAX = 32 * MIB

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}


@dataclass
class Server:
    live: Live
    client_id: str

    def connect(self) -> socket.socket:
        address = urlsplit(self.live.url)
        return socket.create_connection((address.hostname, address.port), timeout=15)

    def head(self, method: str, path: str, *headers: str) -> bytes:
        lines = [f"{method} /api/v1{path} HTTP/1.1", "host: x", f"authorization: Bearer {self.live.key}", *headers]
        return "\r\n".join([*lines, "", ""]).encode()

    def get(self, path: str) -> Any:
        return httpx.get(
            f"{self.live.url}/api/v1{path}", headers={"authorization": f"Bearer {self.live.key}"}
        ).json()

    def stored(self) -> tuple[int, int]:
        """How many clients and invoices there are."""
        return tuple(self.get(f"/{name}")["pagination"]["total"] for name in ("clients", "invoices"))  # type: ignore[return-value]

    def rss(self) -> int:
        status = Path(f"/proc/{self.live.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) * KIB

    def busy(self) -> float:
        """Seconds that the thread which answers has been at work, whatever else the machine does."""
        return int(Path(f"/proc/{self.live.process.pid}/schedstat").read_text().split()[0]) / 1e9

    def bytes_read(self) -> int:
        return int(re.findall(r"rchar: (\d+)", Path(f"/proc/{self.live.process.pid}/io").read_text())[0])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with short deadlines, warmed up."""
    folder = tmp_path_factory.mktemp("bounds")
    command = [sys.executable, "-m", "tests.impatient"]
    with serving(folder, command=command, CLEVERINVO_RATE_LIMIT_BUSINESS="unlimited") as live:
        headers = {"authorization": f"Bearer {live.key}"}
        with httpx.Client(base_url=f"{live.url}/api/v1", headers=headers) as http:
            client_id = http.post("/clients", json={"name": "Acme"}).json()["id"]
            for _ in range(20):
                http.post("/clients", json={"name": ""})
        yield Server(live, client_id)


def read_answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the next answer; (0, {}, b"") where the server just closed."""
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return 0, {}, received
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return int(status_line.split()[1]), headers, body


def code_of(body: bytes) -> str:
    error = json.loads(body)["error"]
    assert list(error) == ["code", "message", "details", "requestId"]
    assert error["requestId"]
    return str(error["code"])


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def post(server: Server, path: str, body: bytes) -> tuple[int, bytes, float]:
    """Send a body at once; the answer, and the seconds of work it took."""
    with closing(server.connect()) as connection:
        started = server.busy()
        connection.sendall(
            server.head("POST", path, "content-type: application/json", f"content-length: {len(body)}") + body
        )
        status, _, answer = read_answer(connection)
        return status, answer, server.busy() - started


def filled(item: bytes, start: bytes = b"[", end: bytes = b"]") -> bytes:
    """As much of an item as fits into the largest body."""
    return start + b",".join([item] * ((BODY_BYTES_MAX - len(start) - len(end)) // (len(item) + 1))) + end


def invoice(**fields: Any) -> bytes:
    return json.dumps({"clientId": "cli_x", "lineItems": [LINE], **fields}).encode()


def keyed(value: bytes, how_many: int) -> bytes:
    return b"{" + b",".join(b'"%x":%b' % (number, value) for number in range(how_many))


HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "100,000 deep lists": ("/clients", b"[" * 100_000 + b"]" * 100_000, "BAD_REQUEST"),
    "100,000 deep objects": ("/clients", b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "BAD_REQUEST"),
    "900 deep, with an escape": ("/clients", b"[" * 900 + b'"\\u0001"' + b"]" * 900, "VALIDATION_ERROR"),
    "a name of a million": ("/clients", json.dumps({"name": "x" * 1_000_000}).encode(), "VALIDATION_ERROR"),
    "501 lines": ("/invoices", invoice(lineItems=[LINE] * 501), "VALIDATION_ERROR"),
    "as many lines as fit": (
        "/invoices",
        filled(json.dumps(LINE).encode(), b'{"clientId":"x","lineItems":[', b"]}"),
        "VALIDATION_ERROR",
    ),
    "as many empty lines as fit": ("/invoices", filled(b"{}", b'{"lineItems":[', b"]}"), "BAD_REQUEST"),
    "500 lines with 100 faults": (
        "/invoices",
        invoice(lineItems=[{**LINE, "x" * 90: 1, "y" * 90: 2}] * 500),
        "VALIDATION_ERROR",
    ),
    "a batch as large as fits": ("/invoices/batch", filled(b"{}", b'{"invoices":[', b"]}"), "BAD_REQUEST"),
    "numbers as many as fit": ("/clients", filled(b"1.1"), "VALIDATION_ERROR"),
    "objects as many as fit": ("/clients", filled(b"{}"), "BAD_REQUEST"),
    "controls as many as fit": ("/clients", filled(b'"\\u0001"'), "VALIDATION_ERROR"),
    "lists as many as fit": ("/clients", filled(b"[0]"), "BAD_REQUEST"),
    "one control behind 59,000 lists": (
        "/clients",
        b"[" + b"[0]," * 59_000 + b'"\\u0001"]',
        "VALIDATION_ERROR",
    ),
    "50,000 empty lines": ("/invoices", b'{"lineItems":[' + b"{}," * 50_000 + b"{}]}", "VALIDATION_ERROR"),
    "texts as many as fit": ("/clients", filled(b'"a"', b'["\\u0041",'), "VALIDATION_ERROR"),
    "60,000 fields": ("/clients", keyed(b"0", 60_000) + b"}", "VALIDATION_ERROR"),
    "60,000 fields and one twice": ("/clients", keyed(b"0", 60_000) + b',"ea5f":1}', "BAD_REQUEST"),
    "a pair of names 100 times": ("/clients", b'{"name":"a",' + b'"x":1,' * 100 + b'"y":1}', "BAD_REQUEST"),
    "a number of a million digits": ("/clients", b'{"name":' + b"9" * 1_000_000 + b"}", "BAD_REQUEST"),
    "a text of a million digits": ("/invoices", invoice(discountAmount="9" * 1_000_000), "VALIDATION_ERROR"),
    "an exponent of a million": (
        "/invoices",
        b'{"clientId":"x","lineItems":[{"description":"x","quantity":1E+1000000,"unitPrice":1}]}',
        "VALIDATION_ERROR",
    ),
    "an exponent beyond all": ("/clients", b'{"retainerAmount":1E99999999999999999999}', "BAD_REQUEST"),
    "NaN": ("/clients", b'{"name":"A","retainerAmount":NaN}', "BAD_REQUEST"),
    "NaN as text": ("/clients", b'{"name":"A","retainerAmount":"NaN"}', "VALIDATION_ERROR"),
    "1e400": ("/clients", b'{"name":"A","retainerAmount":1e400}', "VALIDATION_ERROR"),
    "digits of another script": ("/clients", '{"name":"A","retainerAmount":"١٢"}'.encode(), "VALIDATION_ERROR"),
    "an underscore": ("/clients", b'{"name":"A","retainerAmount":"1_000"}', "VALIDATION_ERROR"),
    "true for a number": ("/clients", b'{"name":"A","retainerAmount":true}', "VALIDATION_ERROR"),
    "NUL": ("/clients", b'{"name":"a\\u0000b"}', "VALIDATION_ERROR"),
    "a NUL in a name": ("/clients", b'{"name":"A","metadata":{"a\\u0000":"b"}}', "VALIDATION_ERROR"),
    "a lone surrogate": ("/clients", b'{"name":"\\ud800"}', "VALIDATION_ERROR"),
    "half a pair": ("/clients", b'{"name":"\\ud83dx"}', "VALIDATION_ERROR"),
    "bytes that are no UTF-8": ("/clients", b'{"name":"\xff\xfe"}', "BAD_REQUEST"),
    "UTF-16": ("/clients", '{"name":"A"}'.encode("utf-16"), "BAD_REQUEST"),
    "a key twice": ("/clients", b'{"name":"A","name":"B"}', "BAD_REQUEST"),
    "metadata without end": (
        "/clients",
        b'{"name":"A","metadata":' + keyed(b'"x"', 50_000) + b"}}",
        "VALIDATION_ERROR",
    ),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_body_is_refused_at_once_and_leaves_nothing(server: Server, hostile: str) -> None:
    path, body, code = HOSTILE[hostile]
    before, rss, seconds = server.stored(), server.rss(), []
    for _ in range(3):
        status, answer, took = post(server, path, body)
        assert (status, code_of(answer)) == ({"BAD_REQUEST": 400, "VALIDATION_ERROR": 422}[code], code)
        assert len(answer) < 64 * KIB
        seconds.append(took)
    assert min(seconds) < SECONDS_MAX
    assert server.stored() == before
    assert server.rss() - rss < RSS_GROWTH_MAX


QUERIES = {
    "limit=1000000000": 422,
    "limit=9999999999999999999999999999": 422,
    "limit=-1&page=0": 422,
    "page=1000001": 422,
    "&".join(f"field{number}=1" for number in range(10_000)): 400,
    "&".join(f"f{number}=1" for number in range(51)): 400,
    "&" * 30_000: 400,
    "q=" + "x" * 20_000: 422,
    "q=" + "%F0%9F%98%80" * 1_000: 422,
    "q=%00": 422,
    "q=%ED%A0%80": 400,
    "email=" + "%0d%0aset-cookie:x": 422,
    "x" * 20_000 + "=1": 422,
}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query[:30])
def test_a_hostile_query_is_refused_at_once(server: Server, query: str) -> None:
    with closing(server.connect()) as connection:
        started = server.busy()
        connection.sendall(server.head("GET", f"/clients?{query}"))
        status, _, body = read_answer(connection)
        took = server.busy() - started
    if len(query) > 32 * KIB:
        assert (status, code_of(body)) == (400, "BAD_REQUEST")
    else:
        assert status == QUERIES[query], body
        code_of(body)
    assert len(body) < 64 * KIB
    assert took < SECONDS_MAX


def send_until_answered(connection: socket.socket, chunk: bytes, total: int) -> int:
    """Send up to `total` bytes for as long as nothing comes back; how many could be sent."""
    sent = 0
    connection.setblocking(False)
    deadline = time.monotonic() + 10
    while sent < total and time.monotonic() < deadline:
        try:
            if connection.recv(1, socket.MSG_PEEK) is not None:
                break
        except BlockingIOError:
            pass
        try:
            sent += connection.send(chunk)
        except BlockingIOError:
            time.sleep(0.001)
        except (BrokenPipeError, ConnectionResetError):
            break
    connection.setblocking(True)
    return sent


@pytest.mark.parametrize("announced", [True, False])
def test_of_a_body_of_300_mb_a_mebibyte_is_read_at_most(server: Server, announced: bool) -> None:
    rss, before = server.rss(), server.bytes_read()
    with closing(server.connect()) as connection:
        size = "content-length: 300000000" if announced else "transfer-encoding: chunked"
        connection.sendall(server.head("POST", "/clients", "content-type: application/json", size))
        chunk = b" " * 65536 if announced else b"10000\r\n" + b" " * 65536 + b"\r\n"
        send_until_answered(connection, chunk, 300_000_000)
        status, headers, body = read_answer(connection)
    assert (status, code_of(body), headers["connection"]) == (413, "PAYLOAD_TOO_LARGE", "close")
    assert server.bytes_read() - before < (256 * KIB if announced else BODY_BYTES_MAX + 512 * KIB)
    assert server.rss() - rss < 8 * MIB


def test_without_a_key_no_body_is_read_at_all(server: Server) -> None:
    before = server.bytes_read()
    with closing(server.connect()) as connection:
        connection.sendall(b"POST /api/v1/clients HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n")
        send_until_answered(connection, b" " * 65536, 900_000)
        status, headers, _ = read_answer(connection)
        assert (status, headers["connection"]) == (401, "close")
    assert server.bytes_read() - before < 256 * KIB


def test_the_largest_body_is_taken_and_one_byte_more_is_not(server: Server) -> None:
    body = b'{"name": ""' + b" " * (BODY_BYTES_MAX - 12) + b"}"
    assert len(body) == BODY_BYTES_MAX
    assert post(server, "/clients", body)[0] == 422
    assert post(server, "/clients", body + b" ")[0] == 413


def test_a_body_that_drips_is_given_up_at_its_deadline(server: Server) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(
            server.head("POST", "/clients", "content-type: application/json", "content-length: 1000")
        )
        started = time.monotonic()
        connection.settimeout(0.05)
        answer = b""
        while time.monotonic() - started < 5 * DEADLINES.body and not answer:
            connection.send(b" ")
            try:
                answer = connection.recv(1, socket.MSG_PEEK)
            except TimeoutError:
                continue
        took = time.monotonic() - started
        connection.settimeout(5)
        status, headers, body = read_answer(connection)
        assert (status, code_of(body), headers["connection"]) == (408, "REQUEST_TIMEOUT", "close")
        assert DEADLINES.body * 0.9 < took < DEADLINES.body + 1
        assert is_closed(connection)


def closes_while(server: Server, first: bytes, dripped: bytes) -> float:
    """How long a connection lives on which, after a beginning, one thing after another drips."""
    with closing(server.connect()) as connection:
        if first:
            connection.sendall(first)
            if first.endswith(b"\r\n\r\n"):
                read_answer(connection)
        started = time.monotonic()
        connection.settimeout(0.05)
        while time.monotonic() - started < 5:
            try:
                if dripped:
                    connection.send(dripped)
                if connection.recv(65536) == b"":
                    break
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                break
        return time.monotonic() - started


SLOW: dict[str, Callable[[Server], tuple[bytes, bytes]]] = {
    "a connection on which nothing comes": lambda _: (b"", b""),
    "a request line that drips": lambda _: (b"GET /api/v1/clients", b"x"),
    "headers that drip": lambda _: (b"GET / HTTP/1.1\r\nhost: x\r\n", b"x: y\r\n"),
    "line ends that drip": lambda _: (b"", b"\r\n"),
    "a connection that is idle after a request": lambda server: (server.head("GET", "/account"), b""),
    "line ends that drip after a request": lambda server: (server.head("GET", "/account"), b"\r\n"),
    "headers that drip after a request": lambda server: (server.head("GET", "/account"), b"G"),
}


@pytest.mark.parametrize("slow", SLOW)
def test_who_does_not_come_to_the_point_is_shown_out(server: Server, slow: str) -> None:
    assert closes_while(server, *SLOW[slow](server)) < DEADLINES.headers + 1


def test_who_does_not_take_the_answer_is_shown_out(server: Server) -> None:
    """Answers to many requests on one connection pile up in our memory, if the client does not read them."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        address = urlsplit(server.live.url)
        connection.connect((address.hostname, address.port))
        connection.settimeout(0.2)
        request = server.head("GET", "/account") * 64
        started, is_open = time.monotonic(), True
        while is_open and time.monotonic() - started < 15:
            try:
                connection.sendall(request)
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                is_open = False
    assert not is_open


def test_who_reads_slowly_but_steadily_is_served(server: Server) -> None:
    body = invoice(clientId=server.client_id, lineItems=[{**LINE, "description": "x" * 200}] * 500)
    for _ in range(7):
        assert post(server, "/invoices", body)[0] == 201
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        address = urlsplit(server.live.url)
        connection.connect((address.hostname, address.port))
        connection.settimeout(10)
        connection.sendall(server.head("GET", "/invoices?limit=100", "connection: close"))
        received = 0
        while chunk := connection.recv(8192):
            received += len(chunk)
            time.sleep(0.02)
    assert received > 750_000


def test_headers_have_their_bounds(server: Server) -> None:
    for headers in (["x: " + "y" * 40_000], [f"x{number}: y" for number in range(5_000)]):
        with closing(server.connect()) as connection:
            connection.sendall(server.head("GET", "/account", *headers))
            status, answered, body = read_answer(connection)
        assert (status, code_of(body), answered["connection"]) == (400, "BAD_REQUEST", "close")


@pytest.mark.parametrize(
    "raw",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /api/v1/clients HTTP/9.9\r\n\r\n",
        b"GET /api/v1/clients HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST /api/v1/clients HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"POST /api/v1/clients HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api/v1/clients HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n12345",
        b"POST /api/v1/clients HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n",
    ],
)
def test_what_is_not_http_is_a_bad_request(server: Server, raw: bytes) -> None:
    with closing(server.connect()) as connection:
        connection.sendall(raw)
        status, headers, body = read_answer(connection)
        if status == 401:  # refused for want of a key, before its body was looked at
            assert headers["connection"] == "close"
            return
        assert (status, code_of(body), headers["connection"]) == (400, "BAD_REQUEST", "close")
        assert is_closed(connection)


def test_slow_clients_do_not_hold_up_honest_ones(server: Server) -> None:
    """200 connections that come to nothing, while somebody bills."""
    slow = [server.connect() for _ in range(200)]
    for number, connection in enumerate(slow):
        connection.sendall(
            b"GET / HTTP/1.1\r\nx: "
            if number % 2
            else server.head("POST", "/clients", "content-type: application/json", "content-length: 1000")
        )
    seconds = []
    for _ in range(40):
        started = time.monotonic()
        assert post(server, "/invoices", invoice(clientId=server.client_id))[0] == 201
        seconds.append(time.monotonic() - started)
    for connection in slow:
        connection.close()
    assert sorted(seconds)[int(len(seconds) * 0.95)] < 1
