"""POST /invoices/{id}/send: frozen at once, mailed when the mail server takes it."""

from collections.abc import Iterator
from typing import Any

import pytest

from cleverinvo.mail import rules
from cleverinvo.mail.post import Postman, Server
from tests.api import expect
from tests.conftest import PUBLIC_URL, FakeClock, Person
from tests.postoffice import PostOffice, accept_alice, post_office


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def alice(alice: Person) -> Person:
    alice.patch(f"/clients/{alice.client_id}", {"email": "ap@acme.example", "name": "Acme & Söhne"})
    return alice


def deliver(alice: Person, office: PostOffice) -> None:
    """One round of the postman."""
    app: Any = alice.http.app
    postman = Postman(app.database, app._renderer, Server.of_url(office.url, PUBLIC_URL))
    assert alice.http.portal is not None
    alice.http.portal.call(postman.deliver_due)


def mail_of(alice: Person, invoice: dict[str, Any]) -> dict[str, Any]:
    return dict(alice.get(f"/invoices/{invoice['id']}/mails").json()["data"][0])


def test_a_draft_is_frozen_and_its_mail_queued_in_one_step(alice: Person) -> None:
    invoice = alice.invoice()
    answer = alice.post(f"/invoices/{invoice['id']}/send")
    assert (answer.status_code, answer.json()["status"]) == (200, "SENT")
    mail = mail_of(alice, invoice)
    assert (mail["status"], mail["to"], mail["kind"], mail["attempts"]) == (
        "waiting",
        ["ap@acme.example"],
        "invoice",
        0,
    )
    assert mail["subject"] == "Invoice INV-0001 from Alice"
    assert alice.get(f"/mails/{mail['id']}").json() == mail
    assert [one["id"] for one in alice.get("/mails?status=waiting").json()["data"]] == [mail["id"]]


def test_what_cannot_be_sent_is_not_frozen_either(alice: Person) -> None:
    alice.patch(f"/clients/{alice.client_id}", {"email": None})
    invoice = alice.invoice()
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/send"), "VALIDATION_ERROR", "to")
    assert alice.get(f"/invoices/{invoice['id']}").json()["status"] == "DRAFT"
    assert alice.get("/mails").json()["data"] == []
    alice.post(f"/invoices/{invoice['id']}/void")
    refusal = alice.post(f"/invoices/{invoice['id']}/send", {"to": "x@example.com"})
    expect.refusal(refusal, "INVALID_TRANSITION")


def test_the_mail_arrives_with_text_html_and_pdf(alice: Person, office: PostOffice) -> None:
    invoice = alice.invoice()
    alice.post(f"/invoices/{invoice['id']}/send", {"cc": ["boss@acme.example", "it@acme.example"]})
    deliver(alice, office)
    assert office.arrived[0].rcpt_tos == ["ap@acme.example", "boss@acme.example", "it@acme.example"]
    message = office.read()
    assert message["From"] == "Alice <invoices@invoices.example>"
    assert message["Reply-To"] == "Alice <alice@example.com>"
    assert message["Subject"] == "Invoice INV-0001 from Alice"
    assert not message.defects
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "Hello Acme & Söhne," in text.get_content()
    assert "$100.00" in text.get_content()
    assert "Acme &amp; Söhne" in html.get_content()
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "INV-0001.pdf"
    assert attached.get_content() == alice.get(f"/invoices/{invoice['id']}/pdf").content
    mail = mail_of(alice, invoice)
    assert (mail["status"], mail["attempts"], mail["lastError"]) == ("sent", 1, None)
    assert mail["sentAt"]
    deliver(alice, office)
    assert len(office.arrived) == 1


def test_the_letter_speaks_the_documents_language_and_the_sellers_words(alice: Person, office: PostOffice) -> None:
    alice.patch(f"/clients/{alice.client_id}", {"locale": "de-DE", "currency": "EUR"})
    for form in (
        {},
        {"subject": "Ihre Rechnung ✓", "message": "Lieber Herr <b>Ott</b>,\n\nbitte sehr.", "attachPdf": False},
    ):
        alice.post(f"/invoices/{alice.invoice()['id']}/send", form)
        deliver(alice, office)
    first, second = office.read(0), office.read(1)
    body = first.get_body(("plain",))
    assert body is not None
    assert "Bitte zahlen Sie bis zum 31. März 2026." in body.get_content()
    assert first["Subject"] == "Rechnung INV-0001 von Alice"
    assert second["Subject"] == "Ihre Rechnung ✓"
    html = second.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;Ott&lt;/b&gt;" in html.get_content()
    assert list(second.iter_attachments()) == []


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"to": "nobody"}, "to"),
        ({"to": []}, "to"),
        ({"to": ["a@example.com"] * 11}, "to"),
        ({"to": "a@example.com\r\nBcc: eve@example.com"}, "to"),
        ({"cc": [1]}, "cc"),
        ({"subject": "a\nBcc: eve@example.com"}, "subject"),
        ({"subject": ""}, "subject"),
        ({"bcc": "a@example.com"}, "bcc"),
    ],
)
def test_what_is_no_mail_is_refused(alice: Person, form: dict[str, Any], field: str) -> None:
    invoice = alice.invoice()
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/send", form), "VALIDATION_ERROR", field)
    assert alice.get(f"/invoices/{invoice['id']}").json()["status"] == "DRAFT"


def test_encoded_words_that_somebody_typed_stay_text(alice: Person, office: PostOffice) -> None:
    evil = "=?utf-8?q?a=0d=0aBcc:_eve@example.com?="
    alice.patch("/account", {"name": evil})
    alice.post(f"/invoices/{alice.invoice()['id']}/send", {"subject": evil})
    deliver(alice, office)
    message = office.read()
    assert message["Bcc"] is None
    assert message["Subject"] == evil
    assert office.arrived[0].rcpt_tos == ["ap@acme.example"]


def test_a_server_that_is_busy_is_tried_again_later(alice: Person, office: PostOffice, clock: FakeClock) -> None:
    office.answers = ["451 4.7.1 Greylisted, come back"]
    invoice = alice.invoice()
    alice.post(f"/invoices/{invoice['id']}/send")
    deliver(alice, office)
    mail = mail_of(alice, invoice)
    assert (mail["status"], mail["attempts"]) == ("waiting", 1)
    assert "Greylisted" in mail["lastError"]
    assert mail["dueAt"] == "2026-03-01T10:31:00.000Z"
    deliver(alice, office)
    assert office.arrived == []
    clock.advance(minutes=1)
    deliver(alice, office)
    assert mail_of(alice, invoice)["status"] == "sent"


def test_a_refusal_for_good_is_kept_and_can_be_tried_again_by_hand(alice: Person, office: PostOffice) -> None:
    office.unknown = {"ap@acme.example"}
    invoice = alice.invoice()
    alice.post(f"/invoices/{invoice['id']}/send")
    deliver(alice, office)
    mail = mail_of(alice, invoice)
    assert mail["status"] == "failed"
    assert "ap@acme.example: 550 5.1.1 No such mailbox here" in mail["lastError"]
    office.unknown = set()
    assert alice.post(f"/mails/{mail['id']}/retry").json()["status"] == "waiting"
    deliver(alice, office)
    assert mail_of(alice, invoice)["status"] == "sent"
    expect.refusal(alice.post(f"/mails/{mail['id']}/retry"), "CONFLICT")


def test_recipients_that_are_refused_alone_are_told(alice: Person, office: PostOffice) -> None:
    office.unknown = {"gone@acme.example"}
    invoice = alice.invoice()
    alice.post(f"/invoices/{invoice['id']}/send", {"cc": "gone@acme.example"})
    deliver(alice, office)
    mail = mail_of(alice, invoice)
    assert mail["status"] == "sent"
    assert mail["lastError"].startswith("gone@acme.example: 550")


def test_without_a_mail_server_mails_wait_and_are_given_up_after_days(alice: Person, clock: FakeClock) -> None:
    invoice = alice.invoice()
    alice.post(f"/invoices/{invoice['id']}/send")
    nowhere = PostOffice(url="smtp://127.0.0.1:1")
    for attempt, pause in enumerate(rules.DELAYS, 1):
        deliver(alice, nowhere)
        assert (mail_of(alice, invoice)["status"], mail_of(alice, invoice)["attempts"]) == ("waiting", attempt)
        clock.advance(seconds=pause.total_seconds())
    deliver(alice, nowhere)
    assert mail_of(alice, invoice)["status"] == "failed"


def test_a_mail_that_a_dead_worker_took_is_due_again(alice: Person, office: PostOffice, clock: FakeClock) -> None:
    from cleverinvo.mail import actions

    alice.post(f"/invoices/{alice.invoice()['id']}/send")
    app: Any = alice.http.app
    assert alice.http.portal is not None
    taken = alice.http.portal.call(app.database.write, actions.claim, 0, 10)
    assert len(taken) == 1
    deliver(alice, office)
    assert office.arrived == []
    clock.advance(minutes=6)
    deliver(alice, office)
    assert len(office.arrived) == 1


def test_an_account_sends_so_many_mails_a_day(alice: Person, clock: FakeClock, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules, "DAILY_QUOTA", 2)
    path = f"/invoices/{alice.invoice()['id']}/send"
    assert [alice.post(path).status_code for _ in range(3)] == [200, 200, 429]
    clock.advance(hours=25)
    assert alice.post(path).status_code == 200


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_the_postman_says_who_he_is_where_he_must(alice: Person) -> None:
    with post_office(authenticator=accept_alice, auth_require_tls=False, auth_required=True) as office:
        office.url = office.url.replace("//", "//alice%40example.com:p%3Aw%40d@")
        alice.post(f"/invoices/{alice.invoice()['id']}/send")
        deliver(alice, office)
        assert office.read()["From"] == "Alice <alice@example.com>"


@pytest.mark.parametrize(
    ("url", "port", "is_tls", "start_tls", "sender"),
    [
        ("smtp://mail.example.com", 25, False, None, "invoices@host.example"),
        ("smtp://a%40b.cc:x@mail.example.com", 587, False, True, "a@b.cc"),
        ("smtps://u:x@mail.example.com?from=c@d.ee", 465, True, False, "c@d.ee"),
        ("smtp://u:x@127.0.0.1:2525", 2525, False, None, "invoices@host.example"),
    ],
)
def test_an_address_names_a_server(url: str, port: int, is_tls: bool, start_tls: bool | None, sender: str) -> None:
    server = Server.of_url(url, "https://host.example")
    assert (server.port, server.is_tls, server.start_tls, server.sender) == (port, is_tls, start_tls, sender)


def test_many_mails_go_out_together(alice: Person, office: PostOffice) -> None:
    for _ in range(5):
        alice.post(f"/invoices/{alice.invoice()['id']}/send", {"attachPdf": False})
    deliver(alice, office)
    assert len(office.arrived) == 5
    assert len({office.read(place)["Message-ID"] for place in range(5)}) == 5
