"""Events reach the endpoints that want them: signed, soon, and with every attempt in the log."""

from typing import Any

from tests.conftest import Person
from tests.receivers import Receiver, eventually


def hook(person: Person, url: str, **fields: Any) -> dict[str, Any]:
    answer = person.post("/webhooks", {"url": url, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def log(person: Person, webhook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    return list(person.get(f"/webhooks/{webhook['id']}/deliveries?limit=100{query}").json()["data"])


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
    (delivery,) = eventually(lambda: log(alice, webhook, "&status=SUCCEEDED"))
    assert delivery["eventId"] == event["id"]
    attempt = alice.get(f"/deliveries/{delivery['id']}").json()["attempts"][0]
    assert attempt["response"]["status"] == 200
