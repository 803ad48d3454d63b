"""Setting type holds nobody up: it has threads of its own, so much time and no more, and a queue with an end."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from cleverinvo.documents.pdf import typesetter as module
from cleverinvo.documents.pdf.typesetter import Typesetter
from cleverinvo.errors import Unavailable
from tests import papers


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Typesetter, threading.Event]]:
    """A typesetter whose documents are done when the event is set."""
    typesetter, done = Typesetter(), threading.Event()

    def set_now(_: Any) -> bytes:
        done.wait(10)
        return threading.current_thread().name.encode()

    monkeypatch.setattr(typesetter, "set_now", set_now)
    yield typesetter, done
    done.set()
    typesetter.close()


def test_type_is_set_on_other_threads_than_the_one_that_answers(slow: tuple[Typesetter, threading.Event]) -> None:
    typesetter, done = slow

    async def ask() -> bytes:
        asked = asyncio.create_task(typesetter.set(papers.document()))
        await asyncio.sleep(0)
        done.set()  # if it were set here, nobody could say so
        return await asked

    assert asyncio.run(ask()).startswith(b"pdf")


def test_nobody_waits_longer_than_the_bound(
    slow: tuple[Typesetter, threading.Event], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    typesetter, _ = slow
    monkeypatch.setattr(module, "SECONDS_MAX", 0.05)
    with pytest.raises(Unavailable, match="too long"):
        asyncio.run(typesetter.set(papers.document()))
    assert "took longer" in caplog.text


def test_the_queue_has_an_end_and_moves_on(
    slow: tuple[Typesetter, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    typesetter, done = slow
    monkeypatch.setattr(module, "WAITING_MAX", 3)

    async def ask() -> None:
        waiting = [asyncio.create_task(typesetter.set(papers.document())) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="Too many"):
            await typesetter.set(papers.document())
        done.set()
        await asyncio.gather(*waiting)
        assert await typesetter.set(papers.document())

    asyncio.run(ask())
