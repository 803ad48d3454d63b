"""Pages as their files declare them, and what comes before and after each: who, from where, what went wrong."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cleverinvo import clock
from cleverinvo.errors import Forbidden, Unauthorized
from cleverinvo.site import trouble
from cleverinvo.site.visit import HOME, HOME_SECURE, House, Visit
from cleverinvo.users import actions as users
from cleverinvo.users import store as user_store
from cleverinvo.users.rules import LIFE, SEEN_EVERY, Role, Visitor

Handler = Callable[[Visit], Awaitable[Response]]

SESSION: Final = "session"
SESSION_SECURE: Final = "__Host-session"
LIFE_SECONDS: Final = int(LIFE.total_seconds())


class Page(NamedTuple):
    """One address and what answers there. `role` is the least that is needed; None lets everybody in."""

    method: str
    path: str
    handler: Handler
    role: Role | None
    reads_form: bool = True
    is_once: bool = False


class Pages:
    """The pages of one file."""

    def __init__(self) -> None:
        self.all: list[Page] = []

    def get(self, path: str, role: Role | None = "reader") -> Callable[[Handler], Handler]:
        return self._add("GET", path, role)

    def post(
        self, path: str, role: Role | None = "member", *, is_once: bool = False
    ) -> Callable[[Handler], Handler]:
        """`is_once` where the answer makes something and shows it: loading that anew must not make another."""
        return self._add("POST", path, role, is_once=is_once)

    def upload(self, path: str, role: Role) -> Callable[[Handler], Handler]:
        """A post whose body is a file, and is read by the handler itself."""
        return self._add("POST", path, role, reads_form=False)

    def _add(
        self, method: str, path: str, role: Role | None, *, reads_form: bool = True, is_once: bool = False
    ) -> Callable[[Handler], Handler]:
        def remember(handler: Handler) -> Handler:
            self.all.append(Page(method, path, handler, role, reads_form, is_once))
            return handler

        return remember


def route(page: Page, house: House) -> Route:
    """The page as Starlette knows it."""

    async def answer(request: Request) -> Response:
        visit = Visit(house, request, None)
        try:
            visit.person = await _find_person(house, request)
            if page.role and visit.person is None and visit.is_touring and visit.is_plain_read:
                return come_home(visit, "The demonstration has ended.")
            return await _admitted(page, visit)
        except Exception as met:
            return trouble.refuse(visit, trouble.problem_of(visit, met))

    return Route(page.path, answer, methods=[page.method])


async def _admitted(page: Page, visit: Visit) -> Response:
    if page.method == "POST":
        refuse_foreign(visit.request, visit.house.links.public_url)
    if page.role is not None:
        if visit.person is None:
            raise Unauthorized("Log in to see this page.")
        visit.refuse_unless(page.role)
    if page.method == "POST" and page.reads_form:
        await visit.receive()
    if page.is_once and visit.is_done:
        return visit.go(visit.request.url.path, "That is done already, and what it showed is not shown again.")
    answer = await page.handler(visit)
    return visit.note_done(answer) if page.is_once and answer.status_code == HTTPStatus.OK else answer


def refuse_foreign(request: Request, public_url: str) -> None:
    """Let only our own pages post: browsers say where a request comes from, and no page can make them lie.

    Sec-Fetch-Site where it is sent (over HTTPS and on this machine), Origin elsewhere. Whoever sends neither is no
    browser, and has no business with a cookie.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_own = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", "")).netloc
        is_own = origin != "" and origin in (request.headers.get("host"), urlsplit(public_url).netloc)
    if not is_own:
        raise Forbidden("This was sent from another site, so nothing was done.")


def session_cookie(public_url: str) -> str:
    """Over HTTPS under a name that no other host can set."""
    return SESSION_SECURE if public_url.startswith("https://") else SESSION


def home_cookie(public_url: str) -> str:
    """The session to come back to from a demonstration; guarded as the session is."""
    return HOME_SECURE if public_url.startswith("https://") else HOME


def come_home(visit: Visit, notice: str) -> Response:
    """Out of a demonstration, back into one's own account."""
    public_url = visit.house.links.public_url
    own = visit.request.cookies.get(home_cookie(public_url), "")
    visit.set_cookie(home_cookie(public_url), "", 0)
    visit.set_cookie(session_cookie(public_url), own, LIFE_SECONDS)
    return visit.go("/overview", f"{notice} You are back in your own account.")


async def _find_person(house: House, request: Request) -> Visitor | None:
    token = request.cookies.get(session_cookie(house.links.public_url))
    if not token:
        return None
    person = await house.database.read(users.find_visitor, token)
    if person is not None and person.last_seen_at < clock.stamp(house.database.clock() - SEEN_EVERY):
        await house.database.write(user_store.touch_session, person.account_id, person.user_id, person.session_id)
    return person
