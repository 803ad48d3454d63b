"""A server of today, for what is measured and signed in real time."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cleverinvo.app import App
from cleverinvo.settings import Settings
from cleverinvo.webhooks.rules import Terms
from tests.conftest import PUBLIC_URL, TestClient
from tests.receivers import Receiver, receiving

HASTY = Terms(delays_seconds=(0, 0.1, 0.2, 0.4, 0.4), attempt_seconds=1, lease_seconds=3)
"""The same as in earnest, in seconds instead of days."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Webhooks may go to this machine."""
    return replace(settings, allow_private_webhooks=True)


@pytest.fixture
def terms() -> Terms:
    return HASTY


@pytest.fixture
def server(settings: Settings, terms: Terms) -> Iterator[TestClient]:
    """The whole server on the real clock."""
    app = App(settings, PUBLIC_URL, terms=terms)
    with TestClient(app, base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
