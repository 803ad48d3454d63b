"""Money at a glance: what is owed, what came in, and what happened lately."""

from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.rules import Account
from cleverinvo.db.transaction import Tx
from cleverinvo.invoices import lists
from cleverinvo.invoices.forms import ListInvoices
from cleverinvo.money import DIGITS
from cleverinvo.reports import rules, store
from cleverinvo.reports.rules import Happened, Month
from cleverinvo.site.figures import Kept
from cleverinvo.site.invoices import names_of
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit
from cleverinvo.site.words import write_money, write_round_money

MONTHS: Final = 12
RECENT: Final = 6
NEWS: Final = 6
PAID_WITHIN_DAYS: Final = 90

pages = Pages()


@pages.get("/overview")
async def overview(visit: Visit) -> Response:
    account = await visit.account()
    wanted = visit.request.query_params.get("currency", "")
    context = await visit.scan(look, account, wanted if wanted in DIGITS else None, visit.house.kept)
    return visit.part("overview.html", nav="overview", account=account, **context)


def look(tx: Tx, account_id: int, account: Account, wanted: str | None, kept: Kept) -> dict[str, Any]:
    """Everything on the page, of one moment; in the account's currency, or one in which something is owed."""
    figures = kept.at(tx, account_id)
    today = figures.today
    open_ = figures.open_by_currency()
    owed = [one.currency for one in open_]
    currency = wanted or (account.currency if account.currency in owed or not owed else owed[0])
    months = figures.months(currency, MONTHS)
    then = rules.month_before(today)
    recent = lists.page(tx, account_id, ListInvoices(limit=RECENT))
    return {
        "currency": currency,
        "currencies": list(dict.fromkeys([account.currency, *owed, currency])),
        "open": next((one for one in open_ if one.currency == currency), None),
        "days_late": _days_late(open_, currency, today),
        "paid": figures.received(currency, months[-1].first, today),
        "paid_before": months[-2],
        "paid_by_then": figures.received(currency, then.replace(day=1), then).amount,
        "grown": figures.grown(currency, then),
        "then": then,
        "days_to_pay": figures.days_to_pay(PAID_WITHIN_DAYS),
        "ages": figures.ages(currency),
        "ages_from": rules.age_bounds(today),
        "today": today,
        "wide": Chart(months, currency, 620, 210, 26),
        "narrow": Chart(months[-6:], currency, 320, 210, 26),
        "found": recent,
        "has_demo": not recent.data and accounts.find_demo(tx, account_id) is not None,
        "names": names_of(tx, account_id, recent.data),
        "news": [_told(one) for one in store.news(tx, account_id, NEWS)],
        "now": tx.now,
    }


def _days_late(open_: list[rules.Open], currency: str, today: date) -> int:
    oldest = next((one.oldest_due for one in open_ if one.currency == currency), today.isoformat())
    return (today - date.fromisoformat(oldest)).days


class News(NamedTuple):
    """One line of what happened lately."""

    picture: str
    words: str
    href: str
    at: str


_PICTURES: Final = {
    "invoice.created": ("file-text", "{number} was written"),
    "invoice.sent": ("send", "{number} was sent"),
    "invoice.viewed": ("eye", "{number} was viewed"),
    "invoice.partially_paid": ("banknote", "{number} was paid in part"),
    "invoice.paid": ("circle-check", "{number} was paid"),
    "invoice.voided": ("ban", "{number} was voided"),
    "client.created": ("user-round-plus", "{name} is on file"),
    "client.deleted": ("trash-2", "{name} was deleted"),
    "invoice.overdue": ("clock-alert", "{number} is overdue"),
    "payment.recorded": ("banknote", "{amount} came in"),
    "payment.reversed": ("undo-2", "{amount} was reversed"),
    "credit_note.issued": ("file-minus", "{credit_note} took back {amount}"),
}


def _told(one: Happened) -> News:
    data: dict[str, Any] = dict(one.data)
    picture, sentence = _PICTURES.get(one.type, ("activity", one.type.replace(".", " ").replace("_", " ")))
    sum = data.get("amount", data.get("total"))
    words = sentence.format(
        number=data.get("invoiceNumber") or "A draft",
        name=data.get("name", ""),
        amount="" if sum is None else write_money(Decimal(str(sum)), data["currency"]),
        credit_note=data.get("creditNoteNumber", ""),
    )
    href = {
        "invoice": f"/invoices/{data['id']}",
        "client": f"/clients/{data['id']}",
        "payment": f"/invoices/{data.get('invoiceId')}",
        "credit_note": f"/invoices/{data.get('invoiceId')}",
    }.get(one.type.partition(".")[0], "")
    return News(picture, words, "" if one.type.endswith(".deleted") else href, one.at)


class Bar(NamedTuple):
    """One month of the chart, in the units of its drawing."""

    month: Month
    x: float
    middle: float
    paid_y: float
    paid_height: float
    open_y: float
    open_height: float


class Line(NamedTuple):
    y: float
    words: str


class Chart:
    """Bars over months: drawn here as SVG, with a table of the same figures for those who don't see them."""

    LEFT: Final = 46
    FOOT: Final = 24
    HEAD: Final = 12
    GAP: Final = 2

    def __init__(self, months: list[Month], currency: str, width: int, height: int, bar: int) -> None:
        self.width, self.height, self.bar, self.months = width, height, bar, months
        self._plot = height - self.FOOT - self.HEAD
        top = _round_up(max(month.received + month.owed for month in months))
        self._scale = self._plot / float(top)
        self.lines = [
            Line(self._y(top * step / 3), write_round_money(top * step / 3, currency)) for step in range(4)
        ]
        step = (width - self.LEFT) / len(months)
        self.bars = [
            self._bar(month, self.LEFT + step * place + (step - bar) / 2) for place, month in enumerate(months)
        ]

    def _bar(self, month: Month, x: float) -> Bar:
        paid, owed = float(month.received) * self._scale, float(month.owed) * self._scale
        base = self.height - self.FOOT
        gap = self.GAP if paid and owed > self.GAP else 0
        return Bar(
            month,
            round(x, 1),
            round(x + self.bar / 2, 1),
            round(base - paid, 1),
            round(paid, 1),
            round(base - paid - owed, 1),
            round(max(owed - gap, 0), 1),
        )

    def _y(self, amount: Decimal) -> float:
        return round(self.height - self.FOOT - float(amount) * self._scale, 1)


def _round_up(amount: Decimal) -> Decimal:
    """The next figure that divides by three into figures that are read easily: 3, 6, 9, 15, 30 …"""
    if amount <= 0:
        return Decimal(3)
    unit = Decimal(1).scaleb(amount.adjusted())
    for factor in ("1.5", "3", "6", "9"):
        if amount <= unit * Decimal(factor):
            return unit * Decimal(factor)
    return unit * 15
