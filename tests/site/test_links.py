"""Links that are mailed: they let in whom they should, once, and tell nobody who is known."""

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

import pytest

from cleverinvo.app import App
from cleverinvo.db.schema import mails, tickets, users
from cleverinvo.mail.post import Postman, Server
from cleverinvo.settings import Settings
from tests.conftest import PUBLIC_URL, QUICK, FakeClock, TestClient
from tests.postoffice import PostOffice, post_office
from tests.site.conftest import PASSWORD, Surfer, words

NEW = "another good password"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture
def server(settings: Settings, office: PostOffice, clock: FakeClock) -> Iterator[TestClient]:
    """A server that sends mail, and whose postman is waited for."""
    with_mail = dataclasses.replace(settings, smtp_url=office.url)
    app = App(with_mail, PUBLIC_URL, clock=clock, seconds=clock.seconds, hasher=QUICK, with_worker=False)
    with TestClient(app, base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        yield client


def deliver(server: Any, office: PostOffice) -> list[tuple[str, str, str]]:
    """What the postman brings now: to whom, the subject, and the link in it."""
    before = len(office.arrived)
    postman = Postman(server.app.database, server.app._renderer, Server.of_url(office.url, PUBLIC_URL))
    server.portal.call(postman.deliver_due)
    found = []
    for place in range(before, len(office.arrived)):
        message = office.read(place)
        text = message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        link = "".join(re.findall(rf"{PUBLIC_URL}(/\S+)", text))
        assert link in message.get_body(("html",)).get_content()  # type: ignore[union-attr]
        found.append((str(message["To"]), str(message["Subject"]), link))
    return found


def rows(server: Any, table: Any) -> list[Any]:
    database = server.app.database
    return list(server.portal.call(database.scan, lambda tx: tx.rows(table.select())))


@pytest.fixture
def carol(server: Any, office: PostOffice, new_surfer: Any) -> Surfer:
    """Carol, who has signed up by a link."""
    surfer: Surfer = new_surfer()
    assert "on its way" in surfer.post("/signup", {"email": "Carol@ltd.example"}).text
    ((to, _, link),) = deliver(server, office)
    assert to == "Carol@ltd.example"
    fields = {"business": "Carol Ltd", "name": "Carol", "password": PASSWORD}
    assert surfer.post(link, fields).headers["location"] == "/overview"
    assert surfer.post(link, fields).status_code == 404
    return surfer


def test_who_is_invited_by_address_is_mailed_the_link(
    carol: Surfer, surfer: Surfer, server: Any, office: PostOffice
) -> None:
    page = carol.post("/settings/people/invite", {"role": "member", "email": "mia@ltd.example"})
    assert "on its way to mia@ltd.example" in words(page)
    ((to, subject, link),) = deliver(server, office)
    assert (to, subject) == ("mia@ltd.example", "Carol invites you to Carol Ltd")
    assert f"https://invoices.example{link}<" in page.text
    assert 'value="mia@ltd.example"' in surfer.get(link).text
    assert surfer.post(link, {"name": "Mia", "email": "mia@ltd.example", "password": PASSWORD}).status_code == 303
    carol.post("/settings/people/invite", {"role": "member"})
    assert deliver(server, office) == []


def test_who_has_forgotten_the_password_is_mailed_a_link_and_a_stranger_learns_nothing(
    carol: Surfer, surfer: Surfer, server: Any, office: PostOffice, clock: FakeClock
) -> None:
    known = surfer.post("/forgot", {"email": "carol@ltd.example"})
    unknown = surfer.post("/forgot", {"email": "nobody@ltd.example"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("carol@", "nobody@") == unknown.text
    assert len(rows(server, tickets)) == 2  # both have waited for the disk
    ((to, subject, link),) = deliver(server, office)
    assert (to, subject) == ("Carol@ltd.example", "Choose a new password")
    assert surfer.post(link, {"password": NEW}).status_code == 303
    assert carol.get("/overview").status_code == 303
    assert surfer.post(link, {"password": NEW}).status_code == 404
    surfer.post("/forgot", {"email": "carol@ltd.example"})
    ((_, _, late),) = deliver(server, office)
    clock.advance(hours=1, seconds=1)
    assert surfer.get(late).status_code == 404


def test_a_link_is_never_stored_as_it_is(carol: Surfer, surfer: Surfer, server: Any, office: PostOffice) -> None:
    surfer.post("/forgot", {"email": "carol@ltd.example"})
    assert "/reset/" not in repr(rows(server, mails))
    ((_, _, link),) = deliver(server, office)
    assert link.rpartition("/")[2] not in repr(rows(server, tickets))
    assert {row.text + row.html for row in rows(server, mails)} == {""}


def test_links_to_one_address_are_few(surfer: Surfer) -> None:
    for _ in range(5):
        assert surfer.post("/forgot", {"email": "nobody@ltd.example"}).status_code == 200
    assert "Too many requests" in surfer.post("/forgot", {"email": "Nobody@ltd.example"}).text


def test_signing_up_does_not_tell_whether_an_address_is_taken(
    carol: Surfer, surfer: Surfer, server: Any, office: PostOffice
) -> None:
    free = surfer.post("/signup", {"email": "erin@ltd.example"})
    taken = surfer.post("/signup", {"email": "carol@ltd.example"})
    assert taken.text.replace("carol@", "erin@") == free.text
    assert {to: subject for to, subject, _ in deliver(server, office)} == {
        "erin@ltd.example": "Open your account",
        "Carol@ltd.example": "You have an account already",
    }


def test_an_address_changes_when_the_new_one_is_confirmed(
    carol: Surfer, surfer: Surfer, server: Any, office: PostOffice
) -> None:
    fields = {"email": "carol@new.example", "current": PASSWORD}
    assert carol.post("/settings/you/email", {**fields, "current": "wrong"}).status_code == 422
    assert carol.post("/settings/you/email", fields).status_code == 303
    mailed = {to: link for to, _, link in deliver(server, office)}
    assert set(mailed) == {"Carol@ltd.example", "carol@new.example"}
    assert mailed["Carol@ltd.example"] == ""  # a word, no link
    link = mailed["carol@new.example"]
    surfer.post("/forgot", {"email": "carol@ltd.example"})
    ((_, _, reset),) = deliver(server, office)
    assert "carol@new.example" in words(surfer.get(link))
    assert rows(server, users)[0].email == "Carol@ltd.example"  # looking at it changes nothing
    assert surfer.post(link).status_code == 303
    assert rows(server, users)[0].email == "carol@new.example"
    assert surfer.get(reset).status_code == 404  # what was mailed to the old address
    assert surfer.post(link).status_code == 404


def test_an_address_that_somebody_has_is_not_told_and_not_taken(
    carol: Surfer, server: Any, office: PostOffice, new_surfer: Any
) -> None:
    dave = new_surfer()
    dave.post("/signup", {"email": "dave@ltd.example"})
    ((_, _, link),) = deliver(server, office)
    dave.post(link, {"business": "Dave Ltd", "name": "Dave", "password": PASSWORD})
    taken = dave.post("/settings/you/email", {"email": "carol@ltd.example", "current": PASSWORD})
    free = dave.post("/settings/you/email", {"email": "free@ltd.example", "current": PASSWORD})
    assert taken.status_code == free.status_code == 303
    subjects = sorted(subject for _, subject, _ in deliver(server, office))
    assert subjects == [
        "Confirm your new address",
        "You have an account already",
        "Your address is about to change",
        "Your address is about to change",
    ]
