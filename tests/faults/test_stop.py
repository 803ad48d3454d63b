"""Told to stop, the server answers what it has begun, ends with exit code 0, and has lost nothing."""

import json
import signal
import socket
import time
from urllib.parse import urlsplit

import pytest

from cleverinvo.serve import SHUTDOWN_SECONDS_MAX
from cleverinvo.settings import Settings
from tests.faults.customers import Ledger, begin, crowding, settle
from tests.faults.stage import assert_nothing_lost, serve


def test_stopped_under_load_it_loses_nothing(settings: Settings) -> None:
    with serve(settings) as server:
        ledger = begin(server)
        with crowding(server, ledger):
            time.sleep(0.4)
            server.process.terminate()
            assert server.process.wait(SHUTDOWN_SECONDS_MAX) == 0
    with serve(settings) as server:
        settle(server, ledger)
        assert_nothing_lost(settings, ledger)
    assert ledger.statuses.keys() == {201}
    assert not ledger.open


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_that_has_begun_is_answered(sqlite_settings: Settings, number: int) -> None:
    with serve(sqlite_settings) as server:
        ledger = begin(server)
        with socket.create_connection((urlsplit(server.url).hostname, urlsplit(server.url).port)) as connection:
            request = order(ledger)
            connection.sendall(request[:-10])
            time.sleep(0.2)
            server.process.send_signal(number)
            time.sleep(0.3)
            connection.sendall(request[-10:])
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 201 ")
        assert server.process.wait(SHUTDOWN_SECONDS_MAX) == 0
    ledger.invoices["invoice-1"] = answer.partition(b"\r\n\r\n")[2]
    assert_nothing_lost(sqlite_settings, ledger)


def order(ledger: Ledger) -> bytes:
    """A request for an invoice, as it goes over the wire."""
    line = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
    body = json.dumps({"clientId": ledger.client_id, "lineItems": [line]}).encode()
    head = (
        "POST /api/v1/invoices HTTP/1.1\r\nhost: localhost\r\nidempotency-key: invoice-1\r\n"
        f"authorization: Bearer {ledger.key}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
