"""The archive of many documents."""

import io
import zipfile
from pathlib import Path
from typing import Any

from cleverinvo.documents import export
from cleverinvo.documents.export import ExportInvoices
from tests.api.test_documents import TAXED, berlin, keep_due, stored_file  # noqa: F401 - a fixture
from tests.conftest import Person


def archive(person: Person, query: str = "") -> zipfile.ZipFile:
    answer = person.get(f"/invoices/export.zip{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert "content-length" not in answer.headers
    opened = zipfile.ZipFile(io.BytesIO(answer.content))
    assert opened.testzip() is None
    return opened


def test_an_archive_holds_the_documents_as_they_are_stored(berlin: Person) -> None:  # noqa: F811
    sent = [berlin.sent_invoice(lineItems=TAXED) for _ in range(3)]
    berlin.invoice(currency="USD")
    opened = archive(berlin, "?status=SENT&include=all")
    assert sorted(opened.namelist()) == sorted(
        f"{one['invoiceNumber']}.{x}" for one in sent for x in ("pdf", "xml")
    )
    for one in sent:
        assert opened.read(f"{one['invoiceNumber']}.pdf") == berlin.get(f"/invoices/{one['id']}/pdf").content
        assert opened.read(f"{one['invoiceNumber']}.xml") == berlin.get(f"/invoices/{one['id']}/xml").content


def test_an_archive_goes_on_over_all_pages_of_the_list(alice: Person) -> None:
    invoices = [
        {"clientId": alice.client_id, "lineItems": [{"description": "x", "quantity": 1, "unitPrice": 1}]}
    ] * 120
    assert alice.post("/invoices/batch", {"invoices": invoices}).json()["created"] == 120
    assert len(archive(alice).namelist()) == 120


def test_an_archive_is_sent_while_it_is_made(alice: Person) -> None:
    """However many documents there are: only one of them is held at a time."""
    for _ in range(20):
        alice.invoice()
    app: Any = alice.http.app

    async def pieces() -> list[int]:
        stream = export.stream(app.database, app._renderer, alice.account_id, ExportInvoices())
        return [len(piece) async for piece in stream]

    assert alice.http.portal is not None
    sizes = alice.http.portal.call(pieces)
    assert len(sizes) > 20
    assert max(sizes) < sum(sizes) / 15


def test_what_cannot_be_had_is_told_in_the_archive(berlin: Person, tmp_path: Path) -> None:  # noqa: F811
    good, bad = berlin.sent_invoice(lineItems=TAXED), berlin.sent_invoice(lineItems=TAXED)
    keep_due(berlin)
    stored_file(tmp_path, berlin.get(f"/invoices/{bad['id']}").json()["pdfSha256"]).unlink()
    opened = archive(berlin)
    assert sorted(opened.namelist()) == sorted([f"{good['invoiceNumber']}.pdf", "NOT-INCLUDED.txt"])
    assert bad["invoiceNumber"] in opened.read("NOT-INCLUDED.txt").decode()


def test_a_number_leads_out_of_no_folder(alice: Person) -> None:
    assert alice.patch("/account", {"numberFormat": "../{year}/{seq}"}).status_code == 200
    alice.invoice()
    (name,) = archive(alice).namelist()
    assert name == "-2026-1.pdf"


def test_an_export_has_no_pages_and_nothing_of_bobs(alice: Person, bob: Person) -> None:
    bob.invoice()
    assert archive(alice).namelist() == []
    assert alice.get("/invoices/export.zip?page=2&limit=5").status_code == 422
