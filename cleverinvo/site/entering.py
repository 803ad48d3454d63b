"""What the doors share: letting somebody in by a form, one-time links, and who may come how often."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.access.actions import Halfway
from cleverinvo.access.rules import PAUSE
from cleverinvo.errors import Forbidden, NotFound, Problem
from cleverinvo.shapes import Form
from cleverinvo.site.routing import home_cookie, session_cookie
from cleverinvo.site.throttle import MARK, MARK_SECONDS
from cleverinvo.site.visit import Faults, Visit
from cleverinvo.users import rules, store
from cleverinvo.users.actions import USED_UP

HALFWAY: Final = "halfway"
"""The cookie of somebody between password and second factor."""

BROWSER_MAX: Final = 300

F = TypeVar("F", bound=Form)


async def enter_by(
    visit: Visit, form: type[F], names: tuple[str, ...], enter: Callable[[F], Any], template: str, **context: Any
) -> Response:
    """Let somebody in by a form, ask for their second factor, or show the form again with what is wrong."""
    try:
        came = await enter(faults.filled(form, visit.form.filled(*names)))
    except NotFound:
        raise
    except Problem as problem:
        return await visit.page(template, 422, faults=Faults.of(problem), **context)
    if isinstance(came, Halfway):
        visit.set_cookie(HALFWAY, came.token, int(PAUSE.total_seconds()))
        return visit.go("/login/code")
    user = await visit.house.database.read(store.get, came.account_id, came.user_id)
    visit.set_cookie(session_cookie(visit.house.links.public_url), came.token, int(rules.LIFE.total_seconds()))
    visit.set_cookie(MARK, visit.house.throttle.mark(user.email), MARK_SECONDS)
    visit.set_cookie("wanted", "", 0)
    visit.set_cookie(HALFWAY, "", 0)
    visit.set_cookie(home_cookie(visit.house.links.public_url), "", 0)
    return visit.go(own_path(visit.request.cookies.get("wanted", "")))


async def find_ticket(visit: Visit, kind: rules.TicketKind) -> rules.Ticket:
    """What the link in the address allows. Raises NotFound where that is nothing."""
    return await _find(visit, visit.request.path_params["token"], kind, USED_UP)


async def find_halfway(visit: Visit) -> rules.Ticket:
    """Who has said their password and is asked for a code."""
    return await _find(visit, visit.request.cookies.get(HALFWAY, ""), "code", "This took too long; log in again.")


async def _find(visit: Visit, token: str, kind: rules.TicketKind, otherwise: str) -> rules.Ticket:
    found = await visit.house.database.read(store.find_ticket, rules.digest(token))
    if found is None or found.kind != kind:
        raise NotFound(otherwise)
    return found


def refuse_closed(visit: Visit) -> None:
    if visit.house.settings.signup == "closed":
        raise Forbidden("This server takes no new accounts; ask its owner for an invitation.")


def count_sign_up(visit: Visit) -> None:
    visit.house.throttle.count_sign_up(visit.request.client.host if visit.request.client else "")


def own_path(path: str) -> str:
    """A page of ours to go on to; never another site, whoever wrote the address."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\", "/login", "/logout"))
    return path if is_own else "/overview"


def browser(visit: Visit) -> str:
    return visit.request.headers.get("user-agent", "")[:BROWSER_MAX]
