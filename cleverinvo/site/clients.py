"""Clients: the list, one client with what it owes, and the form."""

from typing import Any, Final

from babel import Locale
from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.clients import actions, store
from cleverinvo.clients.forms import CreateClient, ListClients, UpdateClient
from cleverinvo.clients.rules import Client
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import Problem
from cleverinvo.invoices import lists
from cleverinvo.invoices.forms import ClientId, ListInvoices
from cleverinvo.money import DIGITS
from cleverinvo.reports.rules import ClientSums, Sum
from cleverinvo.site import asking
from cleverinvo.site.figures import Kept
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Said, Visit

TEXTS: Final = (
    *("name", "email", "phone", "taxId", "address", "street", "postalCode", "city", "countryCode"),
    *("electronicAddress", "legalRegistrationId", "buyerReference", "currency", "locale", "retainerAmount"),
)
HEAD: Final = (
    *("Name", "E-mail", "Phone", "Tax ID", "Address", "Street", "Postal code", "City", "Country", "Currency"),
    *("Active", "Id"),
)
INVOICES_SHOWN: Final = 20
"""On a client's page, which leads to them all."""
CURRENCIES: Final = sorted(DIGITS)
COUNTRIES: Final = sorted(
    (
        (code, name)
        for code, name in Locale("en").territories.items()
        if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO")
    ),
    key=lambda pair: pair[1],
)

pages = Pages()


@pages.get("/clients")
async def list_(visit: Visit) -> Response:
    query, fields, wrong = asking.ask(visit, ListClients)
    context = {
        "nav": "clients",
        "account": await visit.account(),
        "query": fields,
        "faults": wrong,
        "found": await visit.scan(store.list_page, query),
        "owed": await visit.read(owed, visit.house.kept),
    }
    return visit.part("clients_found.html" if visit.is_fetch else "clients.html", **context)


@pages.get("/clients.csv")
async def export(visit: Visit) -> Response:
    query, _, _ = asking.ask(visit, ListClients)
    return await asking.as_csv(visit, "clients", HEAD, query, store.list_page, _cells)


@pages.get("/clients/new", role="member")
async def show_new(visit: Visit) -> Response:
    return await _form(visit, {})


@pages.post("/clients/new")
async def create(visit: Visit) -> Response:
    try:
        form = faults.filled(CreateClient, visit.form.filled(*TEXTS))
        client: Client = await visit.write(actions.create, form)
    except Problem as problem:
        return await _form(visit, _typed(visit), problem)
    return visit.go(f"/clients/{client.id}", f"{client.name} is on file.")


@pages.get("/clients/{id}")
async def show(visit: Visit) -> Response:
    client: Client = await visit.read(store.get, visit.id)
    query = ListInvoices(client_id=ClientId(client.id), limit=INVOICES_SHOWN)
    return await visit.page(
        "client.html",
        nav="clients",
        client=client,
        found=await visit.read(lists.page, query),
        names={client.id: client.name},
        sums=await visit.read(sums_of, client.id, visit.house.kept),
        countries=dict(COUNTRIES),
    )


@pages.get("/clients/{id}/edit", role="member")
async def show_edit(visit: Visit) -> Response:
    client: Client = await visit.read(store.get, visit.id)
    names = dict(zip(Client.__struct_encode_fields__, Client.__struct_fields__, strict=True))
    return await _form(visit, {name: getattr(client, names[name]) for name in TEXTS}, client=client)


@pages.post("/clients/{id}/edit")
async def update(visit: Visit) -> Response:
    before: Client = await visit.read(store.get, visit.id)
    try:
        tree = {**visit.form.tree(*TEXTS), "isActive": visit.form.has("isActive")}
        form = faults.filled(UpdateClient, tree)
        client: Client = await visit.write(actions.update, visit.id, form)
    except Problem as problem:
        return await _form(visit, _typed(visit), problem, client=before)
    return visit.go(f"/clients/{client.id}", "Saved.")


@pages.post("/clients/{id}/delete")
async def delete(visit: Visit) -> Response:
    await visit.write(actions.delete, visit.id)
    return visit.go("/clients", "The client is deleted. Its invoices stay.")


def sums_of(tx: Tx, account_id: int, client_id: str, kept: Kept) -> ClientSums:
    """What one client was billed and owes."""
    return kept.at(tx, account_id).of_client(client_id)


def owed(tx: Tx, account_id: int, kept: Kept) -> dict[str, list[Sum]]:
    """What each client owes, by currency."""
    return kept.at(tx, account_id).owed_by_client()


async def _form(
    visit: Visit, values: dict[str, Any], problem: Problem | None = None, client: Client | None = None
) -> Response:
    return await visit.page(
        "client_form.html",
        422 if problem else 200,
        nav="clients",
        client=client,
        values=Said(values),
        names=[*TEXTS],
        currencies=CURRENCIES,
        countries=COUNTRIES,
        faults=Faults.of(problem) if problem else Faults([]),
    )


def _typed(visit: Visit) -> dict[str, str]:
    return {name: visit.form.get(name) for name in TEXTS}


def _cells(tx: Tx, account_id: int, found: list[Client]) -> list[tuple[Any, ...]]:
    return [
        (
            *(client.name, client.email, client.phone, client.tax_id, client.address, client.street),
            *(client.postal_code, client.city, client.country_code, client.currency),
            *("yes" if client.is_active else "no", client.id),
        )
        for client in found
    ]
