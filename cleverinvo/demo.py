"""A business to look at: a year of clients, invoices and payments, made by the same verbs as real ones."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from cleverinvo import faults
from cleverinvo.accounts import actions as accounts
from cleverinvo.accounts import store as account_store
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.accounts.rules import Tier
from cleverinvo.clients import actions as clients
from cleverinvo.clients.forms import CreateClient
from cleverinvo.db.engine import Database
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import store as documents
from cleverinvo.errors import NotFound
from cleverinvo.invoices import actions as invoices
from cleverinvo.invoices import store
from cleverinvo.invoices.forms import ChangeInvoice, CreateInvoice
from cleverinvo.lifecycle import actions as lifecycle
from cleverinvo.users import actions as users
from cleverinvo.users.forms import SignUp

BUSINESS_NAME: Final = "Studio Okafor (demo)"
NAME: Final = "Maya Okafor"
EMAIL: Final = "maya@okafor.example"
DAYS: Final = 365
SEED: Final = 7

BUSINESS: Final = {
    "street": "18 Harbour Street",
    "postalCode": "1200-109",
    "city": "Lisbon",
    "countryCode": "PT",
    "taxId": "PT501442600",
    "phone": "+351 210 000 000",
    "iban": "PT50000201231234567890154",
    "bankName": "Banco do Porto",
    "timeZone": "Europe/Lisbon",
    "currency": "EUR",
}
CLIENTS: Final[list[dict[str, Any]]] = [
    {"name": "Nordlicht Studio GmbH", "email": "buchhaltung@nordlicht.example", "street": "Torstraße 140"}
    | {"postalCode": "10119", "city": "Berlin", "countryCode": "DE", "taxId": "DE811907980", "locale": "de"},
    {"name": "Acme Corporation", "email": "billing@acme.example", "taxId": "US-EIN-12-3456789", "currency": "USD"}
    | {"address": "123 Business Ave, Suite 400\nNew York, NY 10001", "phone": "+1-555-0100"},
    {"name": "Wren & Daughters", "email": "accounts@wren.example", "street": "4 Chapel Row", "city": "Bath"}
    | {"postalCode": "BA1 1HN", "countryCode": "GB", "currency": "GBP"},
    {"name": "Satō Print & Paper", "email": "keiri@sato.example", "street": "2-11-3 Meguro", "city": "Tokyo"}
    | {"postalCode": "153-0063", "countryCode": "JP", "currency": "JPY"},
    {"name": "Café Zürcher", "email": "hallo@zuercher.example", "street": "Limmatquai 12", "city": "Zürich"}
    | {"postalCode": "8001", "countryCode": "CH", "retainerAmount": "1200"},
    {"name": "Museu do Mar", "email": "contas@museudomar.example", "street": "Rua do Cais 3", "city": "Porto"}
    | {"postalCode": "4050-430", "countryCode": "PT", "taxId": "PT500960046"},
    {"name": "Lindqvist Arkitekter AB", "email": "ekonomi@lindqvist.example", "city": "Göteborg"}
    | {"street": "Kungsgatan 9", "postalCode": "411 19", "countryCode": "SE"},
    {"name": "Oliveira & Filhos", "email": "geral@oliveira.example", "city": "Coimbra", "countryCode": "PT"},
]
WORK: Final = [
    ("Website redesign", 1, "3200"),
    ("Frontend development", 24, "85"),
    ("Content migration", 8, "65"),
    ("Brand identity, second round", 1, "1850"),
    ("Illustrations for the annual report", 6, "240"),
    ("Photography, one day", 1, "900"),
    ("Monthly retainer", 1, "1200"),
    ("Workshop with the team\nHalf a day, six people", 1, "1400"),
    ("Hosting and care", 3, "45"),
]
TERMS_DAYS: Final = 30
LARGE: Final = {"JPY": 150}
"""How many times the figures are as large in a currency of small units."""


class Calendar:
    """A clock that the demonstration moves through its year."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


class Filled(NamedTuple):
    """The account that was made, and how many invoices it has."""

    account_id: int
    invoices: int


class Planned(NamedTuple):
    """One invoice: when it is written and for whom, and what becomes of it after so many days."""

    written: datetime
    client: int
    paid_after: int | None
    part_after: int | None
    viewed_after: int | None
    stays_draft: bool


async def fill(
    database: Database,
    calendar: Calendar,
    now: datetime,
    password_hash: str,
    email: str = EMAIL,
    tier: Tier = "business",
) -> Filled:
    """A new account with its owner, who logs in by this address, and a year of business."""
    chance = random.Random(SEED)
    calendar.moment = now - timedelta(days=DAYS)
    form = faults.filled(SignUp, {"business": BUSINESS_NAME, "name": NAME, "email": email, "password": "0" * 10})
    entered = await database.write(users.sign_up, NO_ACCOUNT, form, password_hash, tier, "")
    account_id = entered.account_id
    await database.write(users.log_out_elsewhere, account_id, entered.user_id, "")
    await database.write(accounts.update, account_id, faults.filled(UpdateAccount, BUSINESS))
    known = [
        await database.write(clients.create, account_id, faults.filled(CreateClient, client)) for client in CLIENTS
    ]
    steps: list[tuple[datetime, int, str]] = []
    made: dict[int, str] = {}
    plans = list(_plan(chance, now))
    for place, plan in enumerate(plans):
        steps += [(at, place, verb) for at, verb in _steps(plan, now)]
    for at, place, verb in sorted(steps):
        calendar.moment = at
        plan = plans[place]
        if verb == "write":
            client = known[plan.client]
            invoice = _invoice(chance, client.id, str(client.currency or "EUR"), at.date())
            made[place] = (await database.write(invoices.create, account_id, invoice)).id
        else:
            await database.write(_move, account_id, made[place], verb)
    return Filled(account_id, len(made))


def remove(tx: Tx, account_id: int, owner_id: int) -> list[str]:
    """Delete the account in which another one looks around; the hashes of the documents stored for it."""
    if account_store.find_demo(tx, owner_id) != account_id:
        raise NotFound("There is no demonstration.")
    stored = documents.list_recorded(tx, account_id)
    account_store.remove_demo(tx, account_id)
    return stored


def _plan(chance: random.Random, now: datetime) -> Iterator[Planned]:
    for day in range(DAYS - 5, 0, -5):
        for _ in range(chance.choice((0, 1, 1, 2))):
            fate = chance.random()
            is_recent = day < 6
            yield Planned(
                written=now - timedelta(days=day, minutes=chance.randrange(500)),
                client=chance.choice((0, 0, 1, 2, 3, 4, 4, 5, 5, 6, 7)),
                paid_after=None if fate > 0.86 or is_recent else chance.randrange(9, 44),
                part_after=chance.randrange(12, 30) if 0.86 < fate <= 0.91 else None,
                viewed_after=chance.randrange(1, 5) if fate < 0.7 else None,
                stays_draft=is_recent and fate > 0.4,
            )


def _steps(plan: Planned, now: datetime) -> Iterator[tuple[datetime, str]]:
    """What happens to an invoice, as far as it has happened by now."""
    yield plan.written, "write"
    if plan.stays_draft:
        return
    for days, verb in (
        (0.02, "SENT"),
        (plan.viewed_after, "VIEWED"),
        (plan.part_after, "PARTIALLY_PAID"),
        (plan.paid_after, "PAID"),
        (TERMS_DAYS + 1, "OVERDUE"),
    ):
        at = plan.written + timedelta(days=days or 0)
        if days is not None and at < now:
            yield at, verb


def _invoice(chance: random.Random, client_id: str, currency: str, day: date) -> CreateInvoice:
    times = LARGE.get(currency, 1)
    lines = [
        {"description": what, "quantity": quantity, "unitPrice": int(price) * times}
        | ({"taxRate": "23"} if currency == "EUR" else {})
        for what, quantity, price in chance.sample(WORK, chance.choice((1, 1, 2, 3)))
    ]
    return faults.filled(
        CreateInvoice,
        {
            "clientId": client_id,
            "currency": currency,
            "issueDate": day.isoformat(),
            "dueDate": (day + timedelta(days=TERMS_DAYS)).isoformat(),
            "lineItems": lines,
            "notes": "Thank you for your business.",
            "terms": f"Payment due within {TERMS_DAYS} days.",
        },
    )


def _move(tx: Tx, account_id: int, invoice_id: str, status: str) -> None:
    invoice = store.get(tx, account_id, invoice_id)
    change: dict[str, Any] = {"status": status}
    if status == "PARTIALLY_PAID":
        change["amountPaid"] = format((invoice.total / 2).quantize(invoice.total), "f")
    elif status == "OVERDUE":
        lifecycle.tell_overdue(tx, account_id, [invoice_id])  # where it is: many are paid by then
        return
    elif status == "VIEWED" and invoice.status not in ("SENT", "OVERDUE"):
        return
    lifecycle.change(tx, account_id, invoice_id, faults.filled(ChangeInvoice, change))
