"""One request as a handler sees it: admitted, parsed, and with a database to ask and to tell."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from cleverinvo.accounts.store import Bearer
from cleverinvo.db.engine import Database
from cleverinvo.db.transaction import Origin
from cleverinvo.web import idempotency
from cleverinvo.web.answers import Answer
from cleverinvo.web.idempotency import Attempt, Running

T = TypeVar("T")


class Request(NamedTuple):
    """What a handler may use. `query` and `body` are the forms that its route names, filled in."""

    bearer: Bearer
    origin: Origin
    headers: Mapping[bytes, bytes]
    path: Mapping[str, str]
    query: Any
    body: Any
    status: int
    collection: str | None
    fingerprint: str
    database: Database
    running: Running
    tools: Mapping[type, Any]
    recheck: Callable[[], Awaitable[Bearer]]
    """Ask for the key again, which may have been revoked while the answer waited. Raises Unauthorized."""

    @property
    def id(self) -> str:
        """The `{id}` of the path."""
        return self.path["id"]

    @property
    def if_match(self) -> str | None:
        return self.header(b"if-match")

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def tool(self, kind: type[T]) -> T:
        """What the server has one of, such as the Renderer."""
        tool: T = self.tools[kind]
        return tool

    async def read(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """Ask something of the caller's account."""
        return await self.database.read(question, self.bearer.account_id, *arguments)

    async def scan(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """Ask something whose cost is the caller's choice."""
        return await self.database.scan(question, self.bearer.account_id, *arguments)

    async def write(self, verb: Callable[..., Any], *arguments: Any) -> Answer:
        """Run a verb for the caller's account, once for each Idempotency-Key; answered after the commit."""
        account_id, key = self.bearer.account_id, self.origin.idempotency_key
        attempt = Attempt(verb, arguments, self.status, self.collection, key, self.fingerprint, self.origin)
        with self.running.alone(account_id, key):
            answer: Answer = await self.database.write(idempotency.once, account_id, attempt)
            return answer
