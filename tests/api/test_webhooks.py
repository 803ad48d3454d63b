"""Endpoints: made, listed, changed, rotated, tested, replayed and taken away."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook

from cleverinvo.app import App
from cleverinvo.db.engine import Database
from cleverinvo.settings import Settings
from cleverinvo.webhooks import actions
from tests.conftest import PUBLIC_URL, FakeClock, Person, TestClient
from tests.dispatching import failure, settle, success, take_all

URL = "https://hooks.example/cleverinvo"


@pytest.fixture
def server(settings: Settings, clock: FakeClock) -> Iterator[TestClient]:
    """The whole server without its worker: nothing is sent."""
    app = App(settings, PUBLIC_URL, with_worker=False, clock=clock, seconds=clock.seconds)
    with TestClient(app, base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        yield client


def make(person: Person, **fields: Any) -> dict[str, Any]:
    answer = person.post("/webhooks", {"url": URL, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.fixture
def hook(alice: Person) -> dict[str, Any]:
    """An endpoint of Alice's, with its secret."""
    return make(alice, events=["invoice.*"], description="Shop")


def rows(database: Database, table: str) -> str:
    """All of a table as text."""
    connection = database.driver.connect_reader()
    found = connection.execute(f"SELECT * FROM {table}", ()).fetchall()
    connection.close()
    return repr(found)


def test_an_endpoint_is_made_and_its_secret_shown_once(alice: Person, hook: dict[str, Any]) -> None:
    assert hook == {
        "id": hook["id"],
        "url": URL,
        "events": ["invoice.*"],
        "description": "Shop",
        "isActive": True,
        "signature": "v1",
        "publicKey": None,
        "headerNames": [],
        "failingSince": None,
        "disabledAt": None,
        "disabledReason": None,
        "oldSecretUntil": None,
        "createdAt": "2026-03-01T10:30:00.000Z",
        "updatedAt": "2026-03-01T10:30:00.000Z",
        "secret": hook["secret"],
    }
    assert hook["id"].startswith("whk_")
    assert hook["secret"].startswith("whsec_")
    shown = {name: value for name, value in hook.items() if name != "secret"}
    assert alice.get(f"/webhooks/{hook['id']}").json() == shown
    assert alice.get("/webhooks").json()["data"] == [shown]


def test_without_a_choice_an_endpoint_gets_everything(alice: Person) -> None:
    assert make(alice)["events"] == ["*"]


def test_secrets_and_headers_are_not_readable_in_the_database(alice: Person, database: Database) -> None:
    key = {"idempotency-key": "once"}
    body = {"url": URL, "headers": {"Authorization": "Bearer gateway-token"}}
    first = alice.post("/webhooks", body, headers=key)
    assert first.json()["headerNames"] == ["Authorization"]
    assert "gateway-token" not in first.text
    again = alice.post("/webhooks", body, headers=key)
    assert (again.text, again.headers["idempotent-replayed"]) == (first.text, "true")
    rotated = alice.post(f"/webhooks/{first.json()['id']}/rotate-secret", headers={"idempotency-key": "rotate"})
    for secret in (first.json()["secret"], rotated.json()["secret"]):
        for table in ("webhooks", "idempotency_keys"):
            assert "sealed:" in rows(database, table)
            assert secret not in rows(database, table)
            assert "gateway-token" not in rows(database, table)


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"url": "shop.example"}, "url", "Expected an address such as https://"),
        ({"url": "http://shop.example/"}, "url", "Must begin with https://"),
        ({"url": "https://10.0.0.1/"}, "url", "10.0.0.1 is a private address"),
        ({"url": "https://localhost:3000/"}, "url", "localhost is no name on the internet"),
        ({"url": "https://shop.example:25/"}, "url", "Port 25 is not for webhooks"),
        ({"url": "https://a:b@shop.example/"}, "url", "use headers instead"),
        ({"url": None}, "url", "Expected text"),
        ({"events": []}, "events", "at least 1"),
        ({"events": ["invoice.payed"]}, "events[0]", "Expected a type of event"),
        ({"events": "invoice.paid"}, "events", "Expected a list"),
        ({"signature": "v2"}, "signature", "Expected one of v1, v1a"),
        ({"headers": {"webhook-id": "x"}}, "headers", "webhook-id is set by the server"),
        ({"headers": {"Host": "x"}}, "headers", "Host is set by the server"),
        ({"headers": {"a b": "x"}}, "headers", "letters, digits and hyphens"),
        ({"headers": {"x-a": "b\r\nx: y"}}, "headers", "printable ASCII"),
        ({"headers": {"x-a": 1}}, "headers", "printable ASCII"),
        ({"headers": {"x-a": "1", "X-A": "2"}}, "headers", "must not come twice"),
        ({"headers": {f"x-{n}": "1" for n in range(21)}}, "headers", "At most 20 headers"),
        ({"headers": []}, "headers", "Expected an object"),
        ({"secret": "mine"}, "secret", "read-only"),
        ({"event": ["*"]}, "event", 'did you mean "events"'),
    ],
)
def test_what_cannot_be_right_is_refused(alice: Person, fields: dict[str, Any], field: str, told: str) -> None:
    answer = alice.post("/webhooks", {"url": URL, **fields})
    assert answer.status_code == 422
    (fault,) = answer.json()["error"]["details"]
    assert fault["field"] == field
    assert told in fault["message"]


def test_an_account_has_so_many_endpoints(alice: Person, bob: Person) -> None:
    for _ in range(20):
        first = make(alice)
    assert alice.post("/webhooks", {"url": URL}).status_code == 409
    make(bob)
    alice.delete(f"/webhooks/{first['id']}")
    make(alice)


def test_fields_that_are_sent_change(alice: Person, hook: dict[str, Any], clock: FakeClock) -> None:
    clock.advance(minutes=1)
    path = f"/webhooks/{hook['id']}"
    tag = alice.get(path).headers["etag"]
    changed = alice.patch(path, {"events": ["*"], "headers": {"X-Team": "a"}}, headers={"if-match": tag}).json()
    assert (changed["events"], changed["headerNames"], changed["url"]) == (["*"], ["X-Team"], URL)
    assert changed["updatedAt"] == "2026-03-01T10:31:00.000Z"
    assert alice.put(path, {"headers": None}).json()["headerNames"] == []
    assert alice.patch(path, {"url": "https://127.0.0.1/"}).status_code == 422
    assert alice.patch(path, {"signature": "v1a"}).status_code == 422
    assert alice.patch(path, {"description": "x"}, headers={"if-match": tag}).status_code == 412


def test_a_deleted_endpoint_is_gone_with_its_log(alice: Person, hook: dict[str, Any], database: Database) -> None:
    alice.invoice()
    (parcel,) = take_all(alice, database)
    assert alice.delete(f"/webhooks/{hook['id']}").status_code == 204
    assert alice.get(f"/webhooks/{hook['id']}").status_code == 404
    assert alice.get(f"/webhooks/{hook['id']}/deliveries").status_code == 404
    assert alice.get(f"/deliveries/{parcel.delivery_id}").status_code == 404
    assert alice.get("/webhooks").json()["data"] == []
    alice.invoice()
    assert take_all(alice, database) == []


def test_what_alice_does_goes_to_no_endpoint_of_bobs(alice: Person, bob: Person, database: Database) -> None:
    make(alice)
    make(bob)
    alice.invoice()
    assert take_all(bob, database) == []
    assert {parcel.account_id for parcel in take_all(alice, database)} == {alice.account_id}


def test_an_event_goes_to_the_endpoints_that_want_it(alice: Person, database: Database) -> None:
    wants = {
        make(alice, events=filters)["id"]: filters
        for filters in (["*"], ["invoice.*"], ["invoice.sent", "client.*"], ["payment.recorded"])
    }
    make(alice, isActive=False)
    alice.sent_invoice()
    alice.post("/clients", {"name": "New"})
    got: dict[str, list[str]] = {id: [] for id in wants}
    for parcel in take_all(alice, database):
        got[parcel.webhook_id].append(json.loads(parcel.body)["type"])
    assert list(got.values()) == [
        ["invoice.created", "invoice.sent", "client.created"],
        ["invoice.created", "invoice.sent"],
        ["invoice.sent", "client.created"],
        [],
    ]


def test_a_new_endpoint_gets_nothing_from_before(alice: Person, database: Database) -> None:
    alice.invoice()
    hook = make(alice)
    assert take_all(alice, database) == []
    alice.invoice()
    alice.invoice()
    make(alice)
    parcels = take_all(alice, database)
    assert [(parcel.webhook_id, parcel.number) for parcel in parcels] == [(hook["id"], 1)] * 2


def test_what_is_taken_is_not_taken_twice_until_its_lease_is_over(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    alice.invoice()
    (first,) = take_all(alice, database)
    assert take_all(alice, database) == []
    clock.advance(seconds=61)
    (again,) = take_all(alice, database)
    assert (again.delivery_id, again.body, again.number) == (first.delivery_id, first.body, 1)
    settle(alice, database, again, outcome=success(clock()))
    settle(alice, database, first, outcome=failure(clock()))  # the first worker was only slow
    clock.advance(days=4)
    assert take_all(alice, database) == []
    assert alice.get(f"/deliveries/{first.delivery_id}").json()["status"] == "SUCCEEDED"


def test_a_worker_holds_so_many_of_one_endpoint(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    from tests.dispatching import take

    for _ in range(100):
        alice.invoice()
    taken = take(alice, database)
    assert (len(taken.parcels), taken.more_of) == (96, {hook["id"]})
    assert len(take(alice, database, {hook["id"]: 95}).parcels) == 1
    settle(alice, database, taken.parcels[0], outcome=failure(clock()))
    held = take(alice, database, {hook["id"]: 4})
    assert (held.parcels, held.more_of) == ([], {hook["id"]})  # it fails: no more than four at a time
    assert len(take(alice, database, {hook["id"]: 1}).parcels) == 3


def test_the_log_tells_of_every_attempt(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    invoice = alice.invoice()
    (parcel,) = take_all(alice, database)
    settle(alice, database, parcel, outcome=failure(clock(), 503))
    clock.advance(seconds=6)
    (parcel,) = take_all(alice, database)
    settle(alice, database, parcel, outcome=success(clock()))
    detail = alice.get(f"/deliveries/{parcel.delivery_id}").json()
    assert detail["event"]["data"] == invoice
    assert [attempt["number"] for attempt in detail["attempts"]] == [1, 2]
    assert detail["attempts"][0] == {
        "number": 1,
        "attemptedAt": "2026-03-01T10:30:00.000Z",
        "milliseconds": 3,
        "request": {"url": URL, "headers": {"webhook-id": "evt_1"}},
        "response": {"status": 503, "headers": [["server", "x"]], "body": "no"},
        "error": "The receiver answered 503.",
    }
    assert detail["attempts"][1]["error"] is None
    del detail["event"], detail["attempts"]
    assert detail == {
        "id": parcel.delivery_id,
        "webhookId": hook["id"],
        "eventId": parcel.event_id,
        "eventType": "invoice.created",
        "eventSequence": 2,
        "status": "SUCCEEDED",
        "attemptCount": 2,
        "nextAttemptAt": None,
        "lastAttemptAt": "2026-03-01T10:30:06.000Z",
        "responseStatus": 204,
        "error": None,
        "createdAt": "2026-03-01T10:30:00.000Z",
        "succeededAt": "2026-03-01T10:30:06.000Z",
    }
    assert alice.get(f"/webhooks/{hook['id']}/deliveries").json()["data"] == [detail]


def test_the_log_is_narrowed_by_status_and_type(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    alice.sent_invoice()
    alice.invoice()
    first, second, third = take_all(alice, database)
    settle(alice, database, first, outcome=success(clock()))
    give_up(alice, database, second, clock)

    def found(query: str) -> list[str]:
        page = alice.get(f"/webhooks/{hook['id']}/deliveries?{query}").json()
        return [delivery["id"] for delivery in page["data"]]

    assert found("status=SUCCEEDED") == [first.delivery_id]
    assert found("status=FAILED") == [second.delivery_id]
    assert found("status=PENDING") == [third.delivery_id]
    assert found("type=invoice.created") == [third.delivery_id, first.delivery_id]
    assert found("type=invoice.sent&status=SUCCEEDED") == []
    assert alice.get(f"/webhooks/{hook['id']}/deliveries?status=LOST").status_code == 422


def give_up(alice: Person, database: Database, parcel: Any, clock: FakeClock) -> None:
    """Let a delivery come to its end without success."""
    settle(alice, database, parcel._replace(tries=10), outcome=failure(clock()))


def test_a_delivery_is_retried_with_the_whole_schedule_before_it(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    alice.invoice()
    (parcel,) = take_all(alice, database)
    give_up(alice, database, parcel, clock)
    assert take_all(alice, database) == []
    answer = alice.post(f"/deliveries/{parcel.delivery_id}/retry")
    assert (answer.status_code, answer.json()["status"]) == (200, "PENDING")
    (again,) = take_all(alice, database)
    assert (again.event_id, again.body, again.number, again.tries) == (parcel.event_id, parcel.body, 2, 1)
    settle(alice, database, again, outcome=success(clock()))
    alice.post(f"/deliveries/{parcel.delivery_id}/retry")  # what has arrived may be sent again, too
    assert len(take_all(alice, database)) == 1


def test_a_time_is_replayed_with_the_same_ids(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    ids = []
    for _ in range(4):
        alice.sent_invoice()
        clock.advance(hours=1)
        parcels = take_all(alice, database)
        settle(alice, database, *parcels, outcome=success(clock()))
        ids.append([parcel.event_id for parcel in parcels])

    def replayed(**form: Any) -> list[str]:
        answer = alice.post(f"/webhooks/{hook['id']}/replay", form)
        assert answer.status_code == 200, answer.text
        parcels = take_all(alice, database)
        settle(alice, database, *parcels, outcome=success(clock()))
        assert answer.json() == {"replayed": len(parcels), "nextFrom": None}
        return [parcel.event_id for parcel in parcels]

    assert replayed() == [*ids[0], *ids[1], *ids[2], *ids[3]]
    window = {"from": "2026-03-01T11:30:00Z", "to": "2026-03-01T14:30:00+01:00"}
    assert replayed(**window) == [*ids[1], *ids[2]]
    assert replayed(**window, types=["invoice.sent"]) == [ids[1][1], ids[2][1]]
    assert replayed(**window, types=["client.*"]) == []  # the endpoint does not listen to them
    assert replayed(onlyFailed=True) == []
    assert replayed(**{"from": "2027-01-01T00:00:00Z"}) == []
    assert replayed(to="2020-01-01T00:00:00Z") == []


def test_only_what_was_given_up_is_replayed(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    for _ in range(3):
        alice.invoice()
    first, second, _ = take_all(alice, database)
    settle(alice, database, first, outcome=success(clock()))
    give_up(alice, database, second, clock)
    answer = alice.post(f"/webhooks/{hook['id']}/replay", {"onlyFailed": True})
    assert answer.json()["replayed"] == 1
    assert [parcel.event_id for parcel in take_all(alice, database)] == [second.event_id]


def test_events_from_before_the_endpoint_are_replayed_too(alice: Person, database: Database) -> None:
    invoice = alice.invoice()
    hook = make(alice)
    assert alice.post(f"/webhooks/{hook['id']}/replay").json()["replayed"] == 2
    assert [json.loads(parcel.body)["data"]["id"] for parcel in take_all(alice, database)][1] == invoice["id"]


def test_a_long_replay_says_where_to_go_on(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "REPLAYED_MAX", 3)
    for _ in range(7):
        alice.invoice()
        clock.advance(seconds=1)
    settle(alice, database, *take_all(alice, database), outcome=success(clock()))
    form: dict[str, Any] = {}
    counts = []
    while True:
        answer = alice.post(f"/webhooks/{hook['id']}/replay", form).json()
        counts.append(answer["replayed"])
        if answer["nextFrom"] is None:
            break
        form = {"from": answer["nextFrom"]}
    assert counts == [2, 3, 2]  # the first event is a client, which the endpoint does not listen to
    assert len(take_all(alice, database)) == 7


@pytest.mark.parametrize("moment", ["2026-03-01", "yesterday", "2026-13-01T00:00:00Z", 7, "2026-03-01T10:00:00"])
def test_a_moment_needs_its_time_zone(alice: Person, hook: dict[str, Any], moment: Any) -> None:
    assert alice.post(f"/webhooks/{hook['id']}/replay", {"from": moment}).status_code == 422


def test_a_test_event_goes_to_one_endpoint_alone(alice: Person, hook: dict[str, Any], database: Database) -> None:
    make(alice)
    answer = alice.post(f"/webhooks/{hook['id']}/test")
    assert (answer.status_code, answer.json()["eventType"]) == (201, "webhook.test")
    assert answer.headers["location"] == f"/api/v1/deliveries/{answer.json()['id']}"
    (parcel,) = take_all(alice, database)
    assert parcel.webhook_id == hook["id"]
    event = json.loads(parcel.body)
    assert (event["type"], event["data"]["id"], event["id"]) == ("webhook.test", hook["id"], parcel.event_id)
    assert "secret" not in event["data"]


def test_an_endpoint_that_is_switched_off_goes_on_where_it_had_stopped(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    path = f"/webhooks/{hook['id']}"
    alice.invoice()
    (pending,) = take_all(alice, database)
    settle(alice, database, pending, outcome=failure(clock()))
    assert alice.patch(path, {"isActive": False}).json()["disabledAt"] == "2026-03-01T10:30:00.000Z"
    alice.invoice()
    clock.advance(hours=1)
    assert take_all(alice, database) == []
    for verb in (f"{path}/test", f"{path}/replay", f"/deliveries/{pending.delivery_id}/retry"):
        assert alice.post(verb).status_code == 409
    assert alice.patch(path, {"isActive": True}).json()["disabledAt"] is None
    parcels = take_all(alice, database)
    assert [json.loads(parcel.body)["data"]["invoiceNumber"] for parcel in parcels] == ["INV-0001", "INV-0002"]


def test_while_a_secret_is_rotated_both_sign(
    alice: Person, hook: dict[str, Any], database: Database, clock: FakeClock
) -> None:
    from cleverinvo.webhooks.signing import sign

    def secrets() -> list[str]:
        alice.invoice()
        (parcel,) = take_all(alice, database)
        settle(alice, database, parcel, outcome=success(clock()))
        return list(parcel.secrets)

    assert secrets() == [hook["secret"]]
    rotated = alice.post(f"/webhooks/{hook['id']}/rotate-secret").json()
    assert rotated["secret"] != hook["secret"]
    assert rotated["oldSecretUntil"] == "2026-03-02T10:30:00.000Z"
    assert secrets() == [rotated["secret"], hook["secret"]]
    signature = sign([rotated["secret"], hook["secret"]], "evt_1", 1772361000, b"{}")
    assert len(signature.split(" ")) == 2
    clock.advance(hours=25)
    assert secrets() == [rotated["secret"]]
    assert alice.get(f"/webhooks/{hook['id']}").json()["oldSecretUntil"] is None
    stolen = alice.post(f"/webhooks/{hook['id']}/rotate-secret", {"overlapHours": 0}).json()
    assert secrets() == [stolen["secret"]]
    assert Webhook(stolen["secret"])


def test_an_asymmetric_endpoint_shows_its_public_key(alice: Person, database: Database) -> None:
    hook = make(alice, signature="v1a")
    assert hook["secret"] is None
    assert hook["publicKey"].startswith("whpk_")
    rotated = alice.post(f"/webhooks/{hook['id']}/rotate-secret").json()
    assert rotated["secret"] is None
    assert rotated["publicKey"] != hook["publicKey"]
    assert "whsk_" not in json.dumps(rotated)
