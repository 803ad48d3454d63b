"""Looking around: out of one's own account into one with a year of business in it, and back.

Nothing invented is ever in an account of somebody's own, whose numbers have no gaps: the demonstration is an
account apart, one for each that asks. It stays as it was left, until somebody takes it away.
"""

from starlette.responses import Response

from cleverinvo.accounts import store as accounts
from cleverinvo.errors import Conflict, Unauthorized
from cleverinvo.site import entering
from cleverinvo.site.routing import LIFE_SECONDS, Pages, come_home, home_cookie, session_cookie
from cleverinvo.site.visit import Visit
from cleverinvo.users import actions, store

pages = Pages()


@pages.post("/demo", role="member")
async def enter(visit: Visit) -> Response:
    """Step into the account's demonstration, which is made the first time; one's own session waits."""
    if visit.is_touring or await visit.read(accounts.is_demo):
        raise Conflict("You are looking around already.")
    demo_id = await visit.house.open_demo(visit.account_id)
    public_url, database = visit.house.links.public_url, visit.house.database
    (owner, *_) = await database.read(store.list_all, demo_id)
    entered = await database.write(actions.log_in, demo_id, owner.id, entering.browser(visit))
    own = visit.request.cookies[session_cookie(public_url)]
    visit.set_cookie(home_cookie(public_url), own, LIFE_SECONDS)
    visit.set_cookie(session_cookie(public_url), entered.token, LIFE_SECONDS)
    return visit.go("/overview", "Look around, and try everything. Nothing is mailed from here.")


@pages.post("/demo/leave", role=None)
async def leave(visit: Visit) -> Response:
    """Back into one's own account, also where the session in the demonstration has ended meanwhile."""
    if not visit.request.cookies.get(home_cookie(visit.house.links.public_url)):
        raise Conflict("You are in an account of your own.")
    if visit.person:
        await visit.write(actions.log_out, visit.person.user_id, visit.person.session_id)
    return come_home(visit, "The demonstration stays as you left it.")


@pages.post("/demo/remove", role=None)
async def remove(visit: Visit) -> Response:
    """Take the demonstration away, from inside it or from one's own account; nothing of it is kept."""
    token = visit.request.cookies.get(home_cookie(visit.house.links.public_url))
    if token:  # whoever looks around answers for it as who they are at home
        visit.person = await visit.house.database.read(actions.find_visitor, token)
    if visit.person is None:
        raise Unauthorized("Log in to do this.")
    visit.refuse_unless("member")
    await visit.house.remove_demo(visit.account_id)
    if token:
        return come_home(visit, "The demonstration is gone, and all that was in it.")
    return visit.go("/overview", "The demonstration is gone, and all that was in it.")


async def end_home(visit: Visit) -> None:
    """Whoever logs out of a demonstration logs out of their own account with it."""
    name = home_cookie(visit.house.links.public_url)
    token = visit.request.cookies.get(name)
    if not token:
        return
    database = visit.house.database
    person = await database.read(actions.find_visitor, token)
    if person is not None:
        await database.write(actions.log_out, person.account_id, person.user_id, person.session_id)
    visit.set_cookie(name, "", 0)
