"""What the columns of a list of clients mean, and what is to become of each row."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, Literal, NamedTuple

import msgspec
from babel import Locale

from cleverinvo import faults
from cleverinvo.clients.forms import CreateClient
from cleverinvo.errors import Fault, Invalid
from cleverinvo.imports.sheets import Sheet

Verdict = Literal["create", "update", "skip", "fail"]

FIELDS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "name": (
        "Name",
        ("name", "client", "clientname", "customer", "customername", "company", "companyname", "firma"),
    ),
    "email": ("E-mail", ("email", "mail", "emailaddress", "contactemail", "billingemail")),
    "phone": ("Phone", ("phone", "telephone", "tel", "phonenumber", "mobile", "telefon")),
    "taxId": ("Tax ID", ("taxid", "vat", "vatid", "vatnumber", "taxnumber", "ustid", "ein", "gstin", "abn")),
    "address": ("Address", ("address", "fulladdress", "billingaddress", "addressline", "adresse")),
    "street": ("Street", ("street", "address1", "addressline1", "street1", "strasse", "billingstreet")),
    "postalCode": ("Postal code", ("postalcode", "zip", "zipcode", "postcode", "plz", "billingzip")),
    "city": ("City", ("city", "town", "ort", "stadt", "billingcity")),
    "countryCode": ("Country", ("country", "countrycode", "land", "billingcountry")),
    "currency": ("Currency", ("currency", "currencycode", "waehrung")),
    "locale": ("Language", ("language", "locale", "lang", "sprache")),
    "externalId": (
        "External ID",
        ("externalid", "customerid", "clientid", "customernumber", "kundennummer", "ref"),
    ),
    "retainerAmount": ("Monthly retainer", ("retainer", "retaineramount", "monthlyretainer")),
    "electronicAddress": ("Electronic address", ("electronicaddress", "peppol", "peppolid")),
    "legalRegistrationId": ("Registration no.", ("legalregistrationid", "registrationnumber", "companynumber")),
    "buyerReference": ("Buyer reference", ("buyerreference", "leitwegid")),
    "isActive": ("Active", ("active", "isactive", "enabled")),
}
"""What a column may be: its words, and the headings by which it is recognised, folded."""

COUNTRY_CODE_LENGTH: Final = 2

YES: Final = frozenset({"yes", "y", "true", "1", "active", "ja", "x"})
NO: Final = frozenset({"no", "n", "false", "0", "inactive", "nein"})


class Plan(msgspec.Struct, frozen=True):
    """How a sheet is to be read. `columns` are fields, empty where a column is left out."""

    columns: list[str]
    has_head: bool
    duplicates: Literal["skip", "update"] = "skip"


class Row(NamedTuple):
    """A row as the form of a client, or what is wrong with it."""

    number: int
    tree: dict[str, Any]
    form: CreateClient | None
    faults: list[Fault]


class Failure(msgspec.Struct, frozen=True):
    number: int
    faults: list[Fault]


class Import(NamedTuple):
    """A list that was uploaded, and how far it has been taken in."""

    id: str
    name: str
    content: bytes
    plan: Plan | None
    position: int
    created: int
    updated: int
    skipped: int
    failures: list[Failure]


class Match(NamedTuple):
    """A client, on file or in an earlier row, that a row may be about. Its id is empty while it is in a row."""

    id: str
    external_id: str | None
    is_deleted: bool = False


class Known:
    """Whom the rows may be about: by external id, then by e-mail."""

    def __init__(self) -> None:
        self._by_external_id: dict[str, Match] = {}
        self._by_email: dict[str, list[Match]] = {}

    def add(self, match: Match, email_folded: str | None) -> None:
        if match.external_id:
            self._by_external_id.setdefault(match.external_id, match)
        others = self._by_email.setdefault(email_folded, []) if email_folded and not match.is_deleted else None
        if others is not None and match not in others:
            others.append(match)

    def find(self, form: CreateClient) -> Match | None:
        """Whom a row is about. Raises Invalid where that was deleted, or is not one alone.

        An e-mail shared with a client of another external id is no match: offices share their addresses.
        """
        own = form.external_id
        match = self._by_external_id.get(own) if own else None
        if match is not None:
            if match.is_deleted:
                raise Invalid(
                    [Fault("externalId", "Belonged to a client that was deleted; it is not given twice")]
                )
            return match
        alike = self._by_email.get(fold(form.email), []) if form.email else []
        alike = [one for one in alike if not own or not one.external_id]
        if len(alike) > 1:
            raise Invalid([Fault("email", f"{len(alike)} clients have this address; say which by externalId")])
        return alike[0] if alike else None


def guess(sheet: Sheet) -> Plan:
    """What the columns probably are, by their headings; without headings, by what stands in them."""
    head = [fold_heading(cell) for cell in sheet.rows[0]]
    known = {alias: field for field, (_, aliases) in FIELDS.items() for alias in (field.lower(), *aliases)}
    columns = [known.get(heading, "") for heading in head]
    has_head = any(columns) or not any("@" in cell for cell in sheet.rows[0])
    if not any(columns):
        columns = ["email" if _is_mostly_mail(sheet, place) else "" for place in range(len(head))]
        if "" in columns:
            columns[columns.index("")] = "name"
    first = {field: columns.index(field) for field in columns if field}
    columns = [field if field and first[field] == place else "" for place, field in enumerate(columns)]
    return Plan(columns, has_head)


def rows_of(sheet: Sheet, plan: Plan) -> list[tuple[int, list[str]]]:
    """The rows that are clients, with their numbers."""
    return list(zip(sheet.numbers, sheet.rows, strict=True))[1 if plan.has_head else 0 :]


def refuse_unclear(plan: Plan) -> None:
    """Raises Invalid where no column is the name, or two are the same."""
    if "name" not in plan.columns:
        raise Invalid([Fault("columns", "Say which column is the name")])
    for field in filter(None, plan.columns):
        if plan.columns.count(field) > 1:
            raise Invalid([Fault("columns", f"Only one column can be: {FIELDS[field][0]}")])


def read_row(number: int, cells: list[str], plan: Plan) -> Row:
    """A row as the API's own form sees it; an empty cell says nothing."""
    tree = {field: _value(field, cell) for field, cell in zip(plan.columns, cells, strict=True) if field and cell}
    found = faults.unprintable(tree)
    if len(tree.get("countryCode", "")) > COUNTRY_CODE_LENGTH:
        found.append(Fault("countryCode", "No country has this name; its two-letter code is understood too"))
    known = {fault.field for fault in found}
    form = None
    try:
        form = faults.filled(CreateClient, {field: value for field, value in tree.items() if field not in known})
    except Invalid as problem:
        found += [fault for fault in problem.details if fault.field not in known]
    return Row(number, tree, None if found else form, found)


def fold(email: str | None) -> str:
    return (email or "").strip().casefold()


def fold_heading(cell: str) -> str:
    return re.sub(r"[^a-z0-9]", "", cell.lower().replace("ä", "ae").replace("ß", "ss"))


def words_of(found: Iterable[Fault]) -> str:
    """What is wrong with a row, in one line: `E-mail: At most 254 characters`."""
    return "; ".join(
        f"{FIELDS[one.field][0] if one.field in FIELDS else one.field}: {one.message}" for one in found
    )


def _is_mostly_mail(sheet: Sheet, place: int) -> bool:
    cells = [row[place] for row in sheet.rows[:50] if row[place]]
    return bool(cells) and sum("@" in cell for cell in cells) * 2 > len(cells)


def _value(field: str, cell: str) -> Any:
    if field == "countryCode":
        return _countries().get(cell.casefold(), cell.upper() if len(cell) == 2 else cell)
    if field == "currency":
        return cell.upper()
    if field == "isActive":
        folded = cell.casefold()
        return True if folded in YES else False if folded in NO else cell
    return cell


@cache
def _countries() -> dict[str, str]:
    """Codes by name, in English, in German, and in the country's own main language where that is the same word."""
    return {
        name.casefold(): code
        for language in ("de", "en")
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha()
    }
