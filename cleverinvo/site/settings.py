"""Settings: the business, how it is paid, and its people; what they share with the other tabs."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from cleverinvo import clock, faults
from cleverinvo.accounts import actions as accounts
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.accounts.rules import Account
from cleverinvo.confirmations import actions as confirmations
from cleverinvo.errors import NotFound, Problem
from cleverinvo.site.clients import COUNTRIES, CURRENCIES
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Said, Visit
from cleverinvo.users import actions as users
from cleverinvo.users import store as user_store
from cleverinvo.users.forms import Invite
from cleverinvo.users.rules import ROLES

TABS: Final = [
    ("business", "/settings", "Business"),
    ("documents", "/settings/documents", "Documents"),
    ("numbers", "/settings/numbers", "Numbers"),
    ("payment", "/settings/payment", "Payment details"),
    ("reminders", "/settings/reminders", "Reminders"),
    ("people", "/settings/people", "People"),
    ("you", "/settings/you", "You"),
    ("plan", "/settings/plan", "Plan"),
]
BUSINESS: Final = (
    *("name", "email", "phone", "contactName", "address", "street", "postalCode", "city", "countryCode"),
    *("taxId", "legalRegistrationId", "electronicAddress", "timeZone"),
)
DOCUMENTS: Final = (
    *("currency", "locale", "paymentTermsDays", "hostedPageDays", "requireEInvoice", "layout", "accentColor"),
    "footer",
)
PAYMENT: Final = ("iban", "bic", "bankName", "upiId", "paymentUrl")
WHOLE_NUMBERS: Final = ("paymentTermsDays", "hostedPageDays")
ROLE_WORDS: Final = {
    "owner": "Owner: everything",
    "member": "Member: writes and sends",
    "reader": "Reader: looks",
}

pages = Pages()


@pages.get("/settings")
async def show_business(visit: Visit) -> Response:
    return await show(visit, "business", BUSINESS)


@pages.post("/settings", role="owner")
async def save_business(visit: Visit) -> Response:
    return await save(visit, "business", BUSINESS)


@pages.get("/settings/payment")
async def show_payment(visit: Visit) -> Response:
    return await show(visit, "payment", PAYMENT)


@pages.post("/settings/payment", role="owner")
async def save_payment(visit: Visit) -> Response:
    return await save(visit, "payment", PAYMENT)


@pages.get("/settings/people")
async def show_people(visit: Visit) -> Response:
    return await _people(visit)


@pages.post("/settings/people/invite", role="owner", is_once=True)
async def invite(visit: Visit) -> Response:
    """A one-time link, shown this once; mailed, too, where mail is sent and an address was given."""
    is_mailed = _mails_invitations(visit)
    try:
        form = faults.filled(Invite, visit.form.filled("role", "email"))
        if form.email and is_mailed:
            visit.house.throttle.count_mail(form.email)
            token = await visit.write(confirmations.invite, form, visit.visitor.name)
        else:
            token = await visit.write(users.invite, form)
    except Problem as problem:
        return await _people(visit, problem)
    link = f"{visit.house.links.public_url}/join/{token}"
    return await _people(visit, invitation=link, mailed_to=form.email if is_mailed else None)


@pages.post("/settings/invitations/{id}/withdraw", role="owner")
async def withdraw(visit: Visit) -> Response:
    await visit.write(users.withdraw, visit.id)
    return visit.go("/settings/people", "The invitation is withdrawn: its link leads nowhere.")


@pages.post("/settings/people/{id}/role", role="owner")
async def change_role(visit: Visit) -> Response:
    try:
        role = faults.filled(Invite, visit.form.filled("role")).role
        await visit.write(users.change_role, visit.id, role)
    except NotFound:
        raise
    except Problem as problem:
        return await _people(visit, problem)
    return visit.go("/settings/people", "Changed.")


@pages.post("/settings/people/{id}/remove", role="owner")
async def remove(visit: Visit) -> Response:
    try:
        await visit.write(users.remove, visit.id)
    except NotFound:
        raise
    except Problem as problem:
        return await _people(visit, problem)
    return visit.go("/settings/people", "They are out of the account, and logged out everywhere.")


async def show(
    visit: Visit,
    tab: str,
    names: Sequence[str],
    problem: Problem | None = None,
    *,
    is_typed: bool = False,
    **context: Any,
) -> Response:
    """The page of a tab with the account's fields on it, or with what was typed."""
    account = await visit.account()
    wire = dict(zip(Account.__struct_encode_fields__, Account.__struct_fields__, strict=True))
    values = {name: getattr(account, wire[name]) for name in names}
    if problem or is_typed:
        values |= {name: visit.form.get(name) for name in names}
    return await visit.page(
        f"settings_{tab}.html",
        422 if problem else 200,
        nav="settings",
        tab=tab,
        tabs=TABS,
        account=account,
        values=Said(values),
        names=list(names),
        countries=COUNTRIES,
        currencies=CURRENCIES,
        time_zones=clock.time_zones() if tab == "business" else [],
        faults=Faults.of(problem) if problem else Faults([]),
        **context,
    )


def typed(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as the account's form takes them: numbers as numbers, yes and no as true and false."""
    for name in WHOLE_NUMBERS:
        if str(fields.get(name) or "").isdecimal():
            fields[name] = int(fields[name])
    if "requireEInvoice" in fields:
        fields["requireEInvoice"] = fields["requireEInvoice"] == "yes"
    return fields


async def save(visit: Visit, tab: str, names: Sequence[str], **context: Any) -> Response:
    """Change the fields of a tab."""
    try:
        await visit.write(accounts.update, faults.filled(UpdateAccount, typed(visit.form.tree(*names))))
    except Problem as problem:
        return await show(visit, tab, names, problem, **context)
    path = next(path for name, path, _ in TABS if name == tab)
    return visit.go(path, "Saved. Drafts follow at once; what is sent stays as it is.")


def _mails_invitations(visit: Visit) -> bool:
    """From a demonstration nothing is mailed."""
    return visit.house.sends_mail and not visit.is_touring


async def _people(
    visit: Visit, problem: Problem | None = None, invitation: str | None = None, mailed_to: str | None = None
) -> Response:
    return await visit.page(
        "settings_people.html",
        422 if problem else 200,
        nav="settings",
        tab="people",
        tabs=TABS,
        people=await visit.read(user_store.list_all),
        invitations=await visit.read(user_store.list_invitations) if visit.may("owner") else [],
        mails=_mails_invitations(visit),
        mailed_to=mailed_to,
        roles=ROLES,
        role_words=ROLE_WORDS,
        invitation=invitation,
        faults=Faults.of(problem) if problem else Faults([]),
    )
