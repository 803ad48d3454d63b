"""Keys at the door: who is let in, who is told why not, and what a key is worth to a thief of the database."""

from datetime import timedelta
from typing import Any

import pytest

from cleverinvo.accounts import actions as accounts
from cleverinvo.app import ROUTES
from cleverinvo.db.engine import Database
from cleverinvo.db.schema import metadata
from tests.api import expect
from tests.api.test_tenancy import OWNED
from tests.conftest import FakeClock, Person, open_account


def call(person: Person, function: Any, *arguments: Any) -> Any:
    """Run a verb of the server, as its command line does."""
    database: Database = person.http.app.database  # type: ignore[attr-defined]
    assert person.http.portal is not None
    return person.http.portal.call(database.write, function, person.account_id, *arguments)


def new_key(person: Person, scope: str = "full", expires_at: Any = None) -> tuple[str, Person]:
    """Another key of the same account: its id, and the person who carries it."""
    made = call(person, accounts.create_key, "Other", scope, expires_at)
    other = Person(person.name, person.account_id, person.public_id, made.secret, person.http, person.client_id)
    return made.key.id, other


def test_without_a_valid_key_every_path_is_unauthorized(alice: Person) -> None:
    typo = alice.key[:-1] + ("0" if alice.key[-1] != "0" else "1")
    unknown = accounts.rules.write_key("x" * 30)
    wrong = ["", "Bearer", "Bearer ", f"Basic {alice.key}", alice.key, f"Bearer {typo}", f"Bearer {unknown}"]
    wrong += [
        f"Bearer {alice.key} {alice.key}",
        f"Bearer {alice.key.upper()}",
        "Bearer \u00e9",
        "Bearer " + "x" * 5_000,
    ]
    for authorization in (None, *wrong):
        headers = {} if authorization is None else {"authorization": authorization.encode("latin-1")}
        for method, path in (
            ("GET", "/clients"),
            ("POST", "/invoices"),
            ("GET", "/invoices/inv_1"),
            ("PUT", "/x/y"),
            ("GET", ""),
        ):
            answer = alice.http.request(method, f"/api/v1{path}", headers=headers)
            expect.refusal(answer, "UNAUTHORIZED")
            assert answer.headers["www-authenticate"] == "Bearer"


def test_every_route_asks_for_a_key(alice: Person) -> None:
    for route in ROUTES:
        answer = alice.http.request(route.method, "/api/v1" + route.path.replace("{id}", alice.client_id))
        expect.refusal(answer, "UNAUTHORIZED")


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
def test_the_scheme_is_read_in_any_case(alice: Person, scheme: str) -> None:
    answer = alice.http.get("/api/v1/clients", headers={"authorization": f"{scheme}{alice.key}"})
    assert answer.status_code == 200


def test_a_typo_is_refused_without_asking_the_database(alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    database: Database = alice.http.app.database  # type: ignore[attr-defined]
    monkeypatch.setattr(database, "read", None)
    typo = alice.key[:20] + ("a" if alice.key[20] != "a" else "b") + alice.key[21:]
    expect.refusal(alice.http.get("/api/v1/clients", headers={"authorization": f"Bearer {typo}"}), "UNAUTHORIZED")


def test_below_the_business_tier_there_is_no_api(server: Any) -> None:
    carol = open_account(server, "Carol", tier="free")
    for method, path in (("GET", "/clients"), ("POST", "/invoices"), ("GET", "/nowhere")):
        expect.refusal(carol.request(method, path), "FORBIDDEN")


def test_a_revoked_key_stops_within_a_second(alice: Person, clock: FakeClock) -> None:
    key_id, other = new_key(alice)
    assert other.get("/clients").status_code == 200
    call(alice, accounts.revoke_key, key_id)
    clock.advance(seconds=1.001)
    expect.refusal(other.get("/clients"), "UNAUTHORIZED")
    assert alice.get("/clients").status_code == 200


def test_an_expired_key_stops_at_its_moment(alice: Person, clock: FakeClock) -> None:
    _, other = new_key(alice, expires_at=clock.moment + timedelta(minutes=1))
    assert other.get("/clients").status_code == 200
    clock.advance(seconds=59.999)
    assert other.get("/clients").status_code == 200
    clock.advance(seconds=0.001)
    expect.refusal(other.get("/clients"), "UNAUTHORIZED")


def test_a_key_that_may_only_read_changes_nothing(alice: Person) -> None:
    _, reader = new_key(alice, scope="read")
    alice.invoice()
    ids = {segment: find(alice) for segment, find in OWNED.items()}
    logo = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 0h20v10z"/></svg>'
    alice.put("/account/logo", None, content=logo, headers={"content-type": "image/svg+xml"})
    before = alice.events()
    for route in ROUTES:
        path = route.path.replace("{id}", ids.get(route.path.split("/")[1], ""))
        answer = reader.request(
            route.method, path, **({"json": {}} if route.method in ("POST", "PUT", "PATCH") else {})
        )
        if route.only_reads:
            assert answer.status_code in (200, 422), route.name
        else:
            expect.refusal(answer, "FORBIDDEN")
    assert alice.events() == before


def test_the_key_itself_is_nowhere_in_the_database(alice: Person, capfd: pytest.CaptureFixture[str]) -> None:
    database: Database = alice.http.app.database  # type: ignore[attr-defined]
    alice.invoice()
    connection = database.driver.connect()
    found = []
    for table in metadata.sorted_tables:
        for row in connection.execute(f"SELECT * FROM {table.name}").fetchall():
            found += [table.name for value in row if alice.key[8:-6] in str(value)]
    connection.close()
    assert found == []
    assert alice.key[8:-6] not in "".join(capfd.readouterr())
