"""People with browsers: those without a picture, for what pages say and do; Chromium for what can be seen."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from cleverinvo.users import actions
from cleverinvo.users.forms import Invite
from tests.conftest import Person

OURS = {"sec-fetch-site": "same-origin"}
PASSWORD = "correct horse battery"


@dataclass
class Surfer:
    """Somebody with a browser, and the cookies in it."""

    http: Any

    def get(self, path: str, **options: Any) -> Any:
        return self.http.get(path, follow_redirects=False, **options)

    def post(self, path: str, fields: Any = None, headers: Any = None, **options: Any) -> Any:
        return self.http.post(path, data=fields or {}, headers=headers or OURS, follow_redirects=False, **options)

    def sign_up(self, name: str) -> "Surfer":
        fields = {"business": f"{name} Ltd", "name": name, "email": f"{name.lower()}@ltd.example"}
        answer = self.post("/signup", {**fields, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return self

    def log_in(self, email: str, password: str = PASSWORD) -> Any:
        return self.post("/login", {"email": email, "password": password})


def words(answer: Any) -> str:
    """What a page says, without its marks."""
    text = re.sub(r"<(script|style|svg).*?</\1>", "", answer.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.fixture
def new_surfer(server: Any) -> Callable[[], Surfer]:
    """A browser that was never here."""

    def make() -> Surfer:
        with_own_cookies = type(server)(server.app, base_url=str(server.base_url), raise_server_exceptions=False)
        with_own_cookies.portal = server.portal
        return Surfer(with_own_cookies)

    return make


@pytest.fixture
def surfer(new_surfer: Callable[[], Surfer]) -> Surfer:
    return new_surfer()


@pytest.fixture
def carol(new_surfer: Callable[[], Surfer]) -> Surfer:
    """Carol, who has signed up, and owns Carol Ltd."""
    return new_surfer().sign_up("Carol")


@pytest.fixture
def dave(new_surfer: Callable[[], Surfer]) -> Surfer:
    """Dave, who owns Dave Ltd; nothing of Carol's is his."""
    return new_surfer().sign_up("Dave")


def invited(person: Person, surfer: Surfer, role: str, name: str) -> Surfer:
    """A browser of somebody who has joined a person's account."""
    server = person.http
    assert server.portal is not None
    database = server.app.database  # type: ignore[attr-defined]
    token = server.portal.call(database.write, actions.invite, person.account_id, Invite(role=role))  # type: ignore[arg-type]
    fields = {"name": name, "email": f"{name.lower()}@{person.name.lower()}.example", "password": PASSWORD}
    assert surfer.post(f"/join/{token}", {"business": person.name, **fields}).status_code == 303
    return surfer


@pytest.fixture
def alices(alice: Person, new_surfer: Callable[[], Surfer]) -> Surfer:
    """The browser of Alice, who owns the account whose key she has."""
    return invited(alice, new_surfer(), "owner", "Alice")


@pytest.fixture
def bobs(bob: Person, new_surfer: Callable[[], Surfer]) -> Surfer:
    """The browser of Bob."""
    return invited(bob, new_surfer(), "owner", "Bob")
