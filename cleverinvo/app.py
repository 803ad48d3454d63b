"""The server put together: a list of rooms, the API over them, and the pages beside it."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from argon2 import PasswordHasher
from starlette.types import Receive, Scope, Send

from cleverinvo import clock, demo, secret, worker
from cleverinvo.accounts import actions as accounts
from cleverinvo.accounts import api as accounts_api
from cleverinvo.accounts import store as account_store
from cleverinvo.clients import api as clients_api
from cleverinvo.clock import Clock
from cleverinvo.credit_notes import actions as credit_notes
from cleverinvo.credit_notes import api as credit_notes_api
from cleverinvo.db.engine import Database
from cleverinvo.db.open import choose_driver
from cleverinvo.documents import actions as documents
from cleverinvo.documents import api as documents_api
from cleverinvo.documents import storage
from cleverinvo.documents.renderer import Finder, Renderer
from cleverinvo.documents.rules import Kind
from cleverinvo.errors import Unavailable
from cleverinvo.feed import api as feed_api
from cleverinvo.feed.follow import Followers
from cleverinvo.hosting import api as hosting_api
from cleverinvo.invoices import api as invoices_api
from cleverinvo.late_fees import api as late_fees_api
from cleverinvo.ledger import api as ledger_api
from cleverinvo.lifecycle import api as lifecycle_api
from cleverinvo.links import Links
from cleverinvo.mail import api as mail_api
from cleverinvo.numbers import api as numbers_api
from cleverinvo.payments import api as payments_api
from cleverinvo.reminders import api as reminders_api
from cleverinvo.sealing import Seal
from cleverinvo.settings import Settings
from cleverinvo.site import words
from cleverinvo.site.assets import Assets
from cleverinvo.site.description import Description
from cleverinvo.site.figures import Kept
from cleverinvo.site.pages import Site
from cleverinvo.site.throttle import Throttle
from cleverinvo.site.visit import House
from cleverinvo.users.passwords import Passwords
from cleverinvo.web.api import Api
from cleverinvo.web.auth import Doorkeeper
from cleverinvo.web.limits import Limiter
from cleverinvo.web.recorder import Recorder
from cleverinvo.web.routes import API
from cleverinvo.webhooks import api as webhooks_api
from cleverinvo.webhooks.addresses import Guard
from cleverinvo.webhooks.rules import STANDARD, Terms

ROUTES: Final = [
    *accounts_api.routes.all,
    *clients_api.routes.all,
    *invoices_api.routes.all,
    *lifecycle_api.routes.all,
    *documents_api.routes.all,
    *payments_api.routes.all,
    *credit_notes_api.routes.all,
    *mail_api.routes.all,
    *hosting_api.routes.all,
    *reminders_api.routes.all,
    *late_fees_api.routes.all,
    *numbers_api.routes.all,
    *ledger_api.routes.all,
    *feed_api.routes.all,
    *webhooks_api.routes.all,
]

KEPT: Final[Mapping[Kind, Finder]] = {"invoice": documents.find, "credit_note": credit_notes.find}
"""The documents that are made once and stored."""

HOUSEKEEPING_SECONDS: Final = 30

logger = logging.getLogger("cleverinvo.app")


class App:
    """One serving process. Opens the database when it starts and closes it when it stops."""

    def __init__(
        self,
        settings: Settings,
        public_url: str,
        *,
        with_worker: bool = True,
        clock: Clock = clock.now,
        seconds: Callable[[], float] = clock.seconds,
        terms: Terms = STANDARD,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._settings = settings
        self._secret = secret.find(settings)
        self._links = Links(settings.public_url or public_url, self._secret)
        self._seal = Seal(self._secret)
        self._with_worker = with_worker
        self._clock = clock
        self._seconds = seconds
        self._terms = terms
        self._hasher = hasher
        self._tasks: list[asyncio.Task[None]] = []
        self._demos = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http":
            is_api = scope["path"].startswith(API)
            await (self._api if is_api else self._pages)(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        self._open()
        scope.get("state", {})["leave"] = self.database.board.close
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._close()
        await send({"type": "lifespan.shutdown.complete"})

    def _open(self) -> None:
        self.database = Database(choose_driver(self._settings), self._links, self._seal, self._clock)
        rate = self._settings.rate_limit_business
        self._doorkeeper = Doorkeeper(self.database, self._seconds)
        self._renderer = Renderer(self.database, storage.choose(self._settings), KEPT)
        limiter = Limiter(rate) if rate else None
        guard = Guard(allow_private=self._settings.allow_private_webhooks)
        tools: dict[type, Any] = {Renderer: self._renderer, Followers: Followers(), Guard: guard}
        self.recorder = Recorder(self.database, keeps_log=self._settings.request_retention_days > 0)
        self._api = Api(ROUTES, self.database, self._doorkeeper, limiter, tools, self.recorder, self._seconds)
        self._pages = Site(self._house()).build()
        self._tasks.append(asyncio.create_task(self._keep_house()))
        self._tasks.append(asyncio.create_task(self.recorder.run()))
        if self.database.driver.serves_many:
            self._tasks.append(asyncio.create_task(self.database.exchange_news()))
        if self._with_worker:
            work = worker.run(self.database, self._renderer, self._settings, self._terms)
            self._tasks.append(asyncio.create_task(work))

    def _house(self) -> House:
        """What the pages share."""
        self._passwords = Passwords(self._hasher)
        return House(
            database=self.database,
            links=self._links,
            renderer=self._renderer,
            settings=self._settings,
            passwords=self._passwords,
            throttle=Throttle(self._secret, self._seconds),
            kept=Kept(),
            assets=Assets(),
            templates=words.environment(),
            description=Description(ROUTES, self._links.public_url),
            open_demo=self._open_demo,
        )

    async def _open_demo(self, account_id: int) -> int:
        """The account's demonstration. It is filled through a database whose clock goes through a year."""
        async with self._demos:  # filling takes seconds, and whoever clicks twice wants one
            known = await self.database.read(account_store.find_demo, account_id)
            if known is not None:
                return known
            account = await self.database.read(account_store.get, account_id)
            email = f"{secrets.token_hex(8)}@okafor.example"
            password_hash = await self._passwords.hash(secrets.token_urlsafe())  # which nobody knows
            calendar = demo.Calendar(self._clock())
            database = Database(choose_driver(self._settings), self._links, self._seal, calendar)
            try:
                filled = await demo.fill(database, calendar, calendar.moment, password_hash, email, account.tier)
            finally:
                await database.close()
            await self.database.write(account_store.keep_demo, account_id, filled.account_id)
            return filled.account_id

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._note_used_keys()
        await self.recorder.flush()
        self._renderer.close()
        self._passwords.close()
        await self.database.close()

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            await self._note_used_keys()

    async def _note_used_keys(self) -> None:
        for account_id, used in self._doorkeeper.take_used().items():
            try:
                await self.database.write(accounts.touch_keys, account_id, used)
            except Unavailable as error:
                logger.warning("when keys were last used is not noted: %s", error)
