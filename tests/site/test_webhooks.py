"""Webhooks on pages: the secret once, the log, and nobody else's."""

import re

from tests.conftest import Person
from tests.site.conftest import Surfer, words


def made(surfer: Surfer) -> str:
    """The id of a new endpoint."""
    surfer.post("/webhooks", {"url": "https://receiver.example/hooks", "events": "invoice.*\nclient.created"})
    (webhook_id,) = re.findall(r'href="/webhooks/(whk_\w+)"', surfer.get("/webhooks").text)
    return str(webhook_id)


def test_an_endpoint_is_made_and_its_secret_shown_once(alices: Surfer) -> None:
    answer = alices.post(
        "/webhooks", {"url": "https://receiver.example/hooks", "events": "invoice.*, client.created"}
    )
    (secret,) = re.findall(r'id="secret">(whsec_[^<]+)<', answer.text)
    assert secret not in alices.get("/webhooks").text
    assert "invoice.*, client.created" in words(alices.get("/webhooks"))


def test_a_private_address_is_refused_as_by_the_api(alices: Surfer) -> None:
    answer = alices.post("/webhooks", {"url": "http://127.0.0.1/hooks", "events": "*"})
    assert answer.status_code == 422
    assert "http://127.0.0.1/hooks" in answer.text


def test_a_test_event_is_in_the_log_and_can_be_sent_again(alices: Surfer) -> None:
    path = f"/webhooks/{made(alices)}"
    assert alices.post(f"{path}/test").status_code == 303
    (delivery,) = re.findall(r'href="(/deliveries/dlv_\w+)"', alices.get(path).text)
    assert "webhook.test" in words(alices.get(delivery))
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
    for action in ("test", "replay", "switch", "rotate", "delete"):
        assert alices.post(f"{path}/{action}").status_code == 404
    assert alices.post(f"{delivery}/retry").status_code == 404
    assert "receiver.example" not in alices.get("/webhooks").text
