"""Links that are mailed: a forgotten password, another address, a new account.

What is answered does not tell whether an address is known, and takes as long either way.
"""

from typing import Any

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.confirmations import actions
from cleverinvo.errors import NotFound, Problem
from cleverinvo.site import entering
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Visit
from cleverinvo.users.actions import Entered
from cleverinvo.users.forms import GiveEmail, OpenAccount

pages = Pages()


@pages.get("/forgot", role=None)
async def show_forgot(visit: Visit) -> Response:
    """Where no mail is sent, the page says who can help instead."""
    return await visit.page("forgot.html", asked="")


@pages.post("/forgot", role=None)
async def offer_password(visit: Visit) -> Response:
    if not visit.house.sends_mail:
        return await visit.page("forgot.html", asked="")
    return await _offer(visit, actions.offer_password, "forgot.html")


async def offer_account(visit: Visit) -> Response:
    """Signing up begins with the address; the rest is asked for once it is confirmed."""
    return await _offer(visit, actions.offer_account, "signup_mail.html")


@pages.get("/signup/{token}", role=None)
async def show_open_account(visit: Visit) -> Response:
    return await visit.page("signup.html", **await _invitation(visit))


@pages.post("/signup/{token}", role=None)
async def open_account(visit: Visit) -> Response:
    invitation = await _invitation(visit)

    async def enter(form: OpenAccount) -> Entered:
        house = visit.house
        hashed = await house.passwords.hash(form.password)
        entered: Entered = await house.database.write(
            *(actions.open_account, NO_ACCOUNT, visit.request.path_params["token"], form, hashed),
            *(house.settings.signup_tier, entering.browser(visit)),
        )
        return entered

    names = ("business", "name", "password")
    return await entering.enter_by(visit, OpenAccount, names, enter, "signup.html", **invitation)


@pages.get("/confirm/{token}", role=None)
async def show_confirm(visit: Visit) -> Response:
    """A page with a button: programs that look through mail follow links, but press nothing."""
    return await visit.page("confirm.html", ticket=await entering.find_ticket(visit, "email"))


@pages.post("/confirm/{token}", role=None)
async def confirm(visit: Visit) -> Response:
    ticket = await entering.find_ticket(visit, "email")
    try:
        await visit.house.database.write(actions.confirm_email, NO_ACCOUNT, visit.request.path_params["token"])
    except NotFound:
        raise
    except Problem as problem:
        return await visit.page("confirm.html", 422, ticket=ticket, faults=Faults.of(problem))
    return visit.go("/settings/you" if visit.person else "/login", f"From now on you log in as {ticket.email}.")


async def _offer(visit: Visit, verb: Any, template: str) -> Response:
    try:
        form = faults.filled(GiveEmail, visit.form.filled("email"))
        visit.house.throttle.count_mail(form.email)
        if verb is actions.offer_account:
            entering.count_sign_up(visit)
        await visit.house.database.write(verb, NO_ACCOUNT, form.email)
    except Problem as problem:
        return await visit.page(template, 422, asked="", faults=Faults.of(problem))
    return await visit.page(template, asked=form.email)


async def _invitation(visit: Visit) -> dict[str, Any]:
    entering.refuse_closed(visit)
    return {"ticket": await entering.find_ticket(visit, "signup")}
