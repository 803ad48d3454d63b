"""A key on its way in: whose it is, and what it may do."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from cleverinvo import clock
from cleverinvo.accounts import rules
from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.rules import TIERS_WITH_API
from cleverinvo.accounts.store import Bearer
from cleverinvo.db.engine import Database
from cleverinvo.errors import Forbidden, Unauthorized

KNOWN_SECONDS: Final = 1.0
"""How long a key is known without asking again; within it a revoked key stops working."""

KNOWN_MAX: Final = 10_000

NO_KEY: Final = "Send your API key as: Authorization: Bearer YOUR_API_KEY"
WRONG_KEY: Final = "This API key is not valid."


class Doorkeeper:
    """Knows keys. Keeps what it has learnt for a second, so that a burst of requests asks the database once."""

    def __init__(self, database: Database, seconds: Callable[[], float]) -> None:
        self._database = database
        self._seconds = seconds
        self._known: dict[str, tuple[Bearer, float]] = {}
        self._used: dict[int, dict[str, datetime]] = {}

    async def admit(self, authorization: str | None) -> Bearer:
        """The bearer of an Authorization header. Raises Unauthorized, or Forbidden below the tier with an API."""
        scheme, _, key = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise Unauthorized(NO_KEY)
        bearer = await self._find(key.strip())
        now = self._database.clock()
        if bearer.revoked_at or (bearer.expires_at and bearer.expires_at <= clock.stamp(now)):
            raise Unauthorized(WRONG_KEY)
        if bearer.tier not in TIERS_WITH_API:
            raise Forbidden("The API is available on the Business tier.")
        self._note_use(bearer, now)
        return bearer

    def take_used(self) -> dict[int, dict[str, str]]:
        """When keys were last used since this was last asked: instants by key, by account."""
        used, self._used = self._used, {}
        return {
            account_id: {key_id: clock.stamp(moment) for key_id, moment in keys.items()}
            for account_id, keys in used.items()
        }

    def forget(self, account_id: int) -> None:
        """Know no key of an account that is gone."""
        for sha256 in [sha256 for sha256, (bearer, _) in self._known.items() if bearer.account_id == account_id]:
            del self._known[sha256]

    async def _find(self, key: str) -> Bearer:
        sha256 = rules.digest(key)
        bearer, until = self._known.get(sha256, (None, 0.0))
        if bearer is None or until < self._seconds():
            if not rules.is_well_formed(key):
                raise Unauthorized(WRONG_KEY)
            bearer = await self._database.read(accounts.find_bearer, sha256)
            if bearer is None:
                raise Unauthorized(WRONG_KEY)
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[sha256] = (bearer, self._seconds() + KNOWN_SECONDS)
        return bearer

    def _note_use(self, bearer: Bearer, now: datetime) -> None:
        self._used.setdefault(bearer.account_id, {})[bearer.key_id] = now


def refuse_reader(bearer: Bearer) -> None:
    if bearer.scope != "full":
        raise Forbidden("This API key may only read.")
