"""Documents over HTTP: what is in them, how they are frozen, and what happens when the storage fails."""

import hashlib
import io
from pathlib import Path
from typing import Any

import facturx
import pikepdf
import pytest

from cleverinvo.app import App
from cleverinvo.documents import actions, store
from cleverinvo.documents.renderer import Renderer
from tests.conftest import Person

SELLER = {
    "street": "Lindenstraße 14",
    "postalCode": "10969",
    "city": "Berlin",
    "countryCode": "DE",
    "taxId": "DE123456789",
    "phone": "+49 30 5557 1200",
    "contactName": "Mara Lindqvist",
    "legalRegistrationId": "HRB 201234 B",
    "electronicAddress": "9930:DE123456789",
    "iban": "DE02 1203 0000 0000 2020 51",
    "bic": "BYLADEM1001",
    "currency": "EUR",
}
CLIENT = {
    "street": "Königsallee 92a",
    "postalCode": "40212",
    "city": "Düsseldorf",
    "countryCode": "DE",
    "electronicAddress": "0204:991-01234-44",
    "buyerReference": "04011000-12345-34",
}
TAXED = [{"description": "Consulting", "quantity": 2, "unitPrice": "150.50", "taxRate": 19}]


@pytest.fixture
def berlin(alice: Person) -> Person:
    """Alice with all that an e-invoice needs to know of her and her client."""
    assert alice.patch("/account", SELLER).status_code == 200
    assert alice.patch(f"/clients/{alice.client_id}", CLIENT).status_code == 200
    return alice


def renderer(person: Person) -> Renderer:
    app: App = person.http.app  # type: ignore[assignment]
    return app._renderer


def keep_due(person: Person) -> None:
    """What the worker does."""
    assert person.http.portal is not None
    person.http.portal.call(renderer(person).keep_due)


def stored_file(tmp_path: Path, sha256: str) -> Path:
    return tmp_path / "documents" / sha256[:2] / sha256[2:4] / f"{sha256}.pdf"


def test_the_pdf_of_a_complete_invoice_has_the_e_invoice_inside(berlin: Person) -> None:
    invoice = berlin.sent_invoice(lineItems=TAXED)
    pdf = berlin.get(f"/invoices/{invoice['id']}/pdf").content
    name, inside = facturx.get_xml_from_pdf(pdf, check_xsd=True)
    assert name == "factur-x.xml"
    assert inside == berlin.get(f"/invoices/{invoice['id']}/xml").content


def test_the_pdf_of_an_incomplete_invoice_is_an_archive_file_all_the_same(alice: Person) -> None:
    invoice = alice.sent_invoice()
    with pikepdf.open(io.BytesIO(alice.get(f"/invoices/{invoice['id']}/pdf").content)) as pdf:
        assert "/Names" not in pdf.Root or "/EmbeddedFiles" not in pdf.Root.Names
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "3B"
    refused = alice.get(f"/invoices/{invoice['id']}/xml")
    assert refused.status_code == 422
    assert {"field": "client.countryCode", "message": "The country is needed (BR-11)"} in refused.json()["error"][
        "details"
    ]


@pytest.mark.parametrize(
    ("syntax", "root"), [("cii", "CrossIndustry"), ("ubl", "<Invoice"), ("xrechnung", "<Invoice")]
)
def test_an_e_invoice_comes_in_three_syntaxes(berlin: Person, syntax: str, root: str) -> None:
    invoice = berlin.sent_invoice(lineItems=TAXED)
    answer = berlin.get(f"/invoices/{invoice['id']}/xml?format={syntax}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert root in answer.text


def test_compliance_names_rules_and_fields_before_sending(alice: Person) -> None:
    invoice = alice.invoice(lineItems=TAXED)
    found = alice.get(f"/invoices/{invoice['id']}/compliance").json()
    assert (found["profile"], found["ready"]) == ("EN16931", False)
    assert ("BR-11", "client.countryCode") in {(one["rule"], one["field"]) for one in found["missing"]}
    preview = alice.post("/invoices/preview", {"clientId": alice.client_id, "lineItems": TAXED}).json()
    assert preview["compliance"] == found


def test_a_complete_invoice_is_ready_for_every_profile(berlin: Person) -> None:
    invoice = berlin.invoice(lineItems=TAXED)
    for profile in ("EN16931", "PEPPOL", "XRECHNUNG"):
        found = berlin.get(f"/invoices/{invoice['id']}/compliance?profile={profile}").json()
        assert found == {"profile": profile, "ready": True, "missing": []}


def test_an_account_may_refuse_to_send_what_is_no_e_invoice(alice: Person) -> None:
    alice.patch("/account", {"requireEInvoice": True})
    invoice = alice.invoice(lineItems=TAXED)
    for status in ("SENT", "PAID"):
        answer = alice.patch(f"/invoices/{invoice['id']}", {"status": status})
        assert answer.status_code == 422
        assert "client.countryCode" in {one["field"] for one in answer.json()["error"]["details"]}
    assert alice.get(f"/invoices/{invoice['id']}").json()["status"] == "DRAFT"


def test_a_sent_invoice_keeps_its_bytes_whatever_changes_later(berlin: Person) -> None:
    invoice = berlin.sent_invoice(lineItems=TAXED)
    assert invoice["pdfSha256"] is None
    first = berlin.get(f"/invoices/{invoice['id']}/pdf")
    sha256 = hashlib.sha256(first.content).hexdigest()
    assert berlin.get(f"/invoices/{invoice['id']}").json()["pdfSha256"] == sha256
    berlin.patch("/account", {"name": "Renamed", "layout": "compact", "accentColor": "#ff0000"})
    berlin.patch(f"/clients/{berlin.client_id}", {"name": "Renamed too"})
    berlin.patch(f"/invoices/{invoice['id']}", {"status": "PAID"})
    again = berlin.get(f"/invoices/{invoice['id']}/pdf")
    assert again.content == first.content
    assert berlin.http.get(invoice["pdfUrl"]).content == first.content
    tag = {"if-none-match": first.headers["etag"]}
    assert berlin.get(f"/invoices/{invoice['id']}/pdf", headers=tag).status_code == 304


def test_the_frozen_view_gives_the_same_bytes_again(berlin: Person) -> None:
    invoice = berlin.sent_invoice(lineItems=TAXED)
    before = berlin.get(f"/invoices/{invoice['id']}/pdf").content
    berlin.patch("/account", {"name": "Renamed"})
    database = berlin.http.app.database  # type: ignore[attr-defined]
    assert berlin.http.portal is not None
    document = berlin.http.portal.call(database.scan, actions.find, berlin.account_id, invoice["id"])
    assert renderer(berlin)._typesetter.set_now(document) == before


def test_the_worker_stores_what_was_sent(berlin: Person, tmp_path: Path) -> None:
    ids = [berlin.sent_invoice(lineItems=TAXED)["id"] for _ in range(3)]
    keep_due(berlin)
    for id in ids:
        sha256 = berlin.get(f"/invoices/{id}").json()["pdfSha256"]
        assert hashlib.sha256(stored_file(tmp_path, sha256).read_bytes()).hexdigest() == sha256


def test_of_two_that_make_a_document_at_once_the_first_has_made_it(berlin: Person) -> None:
    """Two servers of different releases may not set it alike."""
    invoice = berlin.sent_invoice(lineItems=TAXED)
    call, database = berlin.http.portal.call, berlin.http.app.database  # type: ignore[union-attr, attr-defined]
    unmade = call(database.scan, actions.find, berlin.account_id, invoice["id"])
    assert unmade.sha256 is None
    others = renderer(berlin)._storage.keep(b"%PDF-1.7 of another release")
    call(database.write, store.record, berlin.account_id, "invoice", invoice["id"], others)
    assert call(renderer(berlin).pdf, unmade) == b"%PDF-1.7 of another release"
    assert berlin.get(f"/invoices/{invoice['id']}").json()["pdfSha256"] == others


def test_a_draft_follows_its_data_and_is_not_stored(berlin: Person, tmp_path: Path) -> None:
    invoice = berlin.invoice(lineItems=TAXED)
    before = berlin.get(f"/invoices/{invoice['id']}/pdf").content
    berlin.patch(f"/invoices/{invoice['id']}", {"notes": "Other notes"})
    assert berlin.get(f"/invoices/{invoice['id']}/pdf").content != before
    keep_due(berlin)
    assert not (tmp_path / "documents").exists()


def test_a_missing_document_is_told_and_never_made_again(berlin: Person, tmp_path: Path, caplog: Any) -> None:
    invoice = berlin.sent_invoice(lineItems=TAXED)
    keep_due(berlin)
    path = stored_file(tmp_path, berlin.get(f"/invoices/{invoice['id']}").json()["pdfSha256"])
    path.unlink()
    answer = berlin.get(f"/invoices/{invoice['id']}/pdf")
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "DOCUMENT_DAMAGED"
    assert "missing" in caplog.text
    keep_due(berlin)
    assert not path.exists()


def test_an_altered_document_is_told_and_not_served(berlin: Person, tmp_path: Path) -> None:
    invoice = berlin.sent_invoice(lineItems=TAXED)
    keep_due(berlin)
    path = stored_file(tmp_path, berlin.get(f"/invoices/{invoice['id']}").json()["pdfSha256"])
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(bytes(content))
    answer = berlin.http.get(invoice["pdfUrl"])
    assert answer.status_code == 500
    assert "altered" in answer.json()["error"]["message"]


def test_a_full_disk_stops_no_invoice_from_being_sent(berlin: Person, tmp_path: Path) -> None:
    (tmp_path / "documents").write_text("a file where the folder should be")
    invoice = berlin.sent_invoice(lineItems=TAXED)
    keep_due(berlin)
    assert berlin.get(f"/invoices/{invoice['id']}/pdf").status_code == 503
    (tmp_path / "documents").unlink()
    keep_due(berlin)
    assert berlin.get(f"/invoices/{invoice['id']}").json()["pdfSha256"] is not None


def test_an_if_match_from_before_the_pdf_was_stored_still_holds(berlin: Person) -> None:
    sent = berlin.patch(f"/invoices/{berlin.invoice()['id']}", {"status": "SENT"})
    keep_due(berlin)
    path = f"/invoices/{sent.json()['id']}"
    assert berlin.patch(path, {"status": "PAID"}, headers={"if-match": '"other"'}).status_code == 412
    assert berlin.patch(path, {"status": "PAID"}, headers={"if-match": sent.headers["etag"]}).status_code == 200


def test_a_copy_shows_what_was_paid_since(berlin: Person) -> None:
    invoice = berlin.sent_invoice(lineItems=TAXED)
    original = berlin.get(f"/invoices/{invoice['id']}/pdf").content
    berlin.patch(f"/invoices/{invoice['id']}", {"status": "PAID"})
    copy = berlin.get(f"/invoices/{invoice['id']}/pdf?copy=true").content
    assert copy != original
    assert berlin.get(f"/invoices/{invoice['id']}/pdf").content == original


def test_bobs_key_opens_none_of_alices_documents(berlin: Person, bob: Person) -> None:
    invoice = berlin.sent_invoice(lineItems=TAXED)
    for path in ("pdf", "xml", "compliance"):
        assert bob.get(f"/invoices/{invoice['id']}/{path}").status_code == 404


def test_an_invoice_has_no_more_text_than_can_be_printed_in_time(alice: Person) -> None:
    lines = [{"description": "x" * 2_000, "quantity": 1, "unitPrice": 1}] * 50
    assert alice.post("/invoices/preview", {"clientId": alice.client_id, "lineItems": lines}).status_code == 200
    answer = alice.post("/invoices", {"clientId": alice.client_id, "lineItems": [*lines, lines[0]]})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == "lineItems"


def test_the_worker_goes_on_behind_a_document_that_cannot_be_made(berlin: Person, monkeypatch: Any) -> None:
    from cleverinvo.documents import renderer as module

    monkeypatch.setattr(module, "BATCH", 2)
    ids = [berlin.sent_invoice(lineItems=TAXED)["id"] for _ in range(5)]
    typesetter = renderer(berlin)._typesetter
    make = typesetter.set_now

    def fail_for_two(document: Any) -> bytes:
        if document.id in ids[:2]:
            raise RuntimeError("a document that nobody can set")
        return make(document)

    monkeypatch.setattr(typesetter, "set_now", fail_for_two)
    for _ in range(3):
        keep_due(berlin)
    stored = [berlin.get(f"/invoices/{id}").json()["pdfSha256"] is not None for id in ids]
    assert stored == [False, False, True, True, True]
    monkeypatch.undo()
    keep_due(berlin)
    assert berlin.get(f"/invoices/{ids[0]}").json()["pdfSha256"] is not None
