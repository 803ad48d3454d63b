"""The sums that pages show. What was added up once is kept until a change of money touches it, or a day begins."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar

from cleverinvo import money
from cleverinvo.db.transaction import Tx
from cleverinvo.reports import changes, growth, owed, rules, store
from cleverinvo.reports.changes import Changes, Moment
from cleverinvo.reports.rules import Age, Billed, ClientSums, Debt, Month, Open, Owed, Sum, TaxRow

T = TypeVar("T")

ACCOUNTS_MAX: Final = 100
ANSWERS_MAX: Final = 300
"""Of one account; an answer may have a line for each of its clients."""
MONTHS_MAX: Final = 36
"""A longer span is added up as a whole."""

_Key = tuple[Callable[..., Any], tuple[Any, ...]]

_TOUCHES: Final[Mapping[Callable[..., Any], Callable[..., bool]]] = {
    store.billed: Changes.has_billed,
    store.taxes: Changes.has_billed,
    store.received: Changes.has_paid,
    growth.came_on_top: Changes.has_billed,
    store.billed_to_client: lambda touched, client_id: client_id in touched.clients,
}
"""Which changes touch the answer to a question; the answer to another one is touched by any."""


class _Page(NamedTuple):
    """What was found out at a moment of an account."""

    moment: Moment
    answers: dict[_Key, Any]


class Kept:
    """The answers of this process. Several processes keep their own, and none of them is ever behind."""

    def __init__(self) -> None:
        self._pages: dict[int, _Page] = {}

    def at(self, tx: Tx, account_id: int) -> "Figures":
        """The figures as this transaction sees them."""
        moment = changes.moment(tx, account_id)
        page = self._pages.get(account_id)
        if page is None or page.moment != moment:
            if len(self._pages) >= ACCOUNTS_MAX:
                self._pages.clear()
            answers = {} if page is None else _untouched(tx, account_id, page, moment)
            page = self._pages[account_id] = _Page(moment, answers)
        return Figures(tx, account_id, page)


def _untouched(tx: Tx, account_id: int, page: _Page, now: Moment) -> dict[_Key, Any]:
    """The answers of before that are true now as well."""
    touched = changes.between(tx, account_id, page.moment, now)
    if touched is None:
        return {}
    return {
        (question, arguments): answer
        for (question, arguments), answer in list(page.answers.items())  # another thread may be adding to them
        if question in _TOUCHES and not _TOUCHES[question](touched, *arguments)
    }


class Figures:
    """The figures of one account at one moment."""

    def __init__(self, tx: Tx, account_id: int, page: _Page) -> None:
        self._tx = tx
        self._account_id = account_id
        self._answers = page.answers
        self.today = page.moment.today

    def open_by_currency(self) -> list[Open]:
        """What is owed, the currency with the most invoices first."""
        return rules.open_by_currency(self._owed())

    def ages(self, currency: str) -> list[Age]:
        return rules.ages(self._owed(), currency)

    def debts(self, currency: str) -> list[Debt]:
        """Who owes what for how long, the largest debt first."""
        return rules.debts(self._owed(), currency)

    def owed_by_client(self) -> dict[str, list[Sum]]:
        return rules.owed_by_client(self._owed())

    def of_client(self, client_id: str) -> ClientSums:
        """What a client was billed (less what was credited), owes, and owes too long."""
        mine = [one for one in self._owed() if one.client_id == client_id]
        return ClientSums(
            self._ask(store.billed_to_client, client_id),
            rules.owed_by_client(mine).get(client_id, []),
            rules.owed_by_client(one for one in mine if one.age).get(client_id, []),
        )

    def months(self, currency: str, how_many: int) -> list[Month]:
        """What came in during each of the last months, and what was billed in it and is still owed."""
        still_owed = self._ask(owed.owed_by_month)
        return [
            Month(
                first,
                self.received(currency, first, rules.month_after(first) - timedelta(days=1)).amount,
                still_owed.get((currency, first.isoformat()[:7]), money.from_minor(0, currency)),
            )
            for first in rules.months_back(self.today, how_many)
        ]

    def received(self, currency: str, first: date, last: date) -> Sum:
        return self._ask(store.received, currency, first, last)

    def grown(self, currency: str, day: date) -> Decimal:
        """By how much more is owed than on a day, by the dates on the documents; below zero where it is less."""
        parts = rules.months_of(day + timedelta(days=1), self.today)
        owed_more = (
            self._ask(growth.came_on_top, currency, *part) - self.received(currency, *part).amount
            for part in parts
        )
        return sum(owed_more, money.from_minor(0, currency))

    def days_to_pay(self, days_back: int) -> float | None:
        return self._ask(store.days_to_pay, days_back)

    def billed(self, currency: str, first: date, last: date) -> list[Billed]:
        """What each client was billed and credited, the largest net amount first."""
        return rules.join_billed(self._ask(store.billed, currency, *part) for part in _parts(first, last))

    def taxes(self, currency: str, first: date, last: date) -> list[TaxRow]:
        return rules.join_taxes(self._ask(store.taxes, currency, *part) for part in _parts(first, last))

    def _owed(self) -> list[Owed]:
        return self._ask(owed.owed, self.today)

    def _ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """`question(tx, account_id, *arguments)`, asked once."""
        key = (question, arguments)
        if key not in self._answers:
            if len(self._answers) >= ANSWERS_MAX:
                self._answers.clear()
            self._answers[key] = question(self._tx, self._account_id, *arguments)
        answer: T = self._answers[key]
        return answer


def _parts(first: date, last: date) -> list[tuple[date, date]]:
    """The months of a span, of which a change touches but one; a long one as a whole."""
    is_long = (last - first).days > MONTHS_MAX * 31
    return [(first, last)] if is_long else rules.months_of(first, last)
