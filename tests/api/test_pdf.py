"""GET /invoices/{id}/pdf, and the signed address that needs no key"""

import pytest

from tests.api import expect
from tests.conftest import PUBLIC_URL, Person


def test_a_pdf_is_named_after_its_number(alice: Person) -> None:
    answer = alice.get(f"/invoices/{alice.sent_invoice()['id']}/pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == 'inline; filename="INV-0001.pdf"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content.startswith(b"%PDF-")


def test_a_number_with_a_slash_names_no_folder(alice: Person) -> None:
    alice.patch("/account", {"numberFormat": "{year}/{seq}"})
    answer = alice.get(f"/invoices/{alice.sent_invoice()['id']}/pdf")
    assert answer.headers["content-disposition"] == 'inline; filename="2026-1.pdf"'


def test_the_signed_address_gives_the_same_bytes_without_a_key(alice: Person) -> None:
    invoice = alice.sent_invoice()
    assert invoice["pdfUrl"].startswith(f"{PUBLIC_URL}/storage/invoices/{invoice['id']}.pdf?sig=")
    answer = alice.http.get(invoice["pdfUrl"])
    assert answer.status_code == 200
    assert answer.content == alice.get(f"/invoices/{invoice['id']}/pdf").content


def test_the_pdf_of_a_draft_follows_the_draft_and_freezes_when_sent(alice: Person) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    draft = alice.get(f"{path}/pdf").content
    assert alice.get(f"{path}/pdf").content == draft
    alice.patch(path, {"notes": "Changed"})
    changed = alice.get(f"{path}/pdf").content
    assert changed != draft
    alice.patch(path, {"status": "SENT"})
    sent = alice.get(f"{path}/pdf").content
    alice.patch(f"/clients/{alice.client_id}", {"name": "Renamed"})
    alice.patch("/account", {"name": "Renamed"})
    assert alice.get(f"{path}/pdf").content == sent


@pytest.mark.parametrize(
    "path",
    [
        "{id}.pdf",
        "{id}.pdf?sig=",
        "{id}.pdf?sig={other_sig}",
        "{other}.pdf?sig={sig}",
        "{id}?sig={sig}",
        "{id}.pdf.pdf?sig={sig}",
        "{id}.pdf?sig={upper}",
        "{id}.pdf?sig={sig}0",
        "{id}.pdf?sig={short}",
        "{id}.pdf?sig=%C3%A9",
        "..%2f..%2f{id}.pdf?sig={sig}",
    ],
)
def test_an_address_that_is_not_exactly_the_signed_one_shows_nothing(alice: Person, path: str) -> None:
    invoice, other = alice.sent_invoice(), alice.sent_invoice()
    sig, other_sig = (one["pdfUrl"].rpartition("=")[2] for one in (invoice, other))
    assert len(sig) * 4 >= 128
    names = {"id": invoice["id"], "other": other["id"], "sig": sig, "other_sig": other_sig}
    answer = alice.http.get(f"/storage/invoices/{path.format(**names, short=sig[:-1], upper=sig.upper() + 'A')}")
    assert answer.status_code == 404
    assert b"%PDF" not in answer.content


def test_who_has_it_already_is_not_sent_it_again(alice: Person) -> None:
    invoice = alice.sent_invoice()
    for address in (f"/api/v1/invoices/{invoice['id']}/pdf", invoice["pdfUrl"]):
        headers = {"authorization": f"Bearer {alice.key}"}
        etag = alice.http.get(address, headers=headers).headers["etag"]
        again = alice.http.get(address, headers={**headers, "if-none-match": etag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)


HOSTILE = [
    '#import "/etc/passwd"',
    '#read("/etc/passwd")',
    "$x^2$ *bold* _it_ `code` <label> @ref \\ #{1+1} // comment /* */ = Heading",
    "\u202egnp.exe\u202c \u200b\u200d \U0001f600 \U000e0041",
    "x" * 2_000,
    "<script>alert(1)</script> &amp; ]]> %s {0} ${x}",
    "\n\n\n\r\n \t ",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_breaks_the_document(alice: Person, text: str) -> None:
    line = {"description": f"a{text}"[:2000], "quantity": 1, "unitPrice": 1, "unit": "h"}
    name = " ".join(f"a{text}".split())[:200]
    client = alice.post("/clients", {"name": name, "address": text[:1000], "taxId": name[:100]}).json()
    invoice = alice.sent_invoice(clientId=client["id"], lineItems=[line], notes=text, terms=text)
    answer = alice.get(f"/invoices/{invoice['id']}/pdf")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"%PDF-")


def test_an_unknown_invoice_has_no_document(alice: Person) -> None:
    expect.refusal(alice.get("/invoices/inv_0000000000000000abcd/pdf"), "NOT_FOUND")
