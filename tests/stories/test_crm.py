"""A CRM bills a deal that was won. Its network is bad, its jobs run twice, and a deal changes afterwards."""

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

from tests.live import Live
from tests.stories.account import line, opened

DEAL = {"idempotency-key": "deal-4711-won", "content-type": "application/json"}


def test_a_deal_is_billed_once_however_often_the_crm_asks(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as (api, server):
        # The client is named by the CRM's own id, so that asking twice makes one.
        acme = api.post("/clients", json={"name": "Acme", "externalId": "account-77"})
        assert acme.status_code == 201
        same = api.post("/clients", json={"name": "Acme", "externalId": "account-77"})
        assert (same.status_code, same.json()["id"]) == (200, acme.json()["id"])

        # The invoice is asked for, and the connection breaks before the answer is there.
        deal = {
            "clientId": acme.json()["id"],
            "externalId": "deal-4711",
            "lineItems": [line("Onboarding package", 2400)],
        }
        body = json.dumps(deal).encode()
        ask_and_hang_up(server, body)

        # The CRM does not know whether it was done, and asks again with the same key, and once more to be sure.
        second = api.post("/invoices", content=body, headers=DEAL)
        while second.status_code == 409:  # the first is still being answered
            second = api.post("/invoices", content=body, headers=DEAL)
        third = api.post("/invoices", content=body, headers=DEAL)
        assert (second.status_code, third.status_code) == (201, 201)
        assert second.content == third.content
        assert third.headers["idempotent-replayed"] == "true"

        # Weeks later somebody runs the import again, without any key. The deal's own name still says: known.
        imported = api.post("/invoices", json=deal)
        assert (imported.status_code, imported.json()["id"]) == (200, second.json()["id"])

        # Then the deal is changed in the CRM. A bill that is out does not change behind anybody's back.
        changed = api.post("/invoices", json={**deal, "lineItems": [line("Onboarding package", 1800)]})
        assert changed.status_code == 409
        assert [fault["field"] for fault in changed.json()["error"]["details"]] == ["lineItems"]

        # After all this there is one client, one invoice, and one event for each.
        assert api.get("/clients").json()["pagination"]["total"] == 1
        assert [one["invoiceNumber"] for one in api.get("/invoices").json()["data"]] == ["INV-0001"]
        told = [event["type"] for event in api.get("/events").json()["data"]]
        assert told == ["client.created", "invoice.created"]


def ask_and_hang_up(server: Live, body: bytes) -> None:
    """Send the request whole, and close the connection without waiting for the answer."""
    headers = {
        "host": "localhost",
        "authorization": f"Bearer {server.key}",
        "content-length": str(len(body)),
        **DEAL,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(f"POST /api/v1/invoices HTTP/1.1\r\n{head}\r\n".encode() + body)
