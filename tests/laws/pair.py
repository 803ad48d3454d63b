"""Two servers in lock-step, one on SQLite and one on PostgreSQL, that must give the same answers."""

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import httpx

from cleverinvo import worker
from cleverinvo.app import App
from cleverinvo.settings import Settings
from tests.conftest import PUBLIC_URL, QUICK, FakeClock, TestClient, open_account

Both = tuple[Any, Any]
"""What each of the two has, such as the id that each gave to the same object."""

Call = tuple[str, str, dict[str, str], str | None]
"""Method, address, headers and content."""

LONG_AFTER = timedelta(days=100_000)

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"}

_OWN = re.compile(r"\b(inv|pay|cn|cli|evt|acc)_[0-9a-z]{12,}|req_\w+|pg_[0-9a-f]{40}|sig=\w+|\b[0-9a-f]{64}\b")
"""What a server thinks up by itself: ids, secrets, and hashes of what they are printed on."""


@dataclass
class Answer:
    """What both said. `status` and `text` are the same for both, `bodies` have each its own ids."""

    status: int
    text: str
    bodies: Both
    is_replayed: bool = False

    @property
    def body(self) -> Any:
        return self.bodies[0]

    def each(self, name: str) -> Both:
        return self.bodies[0][name], self.bodies[1][name]


@dataclass
class Request:
    """A request to both, as it can be made once more."""

    method: str
    path: str
    ids: Both
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


class Pair:
    """One account on each of two servers, and the same requests for both."""

    def __init__(self, servers: tuple[TestClient, TestClient], clock: FakeClock, start: datetime) -> None:
        # A writer lets time stand still where a clock is put back a little: so it is put back by centuries.
        clock.moment = start + LONG_AFTER
        self.people = [open_account(server, "Alice") for server in servers]
        clock.moment = start
        # One hop into each server's thread for a request, and both at once: the test client takes eight.
        self._https = [
            httpx.AsyncClient(transport=httpx.ASGITransport(server.app, raise_app_exceptions=False))  # type: ignore[arg-type]
            for server in servers
        ]
        self._names: list[dict[str, str]] = [{}, {}]
        self._keys = itertools.count(1)

    def ask(self, method: str, path: str, ids: Both = ("", ""), body: Any = None, **headers: str) -> Answer:
        """One request under an Idempotency-Key of its own; `{}` in the path is the id that each has."""
        return self.send(self.request(method, path, ids, body, **headers))

    def request(self, method: str, path: str, ids: Both = ("", ""), body: Any = None, **headers: str) -> Request:
        if method in ("POST", "PATCH", "PUT"):
            headers |= {"idempotency-key": f"key {next(self._keys)}"}
        return Request(method, path, ids, body, {name.replace("_", "-"): text for name, text in headers.items()})

    def send(self, request: Request) -> Answer:
        calls = []
        for side, person in enumerate(self.people):
            content = None if request.body is None else json.dumps(_pick(request.body, side))
            url = f"{PUBLIC_URL}/api/v1{request.path.format(request.ids[side])}"
            headers = {"authorization": f"Bearer {person.key}", "content-type": "application/json"}
            calls.append((request.method, url, headers | request.headers, content))
        return self._same(self._call(calls))

    def look(self, addresses: Both) -> Answer:
        """A person looks at the public page for a second."""
        return self._same(self._call([("POST", f"{address}/seen", BROWSER, None) for address in addresses]))

    def files(self, path: str, ids: Both) -> tuple[bytes, bytes]:
        """What each has to download."""
        answers = [person.get(path.format(id)) for person, id in zip(self.people, ids, strict=True)]
        assert [answer.status_code for answer in answers] == [200, 200], [answer.text for answer in answers]
        return answers[0].content, answers[1].content

    def work(self) -> None:
        """What the worker does about due dates."""
        for person in self.people:
            app: Any = person.http.app
            assert person.http.portal is not None
            person.http.portal.call(worker.tell_overdue, app.database)

    def _call(self, calls: list[Call]) -> list[httpx.Response]:
        """Ask each server something, both at once."""
        futures = []
        for person, http, (method, url, headers, content) in zip(self.people, self._https, calls, strict=True):
            assert person.http.portal is not None
            ask = partial(http.request, method, url, headers=headers, content=content)
            futures.append(person.http.portal.start_task_soon(ask))
        return [future.result() for future in futures]

    def _same(self, answers: list[Any]) -> Answer:
        texts = [self._impersonal(side, answer.text) for side, answer in enumerate(answers)]
        statuses = [answer.status_code for answer in answers]
        assert statuses[0] == statuses[1], (statuses, texts)
        assert texts[0] == texts[1]
        assert statuses[0] < 500, texts[0]
        bodies = [answer.json() if answer.content else None for answer in answers]
        replayed = {answer.headers.get("idempotent-replayed") == "true" for answer in answers}
        assert len(replayed) == 1
        return Answer(statuses[0], texts[0], (bodies[0], bodies[1]), replayed.pop())

    def _impersonal(self, side: int, text: str) -> str:
        """The text with ids counted in the order in which they were first heard of."""
        names = self._names[side]
        return _OWN.sub(lambda found: self._name(names, found[1], found[0]), text)

    def _name(self, names: dict[str, str], kind: str | None, own: str) -> str:
        return names.setdefault(own, f"{kind}_{len(names)}") if kind else own[:3]


@contextmanager
def serving_both(one: Settings, other: Settings, clock: FakeClock) -> Iterator[tuple[TestClient, TestClient]]:
    """A server on each of the two databases; their work is done when a test says so."""
    apps = [
        App(settings, PUBLIC_URL, with_worker=False, clock=clock, seconds=clock.seconds, hasher=QUICK)
        for settings in (one, other)
    ]
    clients = [TestClient(app, base_url=PUBLIC_URL, raise_server_exceptions=False) for app in apps]
    with clients[0] as first, clients[1] as second:
        yield first, second


def _pick(body: Any, side: int) -> Any:
    """The body with each pair of ids replaced by the one that this side knows."""
    if isinstance(body, Mapping):
        return {name: _pick(value, side) for name, value in body.items()}
    return body[side] if isinstance(body, tuple) else body
