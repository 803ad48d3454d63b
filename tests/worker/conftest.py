"""A server of today, for what is measured and signed in real time."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cleverinvo.app import App
from cleverinvo.settings import Settings
from tests.conftest import PUBLIC_URL, TestClient
from tests.receivers import Receiver, receiving


@pytest.fixture
def server(settings: Settings) -> Iterator[TestClient]:
    """The whole server on the real clock, whose webhooks may go to this machine."""
    app = App(replace(settings, allow_private_webhooks=True), PUBLIC_URL)
    with TestClient(app, base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
