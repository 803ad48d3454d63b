"""From an empty folder to the first PDF, and the next morning."""

from pathlib import Path

import httpx

from tests.stories.account import line, opened


def test_from_the_first_start_to_the_first_pdf(tmp_path: Path) -> None:
    # The server is started on an empty folder. It prints an address and a key; nothing has to be set up.
    with opened(tmp_path / "data") as (api, server):
        acme = api.post("/clients", json={"name": "Acme Corporation", "email": "billing@acme.example"}).json()

        # The first invoice: ten hours and a flat fee, with 20 % tax.
        invoice = api.post(
            "/invoices",
            json={
                "clientId": acme["id"],
                "lineItems": [
                    {**line("Consulting", 150, quantity=10), "taxRate": 20},
                    {**line("Travel", 80.5), "taxRate": 20},
                ],
                "notes": "Thank you!",
            },
        ).json()
        assert (invoice["invoiceNumber"], invoice["status"]) == ("INV-0001", "DRAFT")
        assert (invoice["subtotal"], invoice["taxTotal"], invoice["total"]) == (1580.5, 316.1, 1896.6)

        # It is sent, and its PDF can be read by whoever has the link, without a key.
        sent = api.patch(f"/invoices/{invoice['id']}", json={"status": "SENT"}).json()
        assert sent["status"] == "SENT"
        printed = httpx.get(sent["pdfUrl"])
        assert printed.headers["content-type"] == "application/pdf"
        assert printed.content.startswith(b"%PDF-")
        assert httpx.get(sent["pdfUrl"][:-1]).status_code == 404
        key = server.key

    # The machine is switched off and on. The second start asks nothing and shows no key; all is as it was.
    with opened(tmp_path / "data", key) as (api, server):
        assert server.key == ""
        found = api.get(f"/invoices/{invoice['id']}").json()
        assert (found["invoiceNumber"], found["status"], found["total"]) == ("INV-0001", "SENT", 1896.6)
        assert httpx.get(found["pdfUrl"]).content.startswith(b"%PDF-")

        # The money comes in.
        paid = api.patch(f"/invoices/{invoice['id']}", json={"status": "PAID"}).json()
        assert (paid["status"], paid["amountDue"]) == ("PAID", 0)
        told = [event["type"] for event in api.get("/events").json()["data"]]
        assert told[:3] == ["client.created", "invoice.created", "invoice.sent"]
        assert told[-1] == "invoice.paid"
