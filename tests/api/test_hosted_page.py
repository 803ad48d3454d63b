"""The public page of an invoice: opened by whoever has its address, VIEWED by people only."""

import html
import re
from typing import Any

import pytest

from cleverinvo.db.engine import Database
from tests.api import expect
from tests.conftest import FakeClock, Person

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"}

LINE = {"description": "Design & <b>print</b>", "quantity": 2, "unitPrice": 50, "taxRate": 19}


@pytest.fixture
def alice(alice: Person) -> Person:
    alice.patch("/account", {"iban": "DE02 1203 0000 0000 2020 51", "currency": "EUR"})
    alice.patch(f"/clients/{alice.client_id}", {"email": "ap@acme.example", "locale": "de"})
    return alice


def look(alice: Person, url: str, method: str = "GET", **headers: str) -> Any:
    return alice.http.request(method, url, headers={**BROWSER, **headers})


def views(alice: Person, invoice: dict[str, Any]) -> tuple[str, int]:
    page = alice.get(f"/invoices/{invoice['id']}/page").json()
    return alice.get(f"/invoices/{invoice['id']}").json()["status"], page["viewCount"]


def test_the_page_shows_the_invoice_in_the_clients_language(alice: Person) -> None:
    invoice = alice.sent_invoice(lineItems=[LINE])
    assert re.fullmatch(r"https://invoices\.example/i/pg_[0-9a-f]{40}", invoice["hostedUrl"])
    answer = look(alice, invoice["hostedUrl"])
    assert answer.status_code == 200
    for words in (
        "Rechnung",
        "INV-0001",
        "119,00",
        "Design &amp; &lt;b&gt;print",
        "31. März 2026",
        "DE02\N{NO-BREAK SPACE}1203",
    ):
        assert words in answer.text, words
    assert "<b>print" not in answer.text
    assert 'src="data:image/svg+xml' in answer.text
    alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 19})
    assert "100,00" in look(alice, invoice["hostedUrl"]).text
    alice.patch(f"/invoices/{invoice['id']}", {"status": "PAID"})
    paid = look(alice, invoice["hostedUrl"]).text
    assert "Bezahlt" in paid
    assert "IBAN" not in paid


def test_the_page_tells_all_that_the_paper_tells(alice: Person) -> None:
    seller = {"countryCode": "DE", "taxId": "DE811907980", "email": "post@alice.example", "street": "Weg 1"}
    alice.patch("/account", {**seller, "iban": "DE02120300000000202051"})
    lines = [
        {
            "description": "Half off",
            "quantity": 2,
            "unit": "h",
            "unitPrice": 50,
            "discountRate": 50,
            "taxRate": 19,
        },
        {"description": "Elsewhere", "quantity": 1, "unitPrice": 10, "taxCategory": "AE"},
    ]
    invoice = alice.sent_invoice(lineItems=lines, purchaseOrder="PO-77", deliveryDate="2026-02-28")
    page = html.unescape(look(alice, invoice["hostedUrl"]).text).replace("\N{NO-BREAK SPACE}", " ")
    for text in ("USt-IdNr. DE811907980", "post@alice.example", "PO-77", "28. Februar 2026", "2 h", "19 %"):
        assert text in page, text
    assert "Rabatt 50 %: -50,00 €" in page
    assert "DE02 1203 0000 0000 2020 51" in page
    assert "Steuerschuldnerschaft" in page


def test_the_page_is_closed_to_all_but_itself(alice: Person) -> None:
    answer = look(alice, alice.sent_invoice()["hostedUrl"])
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self' 'nonce-")
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert "no-store" in answer.headers["cache-control"]
    assert "set-cookie" not in answer.headers
    assert " style=" not in answer.text
    for address in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        assert address.startswith(("/i/", "data:")), address
    for asset in ("hosted.css", "hosted.js"):
        assert look(alice, f"/i/assets/{asset}").status_code == 200
    assert look(alice, "/i/assets/invoice.html").status_code == 404


def test_only_its_hash_is_stored(alice: Person, database: Database) -> None:
    token = alice.sent_invoice()["hostedUrl"].rpartition("/")[2]
    connection = database.driver.connect()
    (stored,) = connection.execute("SELECT page_sha256 FROM invoices").fetchone()
    connection.close()
    assert stored != token
    assert len(stored) == 64


def test_a_draft_has_no_page(alice: Person) -> None:
    invoice = alice.invoice()
    assert invoice["hostedUrl"] is None
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/page/rotate"), "INVALID_TRANSITION")


def test_a_person_who_looks_for_a_second_has_viewed_it(alice: Person, clock: FakeClock) -> None:
    invoice = alice.sent_invoice()
    look(alice, invoice["hostedUrl"])
    assert views(alice, invoice) == ("SENT", 0)
    assert look(alice, f"{invoice['hostedUrl']}/seen", "POST").status_code == 204
    assert views(alice, invoice) == ("VIEWED", 1)
    assert alice.events()[-1]["type"] == "invoice.viewed"
    events = alice.events()
    clock.advance(hours=1)
    look(alice, f"{invoice['hostedUrl']}/seen", "POST")
    page = alice.get(f"/invoices/{invoice['id']}/page").json()
    moments = (page["viewCount"], page["firstViewedAt"], page["lastViewedAt"])
    assert moments == (2, "2026-03-01T10:30:00.000Z", "2026-03-01T11:30:00.000Z")
    assert alice.events() == events


def test_whoever_opens_the_pdf_has_viewed_it(alice: Person) -> None:
    invoice = alice.sent_invoice()
    answer = look(alice, f"{invoice['hostedUrl']}/pdf")
    assert answer.content == alice.get(f"/invoices/{invoice['id']}/pdf").content
    assert views(alice, invoice) == ("VIEWED", 1)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "", {}),
        ("HEAD", "/pdf", {}),
        ("GET", "/pdf", {"sec-purpose": "prefetch"}),
        ("GET", "/pdf", {"sec-purpose": "prefetch;prerender"}),
        ("GET", "/pdf", {"user-agent": "Slackbot-LinkExpanding 1.0"}),
        ("GET", "/pdf", {"user-agent": "python-requests/2.34"}),
        ("GET", "/pdf", {"user-agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}),
        ("GET", "/pdf", {"user-agent": "Mozilla/5.0 HeadlessChrome/140"}),
        ("GET", "/pdf", {"user-agent": ""}),
        ("GET", "/pdf", {"cookie": "session=abc"}),
        ("POST", "/seen", {"cookie": "__Host-session=abc"}),
        ("POST", "/seen", {"authorization": "Bearer x"}),
        ("POST", "/seen", {"sec-fetch-site": "cross-site"}),
        ("POST", "/seen", {"user-agent": "facebookexternalhit/1.1"}),
        ("GET", "/seen", {}),
    ],
)
def test_who_is_no_client_has_not_viewed_it(
    alice: Person, method: str, path: str, headers: dict[str, str]
) -> None:
    invoice = alice.sent_invoice()
    look(alice, invoice["hostedUrl"] + path, method, **headers)
    assert views(alice, invoice) == ("SENT", 0)


def test_a_wrong_an_old_and_a_revoked_address_are_all_nothing(alice: Person) -> None:
    invoice = alice.sent_invoice()
    first = invoice["hostedUrl"]
    second = alice.post(f"/invoices/{invoice['id']}/page/rotate").json()["url"]
    assert second != first
    assert look(alice, second).status_code == 200
    answers = {look(alice, url).text for url in (first, "/i/pg_" + "0" * 40)}
    assert len(answers) == 1
    assert look(alice, first).status_code == 404
    assert alice.delete(f"/invoices/{invoice['id']}/page").status_code == 204
    assert alice.get(f"/invoices/{invoice['id']}").json()["hostedUrl"] is None
    for path in ("", "/pdf", "/xml"):
        assert look(alice, second + path).status_code == 404
    assert look(alice, f"{second}/seen", "POST").status_code == 404
    assert look(alice, "/i/..%2f..%2fetc").status_code == 404


def test_an_old_link_expires_and_offers_a_fresh_one_to_the_known_address(alice: Person, clock: FakeClock) -> None:
    invoice = alice.sent_invoice(dueDate="2026-03-31")
    url = invoice["hostedUrl"]
    clock.advance(days=60)  # 30 April, the thirtieth day after
    assert look(alice, url).status_code == 200
    clock.advance(days=1)
    expired = look(alice, url)
    assert expired.status_code == 410
    assert "Dieser Link ist abgelaufen." in expired.text
    for secret in ("INV-0001", "Alice", "100,00", "acme"):
        assert secret not in expired.text
    assert look(alice, f"{url}/pdf").status_code == 404
    asked = [look(alice, f"{url}/link", "POST") for _ in range(2)]
    assert {answer.status_code for answer in asked} == {200, 404}  # the second finds an address that was replaced
    (mail,) = alice.get(f"/invoices/{invoice['id']}/mails").json()["data"]
    assert (mail["kind"], mail["to"]) == ("link", ["ap@acme.example"])
    fresh = alice.get(f"/invoices/{invoice['id']}").json()["hostedUrl"]
    assert fresh in mail["text"]
    assert fresh not in asked[0].text
    assert look(alice, fresh).status_code == 200


def test_a_payment_keeps_the_page_open_longer(alice: Person, clock: FakeClock) -> None:
    alice.patch("/account", {"hostedPageDays": 5})
    invoice = alice.sent_invoice(dueDate="2026-03-02")
    clock.advance(days=6)
    alice.patch(f"/invoices/{invoice['id']}", {"status": "PAID"})
    page = alice.get(f"/invoices/{invoice['id']}/page").json()
    assert (page["expiresOn"], page["isExpired"]) == ("2026-03-12", False)


def test_what_is_void_is_stamped_and_not_viewed(alice: Person) -> None:
    invoice = alice.sent_invoice()
    alice.post(f"/invoices/{invoice['id']}/void")
    page = look(alice, invoice["hostedUrl"])
    assert page.status_code == 200
    assert "Ungültig" in page.text
    assert "IBAN" not in page.text
    look(alice, f"{invoice['hostedUrl']}/seen", "POST")
    assert views(alice, invoice) == ("VOID", 0)


def test_a_page_stays_open_to_the_end_of_the_calendar(alice: Person) -> None:
    invoice = alice.sent_invoice(dueDate="9999-12-31")
    assert look(alice, invoice["hostedUrl"]).status_code == 200
    assert alice.post(f"/invoices/{invoice['id']}/page/rotate").json()["expiresOn"] == "9999-12-31"
