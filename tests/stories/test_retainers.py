"""The first of the month: every active retainer is billed by one call, though one client has just gone."""

from pathlib import Path
from typing import Any

import httpx

from tests.stories.account import line, opened

RETAINERS = {"Acme": 1500, "Bolt": 900, "Crane": 2400.5, "Dune": 700}


def test_a_month_of_retainers_is_billed_once(tmp_path: Path) -> None:
    with opened(tmp_path / "data") as (api, _):
        for name, amount in RETAINERS.items():
            api.post("/clients", json={"name": name, "retainerAmount": amount}).raise_for_status()
        api.post("/clients", json={"name": "Former", "retainerAmount": 50, "isActive": False}).raise_for_status()
        api.post("/clients", json={"name": "By the hour"}).raise_for_status()

        # The job reads whom to bill, and makes one body of it.
        clients = api.get("/clients?isActive=true&limit=100&sort=createdAt").json()["data"]
        month = [retainer(client, "March") for client in clients if client["retainerAmount"] is not None]
        assert len(month) == len(RETAINERS)

        # Just then, somebody deletes Bolt. All or nothing: it is nothing, and the answer says which item it was.
        api.delete(f"/clients/{month[1]['clientId']}").raise_for_status()
        refused = api.post("/invoices/batch", json={"mode": "atomic", "invoices": month})
        assert refused.status_code == 422
        assert [fault["field"] for fault in refused.json()["error"]["details"]] == ["invoices[1].clientId"]
        assert invoice_numbers(api) == []

        # Each for itself: three are billed, with numbers that follow one another; Bolt's has its own error.
        items = api.post("/invoices/batch", json={"mode": "partial", "invoices": month}).json()["data"]
        assert [item["status"] for item in items] == [201, 422, 201, 201]
        assert items[1]["error"]["details"][0]["field"] == "clientId"
        billed = [item["invoice"] for item in items if item["status"] == 201]
        assert [invoice["invoiceNumber"] for invoice in billed] == ["INV-0001", "INV-0002", "INV-0003"]
        assert [invoice["total"] for invoice in billed] == [1500, 2400.5, 700]

        # The job is started a second time, as jobs are. March stays billed once.
        again = api.post("/invoices/batch", json={"mode": "partial", "invoices": month}).json()["data"]
        assert [item["status"] for item in again] == [200, 422, 200, 200]
        assert [item["invoice"]["id"] for item in again if item["invoice"]] == [one["id"] for one in billed]
        assert invoice_numbers(api) == ["INV-0001", "INV-0002", "INV-0003"]

        # April is another month, and this time nobody is missing.
        rest = [client for client in clients if client["id"] != month[1]["clientId"]]
        april = [retainer(client, "April") for client in rest if client["retainerAmount"] is not None]
        assert api.post("/invoices/batch", json={"invoices": april}).status_code == 200
        assert invoice_numbers(api)[-1] == "INV-0006"


def retainer(client: dict[str, Any], month: str) -> dict[str, Any]:
    """The body of one client's invoice for a month; its name in our books makes it unique."""
    return {
        "clientId": client["id"],
        "externalId": f"retainer-{month}-{client['id']}",
        "lineItems": [line(f"Monthly retainer, {month}", client["retainerAmount"])],
    }


def invoice_numbers(api: httpx.Client) -> list[str]:
    return [invoice["invoiceNumber"] for invoice in api.get("/invoices?sort=createdAt").json()["data"]]
