"""Events reach the endpoints that want them: signed, soon, and with every attempt in the log."""

import base64
import json
import statistics
import time
from dataclasses import replace
from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import WebhookVerificationError

from cleverinvo import events
from cleverinvo.app import App
from cleverinvo.clients import store as clients
from cleverinvo.db.engine import Database
from cleverinvo.db.transaction import Tx
from cleverinvo.settings import Settings
from tests.conftest import PUBLIC_URL, Person, TestClient, open_account
from tests.receivers import Receiver, answering, cut, eventually, hang, in_turn, receiving
from tests.worker.conftest import HASTY
from tests.worker.hooks import hook, log, settled


def test_an_event_arrives_as_the_feed_has_it(alice: Person, receiver: Receiver) -> None:
    webhook = hook(alice, receiver.url)
    alice.invoice()
    (received,) = eventually(lambda: receiver.received)
    event = alice.events()[-1]
    assert received.verify(webhook["secret"])["data"]["invoiceNumber"] == "INV-0001"
    assert received.body == alice.get(f"/events/{event['id']}").content
    assert received.head == "POST /hooks HTTP/1.1"
    assert received.id == event["id"]
    assert received.headers["content-type"] == "application/json"
    (delivery,) = settled(alice, webhook, "SUCCEEDED")
    assert delivery["eventId"] == event["id"]
    (attempt,) = delivery["attempts"]
    assert attempt["request"]["headers"]["webhook-id"] == event["id"]
    assert (attempt["response"]["status"], attempt["response"]["body"]) == (200, "ok")


def test_an_event_arrives_soon_after_its_commit(alice: Person, receiver: Receiver) -> None:
    """Milliseconds, as `bench.webhooks` measures; without the news of the commit it would be half a second."""
    hook(alice, receiver.url)
    for number in range(20):
        alice.invoice()
        eventually(lambda number=number: len(receiver.received) > number)
    created = [json.loads(one.body)["createdAt"] for one in receiver.received]
    delays = [
        one.at - datetime.fromisoformat(moment).timestamp()
        for one, moment in zip(receiver.received, created, strict=True)
    ]
    assert statistics.median(delays) < 0.2


def test_every_event_arrives_once_and_is_verified(alice: Person, receiver: Receiver) -> None:
    webhooks = [hook(alice, receiver.url, events=["invoice.*"]) for _ in range(2)]
    line = {"description": "Zoë · 株式会社", "quantity": 1, "unitPrice": 1}
    body = {"invoices": [{"clientId": alice.client_id, "lineItems": [line]}] * 150}
    assert alice.post("/invoices/batch", body).status_code == 200
    eventually(lambda: len(receiver.received) >= 300)
    for webhook in webhooks:
        sequences = []
        for received in receiver.received:
            try:
                sequences.append(received.verify(webhook["secret"])["sequence"])
            except WebhookVerificationError:
                continue  # the other's
        assert sorted(sequences) == list(range(2, 152))
        assert len(settled(alice, webhook, "SUCCEEDED", count=100)) == 100


def test_headers_of_ones_own_go_along_and_are_hidden_in_the_log(alice: Person, receiver: Receiver) -> None:
    webhook = hook(alice, receiver.url, headers={"Authorization": "Bearer gateway", "X-Team": "a"})
    alice.invoice()
    (received,) = eventually(lambda: receiver.received)
    assert (received.headers["authorization"], received.headers["x-team"]) == ("Bearer gateway", "a")
    (delivery,) = settled(alice, webhook, "SUCCEEDED")
    sent = delivery["attempts"][0]["request"]["headers"]
    assert (sent["Authorization"], sent["X-Team"]) == ("***", "***")
    assert "gateway" not in json.dumps(delivery)


def test_an_asymmetric_signature_is_verified_with_the_public_key(alice: Person, receiver: Receiver) -> None:
    webhook = hook(alice, receiver.url, signature="v1a")
    alice.invoice()
    (received,) = eventually(lambda: receiver.received)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(webhook["publicKey"].removeprefix("whpk_")))
    version, signature = received.headers["webhook-signature"].split(",")
    content = f"{received.id}.{received.headers['webhook-timestamp']}.".encode() + received.body
    public.verify(base64.b64decode(signature), content)
    assert version == "v1a"


def test_while_a_secret_is_rotated_no_receiver_fails(alice: Person, receiver: Receiver) -> None:
    webhook = hook(alice, receiver.url)
    rotated = alice.post(f"/webhooks/{webhook['id']}/rotate-secret").json()
    alice.invoice()
    (received,) = eventually(lambda: receiver.received)
    for secret in (webhook["secret"], rotated["secret"]):
        assert received.verify(secret)["type"] == "invoice.created"


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_failure_is_tried_again_with_the_same_id_and_told_in_words(alice: Person) -> None:
    bad = (
        answering(500, b"oops", connection="close"),
        cut,
        hang,
        answering(302, location="https://elsewhere.example/"),
    )
    with receiving(in_turn(*bad, answering(204, b""))) as receiver:
        webhook = hook(alice, receiver.url)
        alice.invoice()
        (delivery,) = settled(alice, webhook, "SUCCEEDED")
    assert len(set(receiver.ids())) == 1
    assert [attempt["error"] for attempt in delivery["attempts"]] == [
        "The receiver answered 500.",
        "The connection was closed before an answer.",
        "No answer within 1 s.",
        "The receiver answered 302; redirects are not followed, so give the address itself.",
        None,
    ]
    assert [attempt["number"] for attempt in delivery["attempts"]] == [1, 2, 3, 4, 5]
    assert delivery["attempts"][0]["response"]["body"] == "oops"
    assert delivery["attempts"][2]["milliseconds"] >= 1_000
    timestamps = [int(one.headers["webhook-timestamp"]) for one in receiver.received]
    assert timestamps == sorted(timestamps)
    assert timestamps[-1] > timestamps[0]  # each attempt is signed for its own moment
    assert alice.get(f"/webhooks/{webhook['id']}").json()["failingSince"] is None


def test_what_is_given_up_is_delivered_when_it_is_asked_for(alice: Person) -> None:
    with receiving(in_turn(*[answering(500)] * 5, answering())) as receiver:
        webhook = hook(alice, receiver.url)
        alice.invoice()
        (delivery,) = settled(alice, webhook, "FAILED")
        assert (delivery["attemptCount"], delivery["nextAttemptAt"]) == (5, None)
        assert alice.get(f"/webhooks/{webhook['id']}").json()["failingSince"]
        assert alice.post(f"/webhooks/{webhook['id']}/replay", {"onlyFailed": True}).json()["replayed"] == 1
        (delivery,) = settled(alice, webhook, "SUCCEEDED")
        assert delivery["attemptCount"] == 6
        alice.post(f"/deliveries/{delivery['id']}/retry")
        eventually(lambda: len(receiver.received) == 7)
    assert len(set(receiver.ids())) == 1


def test_a_receiver_that_asks_for_quiet_gets_it(alice: Person) -> None:
    with receiving(in_turn(answering(429, retry_after="2"), answering())) as receiver:
        webhook = hook(alice, receiver.url)
        alice.invoice()
        eventually(lambda: log(alice, webhook, "&status=PENDING") and receiver.received)
        eventually(lambda: log(alice, webhook)[0]["attemptCount"] == 1)
        alice.invoice()  # this one has not failed, and waits all the same
        settled(alice, webhook, "SUCCEEDED", count=2)
        first, second = receiver.received[0].at, receiver.received[1].at
        assert second - first >= 1.9


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_date_is_a_retry_after_too(alice: Person) -> None:
    with receiving(answering(503, retry_after="Wed, 21 Oct 2099 07:28:00 GMT")) as receiver:
        webhook = hook(alice, receiver.url)
        alice.invoice()
        delivery = eventually(lambda: (found := log(alice, webhook)) and found[0]["attemptCount"] and found[0])
        wait = datetime.fromisoformat(delivery["nextAttemptAt"]).timestamp() - time.time()
        assert 23.9 * 3600 < wait < 24.1 * 3600  # no more than a day
        assert len(receiver.received) == 1


def test_410_switches_off_and_the_other_endpoints_hear_of_it(alice: Person, receiver: Receiver) -> None:
    hook(alice, receiver.url, events=["webhook.*"])
    with receiving(answering(410)) as leaving:
        webhook = hook(alice, leaving.url, events=["invoice.*"])
        alice.invoice()
        (received,) = eventually(lambda: receiver.received)
        assert json.loads(received.body)["type"] == "webhook.disabled"
        assert json.loads(received.body)["data"] == alice.get(f"/webhooks/{webhook['id']}").json()
        assert json.loads(received.body)["data"]["disabledReason"].startswith("The receiver answered 410 Gone")
        alice.invoice()
        alice.post("/clients", {"name": "x"})
        time.sleep(0.2)
        assert len(leaving.received) == 1
        leaving.behaviour = answering()
        alice.patch(f"/webhooks/{webhook['id']}", {"isActive": True})
        eventually(lambda: len(leaving.received) >= 3)  # what failed and what was missed
    numbers = [json.loads(one.body)["data"]["invoiceNumber"] for one in leaving.received]
    assert sorted(numbers) == ["INV-0001", "INV-0001", "INV-0002"]


def test_a_test_event_arrives(alice: Person, receiver: Receiver) -> None:
    webhook = hook(alice, receiver.url, events=["payment.*"])
    alice.post(f"/webhooks/{webhook['id']}/test")
    (received,) = eventually(lambda: receiver.received)
    assert received.verify(webhook["secret"])["type"] == "webhook.test"


def test_what_happens_while_no_worker_lives_is_delivered_later(settings: Settings, receiver: Receiver) -> None:
    asleep = App(settings, PUBLIC_URL, with_worker=False)
    with TestClient(asleep, base_url=PUBLIC_URL) as server:
        alice = open_account(server, "Alice")
        hook(alice, receiver.url)
        numbers = [alice.invoice()["invoiceNumber"] for _ in range(3)]
    assert receiver.received == []
    with TestClient(App(settings, PUBLIC_URL, terms=HASTY), base_url=PUBLIC_URL):
        eventually(lambda: len(receiver.received) >= 3)
    assert sorted(json.loads(one.body)["data"]["invoiceNumber"] for one in receiver.received) == numbers


def test_a_server_that_stops_gives_back_what_it_could_not_deliver(settings: Settings) -> None:
    with receiving(hang) as receiver:
        with TestClient(App(settings, PUBLIC_URL), base_url=PUBLIC_URL) as server:  # whose attempts take 20 s
            alice = open_account(server, "Alice")
            webhook = hook(alice, receiver.url)
            alice.invoice()
            eventually(lambda: receiver.received)
        receiver.behaviour = answering()
        with TestClient(App(settings, PUBLIC_URL), base_url=PUBLIC_URL) as server:  # and whose lease is a minute
            eventually(lambda: len(receiver.received) == 2, seconds=5)
            (delivery,) = settled(replace(alice, http=server), webhook, "SUCCEEDED")
    assert delivery["attemptCount"] == 1


def test_with_another_secret_key_deliveries_wait_and_say_why(settings: Settings, receiver: Receiver) -> None:
    with TestClient(App(settings, PUBLIC_URL, with_worker=False), base_url=PUBLIC_URL) as server:
        alice = open_account(server, "Alice")
        webhook = hook(alice, receiver.url)
    other = replace(settings, secret_key="another secret, long enough to be one")
    with TestClient(App(other, PUBLIC_URL, terms=HASTY), base_url=PUBLIC_URL) as server:
        alice = replace(alice, http=server)
        alice.invoice()
        (failed,) = settled(alice, webhook, "FAILED")
        assert "the server's secret key has changed; rotate the secret" in failed["error"]
        assert receiver.received == []
        rotated = alice.post(f"/webhooks/{webhook['id']}/rotate-secret").json()
        alice.post(f"/deliveries/{failed['id']}/retry")
        (received,) = eventually(lambda: receiver.received)
        assert received.verify(rotated["secret"])["type"] == "invoice.created"


def test_work_that_was_undone_is_told_to_nobody(alice: Person, receiver: Receiver, database: Database) -> None:
    def fail(tx: Tx, account_id: int) -> None:
        events.emit(tx, account_id, "client.updated", clients.get(tx, account_id, alice.client_id))
        raise RuntimeError("after the event")

    hook(alice, receiver.url)
    for _ in range(5):
        with pytest.raises(RuntimeError):
            alice.http.portal.call(database.write, fail, alice.account_id)  # type: ignore[union-attr]
        assert alice.post("/invoices", {"clientId": alice.client_id, "lineItems": []}).status_code == 422
        alice.invoice()
    eventually(lambda: len(receiver.received) >= 5)
    time.sleep(0.1)
    told = [json.loads(one.body) for one in receiver.received]
    assert sorted(event["sequence"] for event in told) == [2, 3, 4, 5, 6]
    assert {event["type"] for event in told} == {"invoice.created"}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_where_there_are_no_webhooks_a_change_costs_no_statement_for_them(
    alice: Person, bob: Person, receiver: Receiver, database: Database
) -> None:
    hook(bob, receiver.url)
    time.sleep(0.3)  # the worker looks at it
    written: list[str] = []
    connection = database._writers[0]._connection
    assert connection is not None
    connection.set_trace_callback(written.append)  # type: ignore[attr-defined]
    alice.invoice()
    time.sleep(0.1)
    assert any("INTO events" in statement for statement in written)
    assert [one for one in written if "webhooks" in one or "deliveries" in one] == []
    written.clear()
    bob.invoice()
    eventually(lambda: any("INTO deliveries" in statement for statement in written))
    connection.set_trace_callback(None)  # type: ignore[attr-defined]
