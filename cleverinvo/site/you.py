"""Oneself: name, address, password, second factor, and where one is logged in."""

from typing import Any, Final

from markupsafe import Markup
from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.access import actions as access
from cleverinvo.access import rules as access_rules
from cleverinvo.access.forms import EnterCode, ProvePassword
from cleverinvo.confirmations import actions as confirmations
from cleverinvo.documents.pdf import qr
from cleverinvo.errors import Conflict, Fault, Invalid, Problem
from cleverinvo.site import browsers
from cleverinvo.site.routing import Pages, session_cookie
from cleverinvo.site.settings import ROLE_WORDS, TABS
from cleverinvo.site.throttle import MARK
from cleverinvo.site.visit import Faults, Visit
from cleverinvo.users import actions as users
from cleverinvo.users import store as user_store
from cleverinvo.users.forms import ChangeEmail, ChangePassword, ChangeUser

WRONG: Final = Fault("current", "This is not your password")

pages = Pages()


@pages.get("/settings/you")
async def show_you(visit: Visit) -> Response:
    return await _you(visit)


@pages.post("/settings/you", role="reader")
async def save_you(visit: Visit) -> Response:
    try:
        form = faults.filled(ChangeUser, visit.form.filled("name"))
        await visit.write(users.rename, visit.visitor.user_id, form)
    except Problem as problem:
        return await _you(visit, problem)
    return visit.go("/settings/you", "Saved.")


@pages.post("/settings/you/email", role="reader")
async def change_email(visit: Visit) -> Response:
    """Another address to log in with: confirmed by a link where mail is sent, else at once."""
    try:
        form = faults.filled(ChangeEmail, visit.form.filled("email", "current"))
        await _prove(visit, form.current)
        if not visit.house.sends_mail:
            await visit.write(users.change_email, visit.visitor.user_id, form.email)
            return visit.go("/settings/you", f"From now on you log in as {form.email}.")
        visit.house.throttle.count_mail(form.email)
        await visit.write(confirmations.offer_email, visit.visitor.user_id, form.email)
    except Problem as problem:
        return await _you(visit, problem)
    return visit.go("/settings/you", f"A link is on its way to {form.email}. Until you follow it nothing changes.")


@pages.post("/settings/you/password", role="reader")
async def change_password(visit: Visit) -> Response:
    """Another password, for somebody who knows the present one. Everywhere else they are logged out."""
    person = visit.visitor
    try:
        form = faults.filled(ChangePassword, visit.form.filled("current", "password"))
        await _prove(visit, form.current)
        hashed = await visit.house.passwords.hash(form.password)
        await visit.write(users.change_password, person.user_id, person.session_id, hashed)
    except Problem as problem:
        return await _you(visit, problem)
    return visit.go("/settings/you", "The password is changed. Everywhere else you are logged out.")


@pages.get("/settings/you/factor")
async def show_factor(visit: Visit) -> Response:
    return await _factor(visit)


@pages.post("/settings/you/factor/begin", role="reader")
async def begin_factor(visit: Visit) -> Response:
    """A new secret, shown as a QR code until a first code of it was right."""
    try:
        await _prove_typed(visit)
        secret = await visit.write(access.begin, visit.visitor.user_id)
    except Problem as problem:
        return await _factor(visit, problem)
    return await _factor(visit, secret=secret)


@pages.post("/settings/you/factor/confirm", role="reader")
async def confirm_factor(visit: Visit) -> Response:
    person = visit.visitor
    try:
        form = faults.filled(EnterCode, visit.form.filled("code"))
        visit.house.throttle.count_code(person.email, visit.request.cookies.get(MARK, ""))
        codes = await visit.write(access.confirm, person.user_id, form.code)
    except Conflict as problem:
        return await _factor(visit, problem)
    except Problem as problem:
        return await _factor(visit, problem, secret=await visit.read(access.find_begun, person.user_id))
    return await _factor(visit, codes=codes)


@pages.post("/settings/you/factor/codes", role="reader", is_once=True)
async def renew_codes(visit: Visit) -> Response:
    try:
        await _prove_typed(visit)
        codes = await visit.write(access.renew_recovery_codes, visit.visitor.user_id)
    except Problem as problem:
        return await _factor(visit, problem)
    return await _factor(visit, codes=codes)


@pages.post("/settings/you/factor/off", role="reader")
async def switch_factor_off(visit: Visit) -> Response:
    try:
        await _prove_typed(visit)
        await visit.write(access.switch_off, visit.visitor.user_id)
    except Problem as problem:
        return await _factor(visit, problem)
    return visit.go("/settings/you", "The password alone lets you in again.")


@pages.post("/settings/you/sessions/{id}/end", role="reader")
async def end_session(visit: Visit) -> Response:
    await visit.write(users.log_out, visit.visitor.user_id, visit.id)
    return visit.go("/settings/you", "That browser is logged out.")


@pages.post("/settings/you/sessions/end", role="reader")
async def end_other_sessions(visit: Visit) -> Response:
    await visit.write(users.log_out_elsewhere, visit.visitor.user_id, visit.visitor.session_id)
    return visit.go("/settings/you", "Every other browser is logged out.")


@pages.post("/settings/you/leave", role="reader")
async def leave(visit: Visit) -> Response:
    """Out of the account for good. What was written stays; the last owner cannot go."""
    try:
        await _prove_typed(visit)
        await visit.write(users.remove, visit.visitor.user_id)
    except Problem as problem:
        return await _you(visit, problem)
    visit.set_cookie(session_cookie(visit.house.links.public_url), "", 0)
    return visit.go("/login", "You have left the account.")


async def _prove_typed(visit: Visit) -> None:
    await _prove(visit, faults.filled(ProvePassword, visit.form.filled("current")).current)


async def _prove(visit: Visit, password: str) -> None:
    """Raises Invalid where it is not the present password: an open browser alone changes no way in."""
    visit.house.throttle.count_log_in(visit.visitor.email, visit.request.cookies.get(MARK, ""))
    known = await visit.read(user_store.find_credentials, visit.visitor.user_id)
    if not await visit.house.passwords.is_right(known and known.password_hash, password):
        raise Invalid([WRONG])


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
        browsers=browsers,
        standing=await visit.read(access.look, person.user_id),
        role_words=ROLE_WORDS,
        chosen=visit.request.cookies.get("theme", ""),
        faults=Faults.of(problem) if problem else Faults([]),
    )


async def _factor(
    visit: Visit, problem: Problem | None = None, *, secret: bytes | None = None, codes: list[str] | None = None
) -> Response:
    """The page of the second factor. Secret and recovery codes stand on it only in the answer that made them."""
    context: dict[str, Any] = {"codes": codes, "drawing": None, "spelt": None}
    if secret is not None:
        context["spelt"] = access_rules.spell_in_fours(secret)
        context["address"] = access_rules.address(secret, visit.visitor.email)
        context["drawing"] = Markup(qr.draw(context["address"]))
    return await visit.page(
        "settings_factor.html",
        422 if problem else 200,
        nav="settings",
        tab="you",
        tabs=TABS,
        standing=await visit.read(access.look, visit.visitor.user_id),
        faults=Faults.of(problem) if problem else Faults([]),
        **context,
    )
