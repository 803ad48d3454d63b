"""`listen` and `trigger`: the events of a server elsewhere, on a developer's machine."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from cleverinvo import events, remote
from tests.live import COMMAND, Live, serving
from tests.receivers import answering, eventually, in_turn, receiving

TRIGGERED_ELSEWHERE = {"invoice.deleted", "invoice.overdue", "webhook.disabled", "webhook.test"}
"""Types that need another number format, a day that passes, a receiver that fails, or a webhook."""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("remote"), CLEVERINVO_RATE_LIMIT_BUSINESS="unlimited") as server:
        yield server


def ask(live: Live, path: str) -> httpx.Response:
    return httpx.get(f"{live.url}/api/v1{path}", headers={"authorization": f"Bearer {live.key}"})


def newest(live: Live) -> int:
    return int(ask(live, "/events?types=webhook.disabled").json()["pagination"]["nextAfter"])


def trigger(live: Live, type: str, key: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, "trigger", type, "--url", live.url],
        env={**os.environ, "CLEVERINVO_API_KEY": key or live.key},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@contextmanager
def listening(live: Live, forward_to: str, *options: str, stop: bool = True) -> Iterator[tuple[str, list[str]]]:
    """`cleverinvo listen` for as long as the block lasts: the secret that it prints, and its words at the end."""
    process = subprocess.Popen(
        [*COMMAND, "listen", "--url", live.url, "--key", live.key, "--forward-to", forward_to, *options],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    )
    assert process.stdout is not None
    (secret,) = re.findall(r"whsec_\S+", process.stdout.readline())
    words: list[str] = []
    try:
        yield secret, words
    finally:
        process.terminate()
        words += process.communicate(timeout=10)[0].splitlines()


def test_events_are_passed_on_as_a_webhook_would(live: Live) -> None:
    trigger(live, "client.created")
    with receiving(in_turn(answering(500), answering())) as receiver:
        with listening(live, receiver.url, "--events", "invoice.*") as (secret, words):
            trigger(live, "invoice.sent")
            first, second = eventually(lambda: len(receiver.received) >= 2 and receiver.received)
        assert first.verify(secret)["type"] == "invoice.created"
        assert second.verify(secret)["type"] == "invoice.sent"
        assert first.body == ask(live, f"/events/{first.id}").content
    assert [re.sub(r"in \d+ ms", "", line).split()[1:] for line in words] == [
        ["invoice.created", "->", "500"],
        ["invoice.sent", "->", "200"],
    ]


def test_listening_goes_on_from_where_one_says(live: Live) -> None:
    before = newest(live)
    trigger(live, "invoice.paid")
    mine = "whsec_" + "A" * 43 + "="
    options = ("--after", str(before), "--secret", mine)
    with receiving() as receiver, listening(live, receiver.url, *options) as (secret, _):
        eventually(lambda: len(receiver.received) >= 5)
        assert secret == mine
        assert [one.verify(mine)["sequence"] for one in receiver.received] == list(range(before + 1, before + 6))


def test_a_receiver_that_is_away_is_told_of(live: Live) -> None:
    before = newest(live)
    trigger(live, "client.created")
    with receiving() as receiver:
        gone = receiver.url
    with listening(live, gone, "--after", str(before)) as (_, words), receiving() as other:
        trigger(live, "client.created")
        with listening(live, other.url, "--after", str(before)):
            eventually(lambda: len(other.received) >= 2)
    assert "no answer" in words[0]


@pytest.mark.parametrize("type", remote.RECIPES)
def test_what_is_triggered_happens(live: Live, type: str) -> None:
    before = newest(live)
    done = trigger(live, type)
    assert (done.returncode, done.stdout.startswith(f"{type} has happened, to ")) == (0, True), done.stderr
    assert type in [event["type"] for event in ask(live, f"/events?after={before}").json()["data"]]


def test_every_type_can_be_triggered_or_comes_about_elsewhere() -> None:
    assert set(remote.RECIPES) | TRIGGERED_ELSEWHERE == set(events.TYPES)


def test_what_cannot_be_done_is_told_in_one_line(live: Live, tmp_path: Path) -> None:
    away = replace(live, url="http://127.0.0.1:9")
    for done, told in [
        (trigger(live, "invoice.payed"), "choose one of client.created"),
        (trigger(live, "invoice.paid", key="ci_live_wrong"), "key"),
        (trigger(away, "invoice.paid"), "does not answer"),
    ]:
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert told in done.stderr
