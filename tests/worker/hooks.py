"""Webhooks of a person, and what their log says."""

from typing import Any

from tests.conftest import Person
from tests.receivers import eventually


def hook(person: Person, url: str, **fields: Any) -> dict[str, Any]:
    """A new endpoint, with its secret."""
    answer = person.post("/webhooks", {"url": url, **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def log(person: Person, webhook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    """The newest deliveries to an endpoint."""
    return list(person.get(f"/webhooks/{webhook['id']}/deliveries?limit=100{query}").json()["data"])


def settled(person: Person, webhook: dict[str, Any], status: str, count: int = 1) -> list[dict[str, Any]]:
    """So many deliveries as soon as they have come to their end, with all their attempts, the oldest first."""
    found = eventually(lambda: len(each := log(person, webhook, f"&status={status}")) >= count and each)
    return [dict(person.get(f"/deliveries/{delivery['id']}").json()) for delivery in reversed(found)]
