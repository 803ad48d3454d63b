"""In and out: the front door, signing up, logging in and out, and one-time links."""

from typing import Any, Final

from starlette.responses import Response

from cleverinvo.access import actions as access
from cleverinvo.access.actions import Halfway
from cleverinvo.access.forms import EnterCode
from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.errors import Fault, Invalid
from cleverinvo.site import entering, links, tour
from cleverinvo.site.entering import HALFWAY
from cleverinvo.site.routing import Pages, session_cookie
from cleverinvo.site.throttle import MARK, MARK_SECONDS
from cleverinvo.site.visit import Visit
from cleverinvo.users import actions, store
from cleverinvo.users.actions import Entered
from cleverinvo.users.forms import Join, LogIn, ResetPassword, SignUp

WRONG: Final = Fault("password", "The address or the password is not right")

pages = Pages()


@pages.get("/", role=None)
async def front(visit: Visit) -> Response:
    """What CleverInvo is, and the way in; whoever is in goes on to the overview."""
    if visit.person:
        return visit.go("/overview")
    return await visit.page("front.html", can_sign_up=visit.house.settings.signup == "open")


@pages.get("/signup", role=None)
async def show_sign_up(visit: Visit) -> Response:
    """Where mail is sent, the address is asked for first, and confirmed by a link: see links.py."""
    entering.refuse_closed(visit)
    return await visit.page("signup_mail.html" if visit.house.sends_mail else "signup.html", asked="", ticket=None)


@pages.post("/signup", role=None)
async def sign_up(visit: Visit) -> Response:
    entering.refuse_closed(visit)
    if visit.house.sends_mail:
        return await links.offer_account(visit)

    async def enter(form: SignUp) -> Entered:
        entering.count_sign_up(visit)
        hashed = await visit.house.passwords.hash(form.password)
        entered: Entered = await visit.house.database.write(
            actions.sign_up, NO_ACCOUNT, form, hashed, visit.house.settings.signup_tier, entering.browser(visit)
        )
        return entered

    names = ("business", "name", "email", "password")
    return await entering.enter_by(visit, SignUp, names, enter, "signup.html", ticket=None)


@pages.get("/login", role=None)
async def show_log_in(visit: Visit) -> Response:
    if visit.person:
        return visit.go("/overview")
    return await visit.page("login.html")


@pages.post("/login", role=None)
async def log_in(visit: Visit) -> Response:
    async def enter(form: LogIn) -> Entered | Halfway:
        visit.house.throttle.count_log_in(form.email, visit.request.cookies.get(MARK, ""))
        database = visit.house.database
        known = await database.read(store.find_by_email, form.email)
        if not await visit.house.passwords.is_right(known and known.password_hash, form.password):
            raise Invalid([WRONG])
        assert known is not None
        came: Entered | Halfway = await database.write(
            access.come_in, known.account_id, known.user_id, entering.browser(visit)
        )
        return came

    return await entering.enter_by(visit, LogIn, ("email", "password"), enter, "login.html")


@pages.get("/login/code", role=None)
async def show_code(visit: Visit) -> Response:
    await entering.find_halfway(visit)
    return await visit.page("code.html")


@pages.post("/login/code", role=None)
async def enter_code(visit: Visit) -> Response:
    """The second factor: a code of the device, or a recovery code. Each works once."""
    ticket = await entering.find_halfway(visit)

    async def enter(form: EnterCode) -> Entered:
        database, cookies = visit.house.database, visit.request.cookies
        user = await database.read(store.get, ticket.account_id, ticket.user_id or "")
        visit.house.throttle.count_code(user.email, cookies.get(MARK, ""))
        entered: Entered = await database.write(
            access.enter, NO_ACCOUNT, cookies[HALFWAY], form.code, entering.browser(visit)
        )
        return entered

    return await entering.enter_by(visit, EnterCode, ("code",), enter, "code.html")


@pages.post("/logout", role=None)
async def log_out(visit: Visit) -> Response:
    if visit.person:
        await visit.write(actions.log_out, visit.person.user_id, visit.person.session_id)
    await tour.end_home(visit)
    visit.set_cookie(session_cookie(visit.house.links.public_url), "", 0)
    return visit.go("/login", "You are logged out.")


@pages.get("/join/{token}", role=None)
async def show_join(visit: Visit) -> Response:
    return await visit.page("join.html", **await _invitation(visit))


@pages.post("/join/{token}", role=None)
async def join(visit: Visit) -> Response:
    invitation = await _invitation(visit)

    async def enter(form: Join) -> Entered:
        hashed = await visit.house.passwords.hash(form.password)
        entered: Entered = await visit.house.database.write(
            actions.join, NO_ACCOUNT, visit.request.path_params["token"], form, hashed, entering.browser(visit)
        )
        return entered

    names = ("business", "name", "email", "password")
    return await entering.enter_by(visit, Join, names, enter, "join.html", **invitation)


@pages.get("/reset/{token}", role=None)
async def show_reset(visit: Visit) -> Response:
    await entering.find_ticket(visit, "reset")
    return await visit.page("reset.html")


@pages.post("/reset/{token}", role=None)
async def reset(visit: Visit) -> Response:
    async def enter(form: ResetPassword) -> Entered | Halfway:
        hashed = await visit.house.passwords.hash(form.password)
        came: Entered | Halfway = await visit.house.database.write(
            access.reset_password, NO_ACCOUNT, visit.request.path_params["token"], hashed, entering.browser(visit)
        )
        return came

    return await entering.enter_by(visit, ResetPassword, ("password",), enter, "reset.html")


@pages.post("/theme", role=None)
async def choose_theme(visit: Visit) -> Response:
    """Light or dark, or as the system has it."""
    visit.set_cookie("theme", visit.form.get("theme"), MARK_SECONDS)
    return visit.go(entering.own_path(visit.form.get("back")))


async def _invitation(visit: Visit) -> dict[str, Any]:
    """What an invitation's page says: whose account it is, and whether anybody belongs to it yet."""
    ticket, database = await entering.find_ticket(visit, "join"), visit.house.database
    people = await database.read(store.list_all, ticket.account_id)
    host = await database.read(accounts.get, ticket.account_id)
    return {"is_first": not people, "host": host, "ticket": ticket}
