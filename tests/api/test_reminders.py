"""Reminders: each step once, at a decent hour, of what is still open; what became of each can be seen."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cleverinvo import worker
from cleverinvo.app import App
from cleverinvo.mail import rules as mail_rules
from cleverinvo.mail.post import Postman, Server
from cleverinvo.settings import Settings
from tests.api import expect
from tests.conftest import PUBLIC_URL, FakeClock, Person, TestClient
from tests.postoffice import PostOffice, post_office

DUE = "2026-03-20"


@pytest.fixture
def alice(alice: Person) -> Person:
    """Alice, whose client has an address, and who reminds three days before, on the day, and a week after."""
    alice.patch(f"/clients/{alice.client_id}", {"email": "ap@acme.example", "name": "Acme"})
    steps(alice, -3, 0, 7)
    return alice


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


def steps(person: Person, *days: int, **policy: Any) -> Any:
    answer = person.put("/account/reminders", {"steps": [{"days": one} for one in days], **policy})
    assert answer.status_code == 200, answer.text
    return answer


def work(person: Person) -> None:
    """The worker, until there is no more to do."""
    app: Any = person.http.app
    assert person.http.portal is not None
    while person.http.portal.call(worker.remind_due, app.database):
        pass


def deliver(person: Person, office: PostOffice) -> None:
    app: Any = person.http.app
    postman = Postman(app.database, app._renderer, Server.of_url(office.url, PUBLIC_URL))
    assert person.http.portal is not None
    person.http.portal.call(postman.deliver_due)


def at(clock: FakeClock, person: Person, moment: str) -> None:
    """Let it be that time, in UTC, and the worker have worked."""
    clock.moment = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    work(person)


def outlook(person: Person, invoice: dict[str, Any]) -> list[tuple[Any, str, Any]]:
    data = person.get(f"/invoices/{invoice['id']}/reminders").json()["data"]
    return [(one["days"], one["state"], one["reason"]) for one in data]


def reminded(person: Person) -> list[str]:
    return [event["data"]["id"] for event in person.events() if event["type"] == "invoice.reminded"]


def test_each_step_goes_out_once_at_nine_until_it_is_paid(
    alice: Person, clock: FakeClock, office: PostOffice
) -> None:
    invoice = alice.sent_invoice(dueDate=DUE)
    assert outlook(alice, invoice) == [(-3, "scheduled", None), (0, "scheduled", None), (7, "scheduled", None)]
    at(clock, alice, "2026-03-17T08:59:59")
    assert reminded(alice) == []
    at(clock, alice, "2026-03-17T09:00:00")
    at(clock, alice, "2026-03-17T09:01:00")
    assert outlook(alice, invoice)[0] == (-3, "waiting", None)
    deliver(alice, office)
    assert outlook(alice, invoice) == [(-3, "sent", None), (0, "scheduled", None), (7, "scheduled", None)]
    alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 40})
    at(clock, alice, "2026-03-20T09:00:00")
    deliver(alice, office)
    at(clock, alice, "2026-03-27T09:00:00")
    deliver(alice, office)
    subjects = [office.read(place)["Subject"] for place in range(3)]
    assert subjects == ["Reminder: invoice INV-0001 from Alice"] * 3
    before, on, after = (_text(office, place) for place in range(3))
    assert "invoice INV-0001 over $100.00 is due on March 20, 2026." in before
    assert "invoice INV-0001 over $60.00 is due on March 20, 2026." in on
    assert "was due on March 20, 2026, and $60.00 is still open." in after
    assert alice.get(f"/invoices/{invoice['id']}").json()["hostedUrl"] in after
    assert reminded(alice) == [invoice["id"]] * 3
    assert office.arrived[2].rcpt_tos == ["ap@acme.example"]
    alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 60})
    steps(alice, -3, 0, 7, 14)
    at(clock, alice, "2026-04-03T09:00:00")
    assert len(reminded(alice)) == 3
    assert outlook(alice, invoice)[3] == (14, "skipped", "settled")


def _text(office: PostOffice, place: int) -> str:
    body = office.read(place).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_nobody_is_reminded_of_what_is_no_debt(alice: Person, clock: FakeClock) -> None:
    draft = alice.invoice(dueDate=DUE)
    paid, void, credited = (alice.sent_invoice(dueDate=DUE) for _ in range(3))
    alice.patch(f"/invoices/{paid['id']}", {"status": "PAID"})
    alice.post(f"/invoices/{void['id']}/void")
    alice.post(f"/invoices/{credited['id']}/credit-notes")
    at(clock, alice, "2026-03-20T12:00:00")
    assert reminded(alice) == []
    expected = {draft["id"]: "not_sent", paid["id"]: "settled", void["id"]: "void", credited["id"]: "settled"}
    for invoice_id, reason in expected.items():
        assert {one[2] for one in outlook(alice, {"id": invoice_id})} == {reason}
        assert alice.get(f"/invoices/{invoice_id}/reminders").json()["nextOn"] is None
        expect.refusal(alice.post(f"/invoices/{invoice_id}/remind"), "INVALID_TRANSITION")


def test_after_days_without_a_server_the_newest_step_goes_out_alone(alice: Person, clock: FakeClock) -> None:
    invoice, old = alice.sent_invoice(dueDate=DUE), alice.sent_invoice(dueDate="2026-03-12")
    at(clock, alice, "2026-03-22T19:00:00")
    assert reminded(alice) == []  # it is evening
    assert outlook(alice, invoice)[:2] == [(-3, "skipped", "missed"), (0, "due", None)]
    at(clock, alice, "2026-03-23T09:00:00")
    assert outlook(alice, invoice) == [(-3, "skipped", "missed"), (0, "waiting", None), (7, "scheduled", None)]
    assert outlook(alice, old) == [(-3, "skipped", "missed"), (0, "skipped", "missed"), (7, "waiting", None)]
    assert sorted(reminded(alice)) == sorted([invoice["id"], old["id"]])
    last = alice.sent_invoice(dueDate="2026-04-01")
    at(clock, alice, "2026-04-01T09:00:00")
    assert outlook(alice, last)[:2] == [(-3, "skipped", "superseded"), (0, "waiting", None)]


def test_steps_that_are_set_up_later_are_not_made_up_for(alice: Person, clock: FakeClock) -> None:
    steps(alice)
    invoice = alice.sent_invoice(dueDate="2026-03-05")
    clock.advance(days=7)
    steps(alice, 0, 2, 3, 10)
    at(clock, alice, "2026-03-08T12:00:00")
    assert outlook(alice, invoice) == [
        (0, "skipped", "before_policy"),
        (2, "skipped", "before_policy"),
        (3, "waiting", None),
        (10, "scheduled", None),
    ]
    late = alice.sent_invoice(dueDate="2026-03-05", issueDate="2026-03-01")
    steps(alice, 3, 4)
    at(clock, alice, "2026-03-09T12:00:00")
    assert outlook(alice, late) == [(3, "skipped", "before_sending"), (4, "waiting", None)]


def test_a_pause_skips_what_comes_in_it_and_nothing_else(
    alice: Person, clock: FakeClock, office: PostOffice
) -> None:
    path = f"/invoices/{(invoice := alice.sent_invoice(dueDate=DUE))['id']}/reminders"
    at(clock, alice, "2026-03-17T09:00:00")
    for _ in range(2):
        paused = alice.post(f"{path}/pause").json()
        assert (paused["isPaused"], paused["nextOn"]) == (True, None)
    assert outlook(alice, invoice)[0] == (-3, "cancelled", None)
    deliver(alice, office)
    assert office.arrived == []
    at(clock, alice, "2026-03-20T09:00:00")
    resumed = alice.post(f"{path}/resume").json()
    assert (resumed["isPaused"], resumed["pausedAt"], resumed["nextOn"]) == (False, None, "2026-03-27")
    at(clock, alice, "2026-03-27T09:00:00")
    assert outlook(alice, invoice) == [(-3, "cancelled", None), (0, "skipped", "paused"), (7, "waiting", None)]


def test_a_client_without_an_address_is_skipped_visibly(alice: Person, clock: FakeClock) -> None:
    alice.patch(f"/clients/{alice.client_id}", {"email": None})
    invoice = alice.sent_invoice(dueDate=DUE)
    at(clock, alice, "2026-03-17T09:00:00")
    assert outlook(alice, invoice)[0] == (-3, "skipped", "no_email")
    expect.refusal(alice.post(f"/invoices/{invoice['id']}/remind"), "VALIDATION_ERROR", "to")
    alice.patch(f"/clients/{alice.client_id}", {"email": "ap@acme.example"})
    at(clock, alice, "2026-03-20T09:00:00")
    assert outlook(alice, invoice)[1] == (0, "waiting", None)


def test_a_letter_asks_for_nothing_that_was_credited(alice: Person) -> None:
    lines = [{"description": what, "quantity": 1, "unitPrice": 100} for what in ("Design", "Hosting")]
    invoice = alice.sent_invoice(lineItems=lines)
    credited = alice.post(f"/invoices/{invoice['id']}/credit-notes", {"lines": [{"index": 1, "quantity": 1}]})
    assert credited.status_code == 201, credited.text
    alice.post(f"/invoices/{invoice['id']}/remind")
    assert "Amount due: $100.00" in alice.get(f"/invoices/{invoice['id']}/mails").json()["data"][0]["text"]


def test_reminders_wait_for_the_days_mails(
    alice: Person, clock: FakeClock, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mail_rules, "DAILY_QUOTA", 2)
    found = [alice.sent_invoice(dueDate=DUE) for _ in range(3)]
    at(clock, alice, "2026-03-20T09:00:00")
    assert [outlook(alice, one)[1][1:] for one in found] == [
        ("waiting", None),
        ("waiting", None),
        ("due", "quota"),
    ]
    at(clock, alice, "2026-03-20T17:59:00")
    assert len(reminded(alice)) == 2
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    at(clock, alice, "2026-03-21T09:00:01")
    assert len(reminded(alice)) == 3
    assert outlook(alice, found[2])[1] == (0, "waiting", None)


def test_what_waited_for_a_mail_server_says_nothing_old(
    alice: Person, clock: FakeClock, office: PostOffice
) -> None:
    open_one, paid = alice.sent_invoice(dueDate=DUE), alice.sent_invoice(dueDate=DUE)
    at(clock, alice, "2026-03-17T09:00:00")
    at(clock, alice, "2026-03-20T09:00:00")
    alice.patch(f"/invoices/{paid['id']}", {"status": "PAID"})
    deliver(alice, office)
    assert len(office.arrived) == 1
    assert "INV-0001" in office.read()["Subject"]
    assert [one[1] for one in outlook(alice, open_one)] == ["cancelled", "sent", "scheduled"]
    assert [one[1] for one in outlook(alice, paid)] == ["cancelled", "cancelled", "skipped"]
    mails = alice.get(f"/invoices/{paid['id']}/mails").json()["data"]
    assert {mail["lastError"] for mail in mails} == {
        "Nothing is due any more.",
        "A later reminder says what this one would have said.",
    }


def test_somebody_can_remind_at_once(alice: Person, clock: FakeClock) -> None:
    invoice = alice.sent_invoice(dueDate=DUE)
    form = {
        "to": "boss@acme.example",
        "subject": "{number}!",
        "message": "{days} days: {amount}",
        "attachPdf": True,
    }
    clock.moment = datetime(2026, 3, 20, 6, tzinfo=UTC)
    answer = alice.post(f"/invoices/{invoice['id']}/remind", form)
    assert (answer.status_code, answer.json()["data"][1]["days"]) == (200, None)
    mail = alice.get(f"/invoices/{invoice['id']}/mails").json()["data"][0]
    assert (mail["kind"], mail["to"], mail["subject"]) == ("reminder", ["boss@acme.example"], "INV-0001!")
    assert mail["text"].startswith("0 days: $100.00\n")
    assert mail["attachesPdf"]
    at(clock, alice, "2026-03-20T09:00:00")
    assert (0, "skipped", "already_reminded") in outlook(alice, invoice)
    assert len(reminded(alice)) == 1


def test_a_step_speaks_the_clients_language_in_the_sellers_words(alice: Person, clock: FakeClock) -> None:
    texts = [
        {"language": "de", "subject": "{seller}: {number}", "message": "Liebe {client},\n\n{{offen}}: {amount}"},
        {"language": "en", "message": "Since {days} days, {client}: {due}"},
    ]
    body = {"steps": [{"days": 2, "texts": texts}], "attachPdf": True}
    set_up = alice.put("/account/reminders", body).json()
    assert (set_up["steps"][0]["texts"][1]["subject"], set_up["attachPdf"]) == (None, True)
    assert alice.get("/account/reminders").json() == set_up
    found = [alice.sent_invoice(dueDate=DUE, locale=locale) for locale in ("de-CH", "en-GB", "fr")]
    at(clock, alice, "2026-03-22T09:00:00")
    mails = [alice.get(f"/invoices/{one['id']}/mails").json()["data"][0] for one in found]
    assert mails[0]["subject"] == "Alice: INV-0001"
    assert mails[0]["text"].startswith("Liebe Acme,\n\n{offen}: $\xa0100.00")
    assert mails[1]["subject"] == "Reminder: invoice INV-0002 from Alice"
    assert mails[1]["text"].startswith("Since 2 days, Acme: 20 March 2026")
    assert "la facture INV-0003 était à régler le 20 mars 2026" in mails[2]["text"]


@pytest.mark.parametrize(
    ("step", "field"),
    [
        ({"days": 400}, "steps[0].days"),
        ({"days": 1.5}, "steps[0].days"),
        ({}, "steps[0].days"),
        ({"days": 1, "texts": [{"language": "de-CH"}]}, "steps[0].texts[0].language"),
        ({"days": 1, "texts": [{"language": "de"}] * 2}, "steps[0].texts[1].language"),
        ({"days": 1, "texts": [{"language": "de", "message": "{amout}"}]}, "steps[0].texts[0].message"),
        ({"days": 1, "texts": [{"language": "de", "message": "a } b"}]}, "steps[0].texts[0].message"),
        ({"days": 1, "texts": [{"language": "de", "subject": "{number.__class__}"}]}, "steps[0].texts[0].subject"),
        ({"days": 1, "texts": [{"language": "de", "subject": "{number!r:>9}"}]}, "steps[0].texts[0].subject"),
    ],
)
def test_what_could_not_be_sent_is_refused_when_it_is_set(alice: Person, step: Any, field: str) -> None:
    expect.refusal(alice.put("/account/reminders", {"steps": [step]}), "VALIDATION_ERROR", field)


def test_there_are_five_steps_of_different_days(alice: Person) -> None:
    six = [{"days": days} for days in range(6)]
    expect.refusal(alice.put("/account/reminders", {"steps": six}), "VALIDATION_ERROR", "steps")
    twice = [{"days": 1}, {"days": 1}]
    expect.refusal(alice.put("/account/reminders", {"steps": twice}), "VALIDATION_ERROR", "steps[1].days")
    stale = alice.get("/account/reminders").headers["etag"]
    steps(alice, 5, -1)
    assert [step["days"] for step in alice.get("/account/reminders").json()["steps"]] == [-1, 5]
    refusal = alice.put("/account/reminders", {"steps": []}, headers={"if-match": stale})
    expect.refusal(refusal, "PRECONDITION_FAILED")


@pytest.mark.parametrize(
    ("zone", "nine"),
    [
        ("Etc/GMT+12", "2026-03-29T21:00"),
        ("Pacific/Kiritimati", "2026-03-28T19:00"),
        ("Europe/Berlin", "2026-03-29T07:00"),  # the clocks went forward in the night
        ("America/New_York", "2026-03-29T13:00"),
        ("Asia/Kathmandu", "2026-03-29T03:15"),
    ],
)
def test_nine_is_nine_where_the_account_is(alice: Person, clock: FakeClock, zone: str, nine: str) -> None:
    alice.patch("/account", {"timeZone": zone})
    invoice = alice.sent_invoice(dueDate="2026-03-29")
    clock.moment = datetime.fromisoformat(nine).replace(tzinfo=UTC)
    clock.advance(milliseconds=-1)
    work(alice)
    assert reminded(alice) == []
    clock.advance(milliseconds=1)
    work(alice)
    assert reminded(alice) == [invoice["id"]]


def test_two_workers_at_once_send_one_mail(
    alice: Person, settings: Settings, clock: FakeClock, monkeypatch: Any
) -> None:
    monkeypatch.setattr(worker, "REMIND_BATCH", 3)
    found = [alice.sent_invoice(dueDate=DUE) for _ in range(8)]
    clock.moment = datetime(2026, 3, 20, 9, tzinfo=UTC)
    app = App(settings, PUBLIC_URL, clock=clock)
    with TestClient(app, base_url=PUBLIC_URL) as other, ThreadPoolExecutor(4) as threads:
        list(threads.map(work, [alice, replace(alice, http=other)] * 2))
    assert sorted(reminded(alice)) == sorted(one["id"] for one in found)
    assert alice.get("/mails").json()["pagination"]["total"] == 8


def test_a_revoked_page_stays_closed_and_an_old_one_is_opened_again(alice: Person, clock: FakeClock) -> None:
    steps(alice, 60)
    open_one, revoked = alice.sent_invoice(dueDate=DUE), alice.sent_invoice(dueDate=DUE)
    alice.delete(f"/invoices/{revoked['id']}/page")
    at(clock, alice, "2026-05-19T09:00:00")
    page = alice.get(f"/invoices/{open_one['id']}/page").json()
    assert (page["isExpired"], page["url"]) == (False, open_one["hostedUrl"])
    mails = [alice.get(f"/invoices/{one['id']}/mails").json()["data"][0] for one in (open_one, revoked)]
    assert open_one["hostedUrl"] in mails[0]["text"]
    assert revoked["pdfUrl"] in mails[1]["text"]
