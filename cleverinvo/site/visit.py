"""One visit to a page: who has come, what they sent, and how they are answered."""

import asyncio
import gzip
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, quote, unquote

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cleverinvo import clock, ids
from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.rules import Account
from cleverinvo.db.engine import Database
from cleverinvo.db.transaction import Origin
from cleverinvo.documents.renderer import Renderer
from cleverinvo.errors import BadRequest, Fault, Forbidden, Invalid, Problem
from cleverinvo.faults import unprintable
from cleverinvo.links import Links
from cleverinvo.settings import Settings
from cleverinvo.site.assets import Assets
from cleverinvo.site.description import Description
from cleverinvo.site.figures import Kept
from cleverinvo.site.throttle import Throttle
from cleverinvo.users.passwords import Passwords
from cleverinvo.users.rules import Role, Visitor, may
from cleverinvo.web.body import receive_body

T = TypeVar("T")

FIELDS_MAX: Final = 6_000
SQUEEZED_FROM_BYTES: Final = 1_000
SQUEEZE_LEVEL: Final = 3
"""A tenth more bytes than the usual 6, for about half of its time, of which every page takes its share."""
NOTICE: Final = "notice"
NOTICE_SECONDS: Final = 30
DONE: Final = "done"
DONE_SECONDS: Final = 3_600
HOME: Final = "home"
HOME_SECURE: Final = "__Host-home"
"""The cookie of one's own session while one looks around in a demonstration."""

THEMES: Final = ("light", "dark")

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True)
class House:
    """What the pages share."""

    database: Database
    links: Links
    renderer: Renderer
    settings: Settings
    passwords: Passwords
    throttle: Throttle
    kept: Kept
    assets: Assets
    templates: Environment
    description: Description
    open_demo: Callable[[int], Awaitable[int]]
    """Gives the number of an account's demonstration, which is made where there is none yet."""
    remove_demo: Callable[[int], Awaitable[None]]
    """Takes an account's demonstration away with everything in it. Raises NotFound where there is none."""

    @property
    def sends_mail(self) -> bool:
        return self.settings.smtp_url is not None


@dataclass
class Visit:
    """One request of a browser. `person` is who is logged in, None for a passer-by."""

    house: House
    request: Request
    person: Visitor | None
    form: "Fields" = field(default_factory=lambda: Fields([]))
    cookies: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Cookies to set with the answer: value and seconds to live, by name."""

    @property
    def visitor(self) -> Visitor:
        assert self.person is not None
        return self.person

    @property
    def account_id(self) -> int:
        return self.visitor.account_id

    @property
    def id(self) -> str:
        """The `{id}` of the path."""
        return str(self.request.path_params["id"])

    @property
    def now(self) -> datetime:
        return self.house.database.clock()

    @cached_property
    def request_id(self) -> str:
        """Under which the log tells of this visit, should something go wrong."""
        return ids.of_request(self.request.headers.get("x-request-id"), self.now)

    @cached_property
    def once(self) -> str:
        """What a form sends along whose answer shows something that cannot be had again."""
        return secrets.token_urlsafe(16)

    @property
    def is_done(self) -> bool:
        """Whether the same form was sent and done before: a browser sends it again to load its answer anew."""
        token = self.form.get("once")
        return token != "" and token == self.request.cookies.get(DONE)

    def note_done(self, answer: Response) -> Response:
        """Remember with the answer that its form is done."""
        self.cookies = {DONE: (self.form.get("once"), DONE_SECONDS)}
        return self._with_cookies(answer)

    @cached_property
    def is_fetch(self) -> bool:
        """Whether a script of ours asks, which wants a part of a page."""
        return self.request.headers.get("x-requested-with") == "fetch"

    @property
    def is_plain_read(self) -> bool:
        """Whether a person goes to a page, rather than a form or a script."""
        return self.request.method == "GET" and not self.is_fetch

    @property
    def is_touring(self) -> bool:
        """Whether somebody has stepped out of their account into a demonstration."""
        return HOME in self.request.cookies or HOME_SECURE in self.request.cookies

    def may(self, role: Role) -> bool:
        return self.person is not None and may(self.person.role, role)

    def refuse_unless(self, role: Role) -> None:
        if not self.may(role):
            raise Forbidden(f"Only somebody with the role {role} may do this; yours is {self.visitor.role}.")

    async def account(self) -> Account:
        found: Account = await self.read(accounts.get)
        return found

    async def read(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """Ask something of the visitor's account."""
        return await self.house.database.read(question, self.account_id, *arguments)

    async def scan(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """Ask something that may take its time."""
        return await self.house.database.scan(question, self.account_id, *arguments)

    async def aside(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do something that takes the processor a while, on another thread."""
        return await asyncio.to_thread(work, *arguments)

    async def write(self, verb: Callable[..., Any], *arguments: Any) -> Any:
        """Run a verb for the visitor's account."""
        return await self.house.database.write(
            verb, self.account_id, *arguments, origin=Origin(by=self.visitor.user_id)
        )

    async def receive(self) -> None:
        """Read what was posted. Raises Invalid for texts that cannot be stored."""
        raw = await receive_body(self.request.receive, dict(self.request.headers.raw))
        try:
            pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
        except ValueError:
            raise BadRequest("The form cannot be read.") from None
        pairs = [(name, value.replace("\r\n", "\n")) for name, value in pairs]
        found = unprintable(dict(pairs))
        if found:
            raise Invalid(found)
        self.form = Fields(pairs)

    async def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A whole page. Whoever is logged in has the account's name on it."""
        account = (
            await self.account() if self.person and "account" not in context else context.pop("account", None)
        )
        return self.part(template, status, account=account, **context)

    def part(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page or a part of one, from what is known already."""
        notice = unquote(self.request.cookies.get(NOTICE, ""))
        if notice and not self.is_fetch:
            self.cookies.setdefault(NOTICE, ("", 0))
        theme = self.request.cookies.get("theme", "")
        html = self.house.templates.get_template(template).render(
            **{
                "visit": self,
                "person": self.person,
                "assets": self.house.assets,
                "theme": theme if theme in THEMES else "",
                "notice": notice,
                "faults": Faults([]),
                "nav": "",
                "account": None,
                **context,
            }
        )
        return self.answer(html.encode(), "text/html; charset=utf-8", status)

    def answer(self, body: bytes, media_type: str, status: int = 200, **headers: str) -> Response:
        """A body with the headers that every page has, compressed where that is worth it."""
        all_headers = {**HEADERS, "vary": "accept-encoding, cookie", "content-type": media_type}
        all_headers |= {name.replace("_", "-"): value for name, value in headers.items()}
        if len(body) > SQUEEZED_FROM_BYTES and "gzip" in self.request.headers.get("accept-encoding", ""):
            # No secret of ours stands on a page beside what others sent, so its length tells nothing (BREACH).
            body = gzip.compress(body, SQUEEZE_LEVEL, mtime=0)
            all_headers["content-encoding"] = "gzip"
        return self._with_cookies(Response(body, status, headers=all_headers))

    def file(self, body: bytes, media_type: str, name: str) -> Response:
        """A file to look at, or to keep where the address asks for that. A slash would be taken for a folder."""
        kind = "attachment" if "download" in self.request.query_params else "inline"
        name = name.replace("/", "-").encode("ascii", "replace").decode()
        return self.answer(body, media_type, content_disposition=f'{kind}; filename="{name}"')

    def today(self, account: Account) -> date:
        return clock.today(self.now, account.time_zone)

    def go(self, path: str, notice: str = "") -> Response:
        """On to another page after something was done, with a word about it."""
        if notice:
            self.cookies[NOTICE] = (quote(notice), NOTICE_SECONDS)
        return self._with_cookies(RedirectResponse(path, 303, headers={"cache-control": "no-store"}))

    def set_cookie(self, name: str, value: str, seconds: int) -> None:
        self.cookies[name] = (value, seconds)

    def _with_cookies(self, response: Response) -> Response:
        is_secure = self.house.links.public_url.startswith("https://")
        for name, (value, seconds) in self.cookies.items():
            response.set_cookie(
                name, value, max_age=seconds, path="/", secure=is_secure, httponly=name != "theme", samesite="lax"
            )
        return response


class Fields:
    """What was posted, by field; some come several times."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    def get(self, name: str) -> str:
        """The value of a field, trimmed; empty where it was not sent."""
        return next((value for other, value in self._pairs if other == name), "").strip()

    def all(self, name: str) -> list[str]:
        return [value for other, value in self._pairs if other == name]

    def has(self, name: str) -> bool:
        return any(other == name for other, _ in self._pairs)

    def tree(self, *names: str, empty: Any = None) -> dict[str, Any]:
        """The fields as a form takes them: trimmed, and `empty` for what was left blank."""
        return {name: self.get(name) or empty for name in names if self.has(name)}

    def filled(self, *names: str) -> dict[str, Any]:
        """Only the fields that say something."""
        return {name: value for name in names if (value := self.get(name))}


class Said(dict[str, Any]):
    """What was said, by field; whatever was not said is empty."""

    def __missing__(self, _: str) -> str:
        return ""


class Faults(Mapping[str, str]):
    """What is wrong with a form, by field, for the page to say it where it was typed."""

    def __init__(self, faults: list[Fault]) -> None:
        self._by_field = {fault.field: fault.message for fault in reversed(faults)}

    @classmethod
    def of(cls, problem: Problem) -> "Faults":
        return cls(problem.details or [Fault("", problem.message)])

    def __getitem__(self, name: str) -> str:
        return self._by_field[name]

    def __iter__(self) -> Any:
        return iter(self._by_field)

    def __len__(self) -> int:
        return len(self._by_field)

    def beyond(self, names: list[str]) -> list[str]:
        """What is wrong with none of these fields: sentences to stand above the form."""
        return [
            f"{field}: {message}" if field else message
            for field, message in self._by_field.items()
            if field not in names
        ]
