"""Reminders and late fees as pages: set up by the owner, seen and steered on the invoice."""

import re
from datetime import UTC, datetime
from typing import Any

from tests.conftest import FakeClock, Person
from tests.site.conftest import Surfer, invited, words

ROWS: dict[str, str] = {
    f"{name}-{row}": "" for row in range(1, 6) for name in ("days", "was", "subject", "message")
}


def test_steps_are_set_in_one_language_and_keep_the_others(alice: Person, alices: Surfer) -> None:
    french = {"language": "fr", "subject": None, "message": "Bonjour {client}"}
    alice.put("/account/reminders", {"steps": [{"days": 7, "texts": [french]}]})
    fields = {
        **{**ROWS, "days-1": "\N{MINUS SIGN}3", "days-2": "10", "was-2": "7", "subject-2": "{number} is late"},
        "language": "en",
        "attachPdf": "on",
    }
    shown = alices.post("/settings/reminders", {**fields, "preview": "yes"})
    assert "INV-0042 is late" in shown.text
    assert "3 days before" in words(shown)
    assert alice.get("/account/reminders").json()["attachPdf"] is False
    assert alices.post("/settings/reminders", fields).headers["location"] == "/settings/reminders?language=en"
    english = {"language": "en", "subject": "{number} is late", "message": None}
    saved = alice.get("/account/reminders").json()
    assert saved["steps"] == [{"days": -3, "texts": []}, {"days": 10, "texts": [english, french]}]
    assert saved["attachPdf"] is True
    assert "Bonjour {client}" in alices.get("/settings/reminders?language=fr").text


def test_what_is_wrong_is_said_where_it_was_typed(alice: Person, alices: Surfer, new_surfer: Any) -> None:
    fields = {**ROWS, "language": "en", "days-2": "soon", "days-4": "7", "message-4": "{amout} <b>"}
    refused = alices.post("/settings/reminders", fields)
    assert refused.status_code == 422
    assert re.search(r'id="days-2-fault">Expected a whole number', refused.text)
    assert re.search(r'id="message-4-fault">Unknown placeholder \{amout\}', refused.text)
    assert "{amout} &lt;b&gt;" in refused.text
    refused = alices.post("/settings/late-fees", {"monthlyRate": "101", "graceDays": "x"})
    assert re.search(r'id="monthlyRate-fault">Must not be more than 100', refused.text)
    assert re.search(r'id="graceDays-fault">Expected a whole number', refused.text)
    member = invited(alice, new_surfer(), "member", "Mia")
    assert member.post("/settings/reminders", fields).status_code == 403
    assert alice.get("/account/reminders").json()["steps"] == []


def test_an_invoice_shows_its_reminders_and_its_fee(
    alice: Person, alices: Surfer, bobs: Surfer, clock: FakeClock
) -> None:
    assert alices.post("/settings/late-fees", {"monthlyRate": "1,5", "graceDays": ""}).status_code == 303
    alice.put("/account/reminders", {"steps": [{"days": 30}]})
    path = f"/invoices/{alice.sent_invoice(dueDate='2026-03-31')['id']}"
    assert "30 days after To come" in words(alices.get(path))
    assert alices.post(f"{path}/remind").status_code == 303
    assert alice.get("/mails").json()["data"] == []  # the client has no address
    alice.patch(f"/clients/{alice.client_id}", {"email": "ap@acme.example"})
    alices.post(f"{path}/remind")
    alices.post(f"{path}/reminders/pause")
    text = words(alices.get(path))
    assert "Paused" in text
    assert "By hand Cancelled" in text
    alices.post(f"{path}/reminders/resume")
    assert "Paused" not in words(alices.get(path))
    clock.moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
    alices.log_in("alice@alice.example")
    assert "Not billed yet $1.50 For 1 Apr 2026 – 30 Apr 2026 30 of 30 days 1.5% of $100.00" in words(
        alices.get(path)
    )
    draft = alices.post(f"{path}/late-fee").headers["location"]
    assert "bills the lateness" in words(alices.get(draft))
    assert "INV-0002 Draft 1 Apr 2026" in words(alices.get(path))
    bobs.log_in("bob@bob.example")
    for verb in ("remind", "reminders/pause", "reminders/resume", "late-fee"):
        assert bobs.post(f"{path}/{verb}").status_code == 404
    assert len(alice.get("/mails").json()["data"]) == 1
