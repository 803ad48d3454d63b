"""Webhooks on pages: the secret once, the log, and nobody else's."""

import re

from tests.conftest import Person
from tests.site.conftest import Surfer, words

ENDPOINT = {"url": "https://receiver.example/hooks", "every": "no", "events": ["invoice.sent", "client.created"]}


def made(surfer: Surfer) -> str:
    """The id of a new endpoint."""
    surfer.post("/webhooks", ENDPOINT)
    (webhook_id,) = re.findall(r'href="/webhooks/(whk_\w+)"', surfer.get("/webhooks").text)
    return str(webhook_id)


def test_an_endpoint_is_made_and_its_secret_shown_once(alices: Surfer) -> None:
    answer = alices.post("/webhooks", ENDPOINT)
    (secret,) = re.findall(r'id="secret">(whsec_[^<]+)<', answer.text)
    assert secret not in alices.get("/webhooks").text
    assert "invoice.sent, client.created" in words(alices.get("/webhooks"))


def test_an_endpoint_is_changed_on_its_page(alice: Person, alices: Surfer) -> None:
    path = f"/webhooks/{made(alices)}"
    ticked = re.findall(r'value="([a-z_.]+)" checked', alices.get(path).text)
    assert ticked == ["no", "client.created", "invoice.sent"]
    change = {
        "url": "https://other.example/in",
        "description": "Books",
        "every": "yes",
        "events": ["invoice.paid"],
    }
    assert alices.post(path, change).headers["location"] == path
    webhook = alice.get(path).json()
    assert (webhook["url"], webhook["events"], webhook["description"]) == (change["url"], ["*"], "Books")
    alice.patch(path, {"events": ["payment.*"]})
    assert re.findall(r'value="([a-z_.]+)" checked', alices.get(path).text) == [
        *("no", "payment.recorded", "payment.reversed")
    ]
    alices.post(path, {"url": change["url"], "description": "", "every": "no", "events": ["invoice.paid"]})
    webhook = alice.get(path).json()
    assert (webhook["events"], webhook["description"]) == (["invoice.paid"], None)


def test_what_is_wrong_with_an_endpoint_stays_typed(alice: Person, alices: Surfer) -> None:
    path = f"/webhooks/{made(alices)}"
    before = alice.get(path).json()
    for fields in (
        {"url": "ftp://other.example", "every": "no", "events": ["client.deleted"]},
        {"url": "https://other.example", "every": "no"},
        {"url": "https://other.example", "every": "no", "events": ["invoice.sold"]},
    ):
        for where in (path, "/webhooks"):
            answer = alices.post(where, fields)
            assert (answer.status_code, str(fields["url"]) in answer.text) == (422, True)
            assert ('value="client.deleted" checked' in answer.text) == ("client.deleted" in str(fields))
            assert 'value="yes" checked' not in answer.text
    assert alice.get(path).json() == before


def test_a_private_address_is_refused_as_by_the_api(alices: Surfer) -> None:
    answer = alices.post("/webhooks", {"url": "http://127.0.0.1/hooks", "every": "yes"})
    assert answer.status_code == 422
    assert "http://127.0.0.1/hooks" in answer.text


def test_a_test_event_is_in_the_log_and_can_be_sent_again(alices: Surfer) -> None:
    path = f"/webhooks/{made(alices)}"
    assert alices.post(f"{path}/test").status_code == 303
    (delivery,) = re.findall(r'href="(/deliveries/dlv_\w+)"', alices.get(path).text)
    assert "webhook.test" in words(alices.get(delivery))
    assert "The next attempt is due 1 Mar 2026, 10:30" in words(alices.get(delivery))
    assert alices.post(f"{path}/replay").status_code == 303
    assert "Nothing was given up" in words(alices.get(path))
    assert alices.post(f"{delivery}/retry").headers["location"] == delivery
    assert alices.post(f"{path}/switch", {"isActive": "false"}).status_code == 303
    assert "switched off" in words(alices.post(f"{path}/test"))
    assert "whsec_" in alices.post(f"{path}/rotate").text
    assert alices.post(f"{path}/delete").status_code == 303
    assert alices.get(path).status_code == 404


def test_bobs_endpoints_are_not_there_for_alice(bob: Person, alices: Surfer, bobs: Surfer) -> None:
    path = f"/webhooks/{made(bobs)}"
    bobs.post(f"{path}/test")
    (delivery,) = re.findall(r'href="(/deliveries/dlv_\w+)"', bobs.get(path).text)
    assert alices.get(path).status_code == alices.get(delivery).status_code == 404
    assert alices.post(path, {"url": "https://elsewhere.example", "every": "yes"}).status_code == 404
    for action in ("test", "replay", "switch", "rotate", "delete"):
        assert alices.post(f"{path}/{action}").status_code == 404
    assert alices.post(f"{delivery}/retry").status_code == 404
    assert "receiver.example" not in alices.get("/webhooks").text
