"""In and out: the front door, signing up, logging in and out, and one-time links."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.errors import Fault, Forbidden, Invalid, NotFound, Problem
from cleverinvo.shapes import Form
from cleverinvo.site import tour
from cleverinvo.site.routing import Pages, home_cookie, session_cookie
from cleverinvo.site.throttle import MARK, MARK_SECONDS
from cleverinvo.site.visit import Faults, Visit
from cleverinvo.users import actions, rules, store
from cleverinvo.users.actions import USED_UP, Entered
from cleverinvo.users.forms import Join, LogIn, ResetPassword, SignUp

WRONG: Final = Fault("password", "The address or the password is not right")

F = TypeVar("F", bound=Form)

pages = Pages()


@pages.get("/", role=None)
async def front(visit: Visit) -> Response:
    """What CleverInvo is, and the way in; whoever is in goes on to the overview."""
    if visit.person:
        return visit.go("/overview")
    return await visit.page("front.html", can_sign_up=visit.house.settings.signup == "open")


@pages.get("/signup", role=None)
async def show_sign_up(visit: Visit) -> Response:
    if visit.house.settings.signup == "closed":
        raise Forbidden("This server takes no new accounts; ask its owner for an invitation.")
    return await visit.page("signup.html")


@pages.post("/signup", role=None)
async def sign_up(visit: Visit) -> Response:
    settings = visit.house.settings
    if settings.signup == "closed":
        raise Forbidden("This server takes no new accounts; ask its owner for an invitation.")

    async def enter(form: SignUp) -> Entered:
        visit.house.throttle.count_sign_up(visit.request.client.host if visit.request.client else "")
        hashed = await visit.house.passwords.hash(form.password)
        entered: Entered = await visit.house.database.write(
            actions.sign_up, NO_ACCOUNT, form, hashed, settings.signup_tier, visit.browser
        )
        return entered

    return await _enter_by(visit, SignUp, ("business", "name", "email", "password"), enter, "signup.html")


@pages.get("/login", role=None)
async def show_log_in(visit: Visit) -> Response:
    if visit.person:
        return visit.go("/overview")
    return await visit.page("login.html")


@pages.post("/login", role=None)
async def log_in(visit: Visit) -> Response:
    async def enter(form: LogIn) -> Entered:
        visit.house.throttle.count_log_in(form.email, visit.request.cookies.get(MARK, ""))
        database = visit.house.database
        known = await database.read(store.find_by_email, form.email)
        if not await visit.house.passwords.is_right(known and known.password_hash, form.password):
            raise Invalid([WRONG])
        assert known is not None
        entered: Entered = await database.write(actions.log_in, known.account_id, known.user_id, visit.browser)
        return entered

    return await _enter_by(visit, LogIn, ("email", "password"), enter, "login.html")


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
            actions.join, NO_ACCOUNT, visit.request.path_params["token"], form, hashed, visit.browser
        )
        return entered

    names = ("business", "name", "email", "password")
    return await _enter_by(visit, Join, names, enter, "join.html", **invitation)


@pages.get("/reset/{token}", role=None)
async def show_reset(visit: Visit) -> Response:
    await _ticket(visit, "reset")
    return await visit.page("reset.html")


@pages.post("/reset/{token}", role=None)
async def reset(visit: Visit) -> Response:
    async def enter(form: ResetPassword) -> Entered:
        hashed = await visit.house.passwords.hash(form.password)
        entered: Entered = await visit.house.database.write(
            actions.reset_password, NO_ACCOUNT, visit.request.path_params["token"], hashed, visit.browser
        )
        return entered

    return await _enter_by(visit, ResetPassword, ("password",), enter, "reset.html")


@pages.post("/theme", role=None)
async def choose_theme(visit: Visit) -> Response:
    """Light or dark, or as the system has it."""
    visit.set_cookie("theme", visit.form.get("theme"), MARK_SECONDS)
    return visit.go(_own_path(visit.form.get("back")))


async def _enter_by(
    visit: Visit, form: type[F], names: tuple[str, ...], enter: Callable[[F], Any], template: str, **context: Any
) -> Response:
    """Let somebody in by a form, or show it again with what is wrong."""
    try:
        entered = await enter(faults.filled(form, visit.form.filled(*names)))
    except NotFound:
        raise
    except Problem as problem:
        return await visit.page(template, 422, faults=Faults.of(problem), **context)
    user = await visit.house.database.read(store.get, entered.account_id, entered.user_id)
    visit.set_cookie(session_cookie(visit.house.links.public_url), entered.token, int(rules.LIFE.total_seconds()))
    visit.set_cookie(MARK, visit.house.throttle.mark(user.email), MARK_SECONDS)
    visit.set_cookie("wanted", "", 0)
    visit.set_cookie(home_cookie(visit.house.links.public_url), "", 0)
    return visit.go(_own_path(visit.request.cookies.get("wanted", "")))


async def _ticket(visit: Visit, kind: rules.TicketKind) -> rules.Ticket:
    token = visit.request.path_params["token"]
    found = await visit.house.database.read(store.find_ticket, rules.digest(token))
    if found is None or found.kind != kind:
        raise NotFound(USED_UP)
    return found


async def _invitation(visit: Visit) -> dict[str, Any]:
    """What an invitation's page says: whose account it is, and whether anybody belongs to it yet."""
    ticket, database = await _ticket(visit, "join"), visit.house.database
    people = await database.read(store.list_all, ticket.account_id)
    host = await database.read(accounts.get, ticket.account_id)
    return {"is_first": not people, "host": host, "ticket": ticket}


def _own_path(path: str) -> str:
    """A page of ours to go on to; never another site, whoever wrote the address."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\", "/login", "/logout"))
    return path if is_own else "/overview"
