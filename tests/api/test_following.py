"""The feed as a stream of server-sent events, from a server with a socket."""

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cleverinvo.db.open import choose_driver
from cleverinvo.settings import Settings
from tests.live import COMMAND, Live, serving


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("follow"), CLEVERINVO_RATE_LIMIT_BUSINESS="unlimited") as server:
        yield server


def create(live: Live, name: str) -> None:
    headers = {"authorization": f"Bearer {live.key}"}
    httpx.post(f"{live.url}/api/v1/clients", headers=headers, json={"name": name}).raise_for_status()


def follow(live: Live, query: str = "", **headers: str) -> Any:
    sent = {"authorization": f"Bearer {live.key}", "accept": "text/event-stream", **headers}
    return httpx.stream("GET", f"{live.url}/api/v1/events{query}", headers=sent, timeout=20)


def blocks(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """The blocks of a stream, each as its fields."""
    block: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            block[name] = value
        elif block:
            yield block
            block = {}


def test_events_are_streamed_as_they_happen(live: Live) -> None:
    create(live, "Before")
    with follow(live) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        told = blocks(answer.iter_lines())
        assert "retry" in next(told)
        first = next(told)
        threading.Timer(0.2, create, (live, "After")).start()
        second = next(told)
    assert [first["event"], second["event"]] == ["client.created"] * 2
    assert int(second["id"]) == int(first["id"]) + 1
    event = json.loads(second["data"])
    assert event["data"]["name"] == "After"
    headers = {"authorization": f"Bearer {live.key}"}
    assert httpx.get(f"{live.url}/api/v1/events/{event['id']}", headers=headers).text == second["data"]


def test_a_stream_goes_on_after_the_last_event_that_was_seen(live: Live) -> None:
    for name in ("One", "Two", "Three"):
        create(live, name)
    with follow(live, "?types=client.*") as answer:
        told = blocks(answer.iter_lines())
        next(told)
        seen = [next(told)["id"] for _ in range(2)]
    with follow(live, "?after=0", **{"last-event-id": seen[-1]}) as answer:
        told = blocks(answer.iter_lines())
        next(told)
        assert int(next(told)["id"]) == int(seen[-1]) + 1


def test_a_stream_without_a_key_is_refused(live: Live) -> None:
    headers = {"accept": "text/event-stream"}
    assert httpx.get(f"{live.url}/api/v1/events", headers=headers).status_code == 401


def test_a_revoked_key_hears_nothing_more(tmp_path: Path) -> None:
    with serving(tmp_path) as live:
        words = [*COMMAND, "key", "create", "--json"]
        environment = {"CLEVERINVO_DATA_DIR": str(tmp_path)}
        made = subprocess.run(words, env=environment, capture_output=True, check=True)
        other = Live(live.process, live.url, json.loads(made.stdout)["apiKey"])
        create(live, "Before")
        with follow(live) as answer:
            told = blocks(answer.iter_lines())
            assert [next(told).get("id") for _ in range(2)] == [None, "1"]
            connection = choose_driver(Settings(data_dir=tmp_path)).connect()
            connection.execute("UPDATE api_keys SET revoked_at = created_at WHERE last4 = ?", (live.key[-4:],))
            connection.close()
            time.sleep(1.1)  # a key is known for a second
            create(other, "After")
            assert next((block for block in told if "id" in block), None) is None


def test_a_server_that_stops_does_not_wait_for_its_streams(tmp_path: Path) -> None:
    with serving(tmp_path) as live, follow(live) as answer:
        lines = answer.iter_lines()
        next(lines)
        started = time.monotonic()
        live.process.terminate()
        assert list(lines) == [""]
        live.process.wait(20)
        assert time.monotonic() - started < 5
