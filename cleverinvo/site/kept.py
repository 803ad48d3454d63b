"""Sums that pages show, kept until something happens to the account or its next day begins."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar

from cleverinvo.db.transaction import Tx
from cleverinvo.reports import store
from cleverinvo.reports.rules import Moment

T = TypeVar("T")

ACCOUNTS_MAX: Final = 100
ANSWERS_MAX: Final = 50
"""Of one account; an answer may have a line for each of its clients."""


class _Page(NamedTuple):
    """What was found out at a moment of an account."""

    moment: Moment
    answers: dict[tuple[Any, ...], Any]


class Kept:
    """The answers of this process. Several processes keep their own, and none of them is ever behind."""

    def __init__(self) -> None:
        self._pages: dict[int, _Page] = {}

    def at(self, tx: Tx, account_id: int) -> "Asker":
        """Whom to ask in this transaction: what it sees is what the answers are of."""
        moment = store.moment(tx, account_id)
        page = self._pages.get(account_id)
        if page is None or page.moment != moment:
            if len(self._pages) >= ACCOUNTS_MAX:
                self._pages.clear()
            page = self._pages[account_id] = _Page(moment, {})
        return Asker(tx, account_id, page.answers)


class Asker(NamedTuple):
    """Asks the questions of one page."""

    tx: Tx
    account_id: int
    answers: dict[tuple[Any, ...], Any]

    def ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """`question(tx, account_id, *arguments)`, asked once. It goes by rows and the account's day alone."""
        key = (question, *arguments)
        if key not in self.answers:
            if len(self.answers) >= ANSWERS_MAX:
                self.answers.clear()
            self.answers[key] = question(self.tx, self.account_id, *arguments)
        answer: T = self.answers[key]
        return answer
