"""Settings: the business, its documents, how it is paid, its people, and oneself."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from cleverinvo import clock, faults
from cleverinvo.accounts import actions as accounts
from cleverinvo.accounts import logo
from cleverinvo.accounts import store as account_store
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.accounts.rules import TIERS_WITH_API, Account
from cleverinvo.errors import Fault, Invalid, NotFound, Problem
from cleverinvo.site.clients import COUNTRIES, CURRENCIES
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Said, Visit
from cleverinvo.users import actions as users
from cleverinvo.users import store as user_store
from cleverinvo.users.forms import ChangePassword, ChangeUser, Invite
from cleverinvo.users.rules import ROLES
from cleverinvo.web.body import receive_body

TABS: Final = [
    ("business", "/settings", "Business"),
    ("documents", "/settings/documents", "Documents"),
    ("payment", "/settings/payment", "Payment details"),
    ("reminders", "/settings/reminders", "Reminders"),
    ("people", "/settings/people", "People"),
    ("you", "/settings/you", "You"),
]
BUSINESS: Final = (
    *("name", "email", "phone", "contactName", "address", "street", "postalCode", "city", "countryCode"),
    *("taxId", "legalRegistrationId", "electronicAddress", "timeZone"),
)
DOCUMENTS: Final = (
    *("currency", "locale", "paymentTermsDays", "numberFormat", "numbering", "layout", "accentColor", "footer"),
)
PAYMENT: Final = ("iban", "bic", "bankName", "upiId", "paymentUrl")
WHOLE_NUMBERS: Final = ("paymentTermsDays",)
ROLE_WORDS: Final = {
    "owner": "Owner: everything",
    "member": "Member: writes and sends",
    "reader": "Reader: looks",
}
WRONG: Final = Fault("current", "This is not your password")

pages = Pages()


@pages.get("/settings")
async def show_business(visit: Visit) -> Response:
    return await _show(visit, "business", BUSINESS)


@pages.post("/settings", role="owner")
async def save_business(visit: Visit) -> Response:
    return await _save(visit, "business", BUSINESS)


@pages.get("/settings/documents")
async def show_documents(visit: Visit) -> Response:
    return await _show(visit, "documents", DOCUMENTS)


@pages.post("/settings/documents", role="owner")
async def save_documents(visit: Visit) -> Response:
    return await _save(visit, "documents", DOCUMENTS)


@pages.get("/settings/payment")
async def show_payment(visit: Visit) -> Response:
    return await _show(visit, "payment", PAYMENT)


@pages.post("/settings/payment", role="owner")
async def save_payment(visit: Visit) -> Response:
    return await _save(visit, "payment", PAYMENT)


@pages.get("/logo/{id}")
async def show_logo(visit: Visit) -> Response:
    """A logo that stands on some document of the account."""
    found = await visit.read(account_store.find_logo, visit.id)
    if found is None:
        raise NotFound("There is no such logo.")
    return visit.answer(
        found.content,
        found.media_type,
        content_security_policy="sandbox; default-src 'none'",
        cache_control="private, max-age=31536000, immutable",
    )


@pages.upload("/settings/logo", role="owner")
async def set_logo(visit: Visit) -> Response:
    """The image itself, as a script sends it."""
    body = await receive_body(visit.request.receive, dict(visit.request.headers.raw), logo.BYTES_MAX)
    media_type = visit.request.headers.get("content-type", "").partition(";")[0]
    if media_type not in logo.MEDIA_TYPES:
        raise Invalid([Fault("logo", "Expected a PNG, JPEG, WebP or SVG image")])
    safe = await visit.aside(logo.make_safe, media_type, body)
    await visit.write(accounts.set_logo, safe)
    return visit.answer(b"{}", "application/json")


@pages.post("/settings/logo/remove", role="owner")
async def remove_logo(visit: Visit) -> Response:
    await visit.write(accounts.set_logo, None)
    return visit.go("/settings/documents", "Documents carry no logo any more. Those already sent keep theirs.")


@pages.get("/settings/people")
async def show_people(visit: Visit) -> Response:
    return await _people(visit)


@pages.post("/settings/people/invite", role="owner")
async def invite(visit: Visit) -> Response:
    """A one-time link, shown this once."""
    try:
        token = await visit.write(users.invite, faults.filled(Invite, visit.form.filled("role", "email")))
    except Problem as problem:
        return await _people(visit, problem)
    return await _people(visit, invitation=f"{visit.house.links.public_url}/join/{token}")


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


@pages.get("/settings/you")
async def show_you(visit: Visit) -> Response:
    return await _you(visit)


@pages.post("/settings/you", role="reader")
async def save_you(visit: Visit) -> Response:
    try:
        form = faults.filled(ChangeUser, visit.form.filled("name", "email"))
        await visit.write(users.change, visit.visitor.user_id, form)
    except Problem as problem:
        return await _you(visit, problem)
    return visit.go("/settings/you", "Saved.")


@pages.post("/settings/you/password", role="reader")
async def change_password(visit: Visit) -> Response:
    """Another password, for somebody who knows the present one. Everywhere else they are logged out."""
    person = visit.visitor
    try:
        form = faults.filled(ChangePassword, visit.form.filled("current", "password"))
        visit.house.throttle.count_log_in(person.email, visit.request.cookies.get("known", ""))
        known = await visit.read(user_store.find_credentials, person.user_id)
        if not await visit.house.passwords.is_right(known and known.password_hash, form.current):
            raise Invalid([WRONG])
        hashed = await visit.house.passwords.hash(form.password)
        await visit.write(users.change_password, person.user_id, person.session_id, hashed)
    except Problem as problem:
        return await _you(visit, problem)
    return visit.go("/settings/you", "The password is changed. Everywhere else you are logged out.")


@pages.post("/settings/you/sessions/{id}/end", role="reader")
async def end_session(visit: Visit) -> Response:
    await visit.write(users.log_out, visit.visitor.user_id, visit.id)
    return visit.go("/settings/you", "That browser is logged out.")


@pages.post("/settings/you/sessions/end", role="reader")
async def end_other_sessions(visit: Visit) -> Response:
    await visit.write(users.log_out_elsewhere, visit.visitor.user_id, visit.visitor.session_id)
    return visit.go("/settings/you", "Every other browser is logged out.")


async def _show(visit: Visit, tab: str, names: Sequence[str], problem: Problem | None = None) -> Response:
    account = await visit.account()
    wire = dict(zip(Account.__struct_encode_fields__, Account.__struct_fields__, strict=True))
    values = {name: getattr(account, wire[name]) for name in names}
    if problem:
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
        has_api=account.tier in TIERS_WITH_API,
        faults=Faults.of(problem) if problem else Faults([]),
    )


async def _save(visit: Visit, tab: str, names: Sequence[str]) -> Response:
    tree: dict[str, Any] = visit.form.tree(*names)
    for name in WHOLE_NUMBERS:
        if str(tree.get(name) or "").isdecimal():
            tree[name] = int(tree[name])
    try:
        await visit.write(accounts.update, faults.filled(UpdateAccount, tree))
    except Problem as problem:
        return await _show(visit, tab, names, problem)
    path = next(path for name, path, _ in TABS if name == tab)
    return visit.go(path, "Saved. Drafts follow at once; what is sent stays as it is.")


async def _people(visit: Visit, problem: Problem | None = None, invitation: str | None = None) -> Response:
    return await visit.page(
        "settings_people.html",
        422 if problem else 200,
        nav="settings",
        tab="people",
        tabs=TABS,
        people=await visit.read(user_store.list_all),
        roles=ROLES,
        role_words=ROLE_WORDS,
        invitation=invitation,
        faults=Faults.of(problem) if problem else Faults([]),
    )


async def _you(visit: Visit, problem: Problem | None = None) -> Response:
    person = visit.visitor
    return await visit.page(
        "settings_you.html",
        422 if problem else 200,
        nav="settings",
        tab="you",
        tabs=TABS,
        user=await visit.read(user_store.get, person.user_id),
        sessions=await visit.read(users.list_sessions, person.user_id),
        role_words=ROLE_WORDS,
        chosen=visit.request.cookies.get("theme", ""),
        faults=Faults.of(problem) if problem else Faults([]),
    )
