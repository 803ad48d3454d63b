"""What pages add up: right after whatever has happened, and added up again only where that has touched it."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest

from cleverinvo.db.engine import Database
from cleverinvo.db.transaction import Tx
from cleverinvo.reports import rules
from cleverinvo.site import figures
from cleverinvo.site.figures import Figures, Kept
from tests.conftest import FakeClock, Person

YEAR = ("USD", date(2026, 1, 1), date(2026, 12, 31))
Look = Callable[[Figures], Any]


@pytest.fixture
def look(alice: Person, database: Database) -> Callable[[Kept, Look], Any]:
    """Asks for figures of Alice's account, as a page does."""

    def at(kept: Kept, question: Look) -> Any:
        def ask(tx: Tx, account_id: int) -> Any:
            return question(kept.at(tx, account_id))

        assert alice.http.portal is not None
        return alice.http.portal.call(database.scan, ask, alice.account_id)

    return at


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The questions that were asked of the database, with what tells one from another."""
    found: list[tuple[str, Any]] = []
    ask = Figures._ask

    def listen(self: Figures, question: Callable[..., Any], *arguments: Any) -> Any:
        if (question, arguments) not in self._answers:
            found.append((question.__name__, arguments[-1] if arguments else None))
        return ask(self, question, *arguments)

    monkeypatch.setattr(Figures, "_ask", listen)
    return found


def everything(of: Figures, *client_ids: str) -> list[Any]:
    return [
        of.open_by_currency(),
        of.ages("USD"),
        of.debts("USD"),
        of.owed_by_client(),
        *(of.of_client(client_id) for client_id in client_ids),
        of.months("USD", 4),
        of.days_to_pay(90),
        of.billed(*YEAR),
        of.taxes(*YEAR),
        of.billed("JPY", *YEAR[1:]),
    ]


def business(alice: Person, clock: FakeClock, chance: random.Random, clients: list[str]) -> Iterator[str]:
    """Everyday life without an end, and what each step was."""
    sent: list[str] = []
    payments: list[str] = []
    while True:
        clock.advance(hours=chance.choice((0, 1, 5, 20)))
        match chance.randrange(9):
            case 0 | 1:
                line = {"description": "x", "quantity": chance.randint(1, 9), "unitPrice": 25, "taxRate": 20}
                day = f"2026-0{chance.randint(1, 4)}-{chance.randint(10, 28)}"
                fields = {"clientId": chance.choice(clients), "lineItems": [line], "issueDate": day}
                currency = chance.choice(("USD", "USD", "JPY"))
                sent.append(alice.sent_invoice(**fields, dueDate=day, currency=currency)["id"])
                yield "sent"
            case 2 | 3 if sent:
                day = f"2026-0{chance.randint(1, 3)}-01"
                form = {"amount": chance.randint(1, 60), **({"paidAt": day} if chance.random() < 0.5 else {})}
                answer = alice.post(f"/invoices/{chance.choice(sent)}/payments", form)
                payments += [answer.json()["id"]] if answer.status_code == 201 else []
                yield f"paid: {answer.status_code}"
            case 4 if payments:
                yield f"reversed: {alice.delete(f'/payments/{chance.choice(payments)}').status_code}"
            case 5 if sent:
                lines = [{"index": 0, "quantity": 1}]
                answer = alice.post(f"/invoices/{chance.choice(sent)}/credit-notes", {"lines": lines})
                yield f"credited: {answer.status_code}"
            case 6 if sent:
                yield f"void: {alice.post(f'/invoices/{chance.choice(sent)}/void').status_code}"
            case 7:
                alice.invoice(clientId=chance.choice(clients))
                yield "drafted"
            case 8:
                zone = chance.choice(("Europe/Berlin", "Pacific/Honolulu", "Pacific/Auckland"))
                yield f"moved: {alice.patch('/account', {'timeZone': zone}).status_code}"


@pytest.mark.parametrize("seed", range(2))
def test_whatever_has_happened_the_figures_are_those_that_are_added_up_anew(
    alice: Person, clock: FakeClock, look: Callable[[Kept, Look], Any], seed: int
) -> None:
    kept = Kept()
    clients = [alice.client_id, alice.post("/clients", {"name": "Another"}).json()["id"]]
    steps = business(alice, clock, random.Random(seed), clients)
    done = []
    for _ in range(60):
        done.append(next(steps))
        at_hand, anew = (look(one, lambda of: everything(of, *clients)) for one in (kept, Kept()))
        assert at_hand == anew, done
    assert {"paid: 201", "reversed: 204", "credited: 201", "void: 200"} <= set(done)


def test_only_what_was_touched_is_added_up_again(
    alice: Person, asked: list[tuple[str, Any]], look: Callable[[Kept, Look], Any]
) -> None:
    kept = Kept()
    other = alice.post("/clients", {"name": "Another"}).json()["id"]
    invoice = alice.sent_invoice(issueDate="2026-01-05", dueDate="2026-01-05")
    alice.sent_invoice(clientId=other, issueDate="2026-02-10", dueDate="2026-02-10")

    def again() -> set[tuple[str, Any]]:
        asked.clear()
        look(kept, lambda of: everything(of, alice.client_id, other))
        return set(asked)

    assert len(again()) > 30
    assert again() == set()
    alice.invoice()
    alice.patch(f"/clients/{other}", {"phone": "1"})
    assert again() == set()
    alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 1, "paidAt": "2026-02-20"})
    january, february = date(2026, 1, 31), date(2026, 2, 28)
    assert again() == {
        *{("billed", january), ("taxes", january), ("received", february), ("billed_to_client", alice.client_id)},
        *{("owed", date(2026, 3, 1)), ("owed_by_month", None), ("days_to_pay", 90)},
    }


def test_after_very_many_changes_everything_is_added_up_again(
    alice: Person, monkeypatch: pytest.MonkeyPatch, look: Callable[[Kept, Look], Any]
) -> None:
    monkeypatch.setattr("cleverinvo.reports.changes.ENTRIES_MAX", 1)
    kept = Kept()
    before = look(kept, lambda of: of.billed(*YEAR))
    alice.sent_invoice()
    alice.sent_invoice()
    assert before == []
    assert look(kept, lambda of: of.billed(*YEAR)[0].billed) == 200


def test_a_new_day_makes_debts_older(alice: Person, clock: FakeClock, look: Callable[[Kept, Look], Any]) -> None:
    kept = Kept()
    alice.sent_invoice(issueDate="2026-03-01", dueDate="2026-03-01")
    assert look(kept, lambda of: of.ages("USD")[0].amount) == 100
    clock.advance(days=1)
    assert look(kept, lambda of: of.ages("USD")[1].amount) == 100


def test_a_payment_counts_on_the_day_that_was_said_wherever_the_account_is(
    alice: Person, look: Callable[[Kept, Look], Any]
) -> None:
    invoice = alice.sent_invoice(issueDate="2026-01-01")
    for zone in ("Pacific/Honolulu", "Pacific/Auckland"):
        alice.patch("/account", {"timeZone": zone})
        alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 1, "paidAt": "2026-02-01"})
        alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 1, "paidAt": "2026-02-28"})
    february = ("USD", date(2026, 2, 1), date(2026, 2, 28))
    assert look(Kept(), lambda of: of.received(*february)).amount == 4


def test_a_payment_of_a_moment_counts_on_the_day_that_it_was_where_the_account_is(
    alice: Person, look: Callable[[Kept, Look], Any]
) -> None:
    kept = Kept()
    invoice = alice.sent_invoice(issueDate="2026-01-01")
    alice.post(f"/invoices/{invoice['id']}/payments", {"amount": 1, "paidAt": "2026-03-01T05:00:00Z"})
    february = ("USD", date(2026, 2, 1), date(2026, 2, 28))
    assert look(kept, lambda of: of.received(*february)).amount == 0
    alice.patch("/account", {"timeZone": "Pacific/Honolulu"})
    assert look(kept, lambda of: of.received(*february)).amount == 1


def test_a_span_falls_into_months() -> None:
    assert rules.months_of(date(2026, 1, 15), date(2026, 3, 2)) == [
        (date(2026, 1, 15), date(2026, 1, 31)),
        (date(2026, 2, 1), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 2)),
    ]
    assert len(figures._parts(date(1, 1, 1), date(9999, 12, 30))) == 1
