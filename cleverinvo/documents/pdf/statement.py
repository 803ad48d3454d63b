"""A statement in words: the span it is about, what it comes to, and a row for each booking."""

from collections.abc import Iterator
from typing import Any

from cleverinvo import money
from cleverinvo.documents.rules import Balance, Booking
from cleverinvo.documents.words import Words


def facts(balance: Balance, words: Words) -> Iterator[list[str]]:
    """For which days it is, and the sums of what stands on it."""
    labels = words.labels
    yield [labels["period"], f"{words.short_date(balance.first)} – {words.short_date(balance.last)}"]
    for label, kind, sign in (("billed", "invoice", 1), ("credited", "credit_note", -1), ("paid", "payment", -1)):
        amount = sum((one.amount for one in balance.bookings if one.kind == kind), money.ZERO)
        yield [labels[label], words.money(sign * amount)]


def rows(balance: Balance, words: Words) -> list[dict[str, Any]]:
    """From the opening balance to the closing one. `strong` are these two."""
    opening = _row(balance.first, words.labels["opening_balance"], "", words.money(balance.opening), words)
    closing = _row(balance.last, words.labels["closing_balance"], "", words.money(balance.closing), words)
    booked = [
        _row(one.day, _what(one, words), words.money(one.amount), words.money(one.balance), words)
        for one in balance.bookings
    ]
    return [{**opening, "strong": True}, *booked, {**closing, "strong": True}]


def _row(day: str, what: str, amount: str, balance: str, words: Words) -> dict[str, Any]:
    return {"day": words.short_date(day), "what": what, "amount": amount, "balance": balance, "strong": False}


def _what(booking: Booking, words: Words) -> str:
    separator = " · " if booking.kind == "payment" else " "
    return f"{words.labels[booking.kind]}{separator}{booking.number}"
