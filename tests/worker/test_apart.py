"""Workers in processes of their own: two share the work of a server that has none, and hear of it at once."""

import asyncio
import json
import os
import statistics
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import httpx

from cleverinvo.settings import Settings
from tests.live import COMMAND, serving
from tests.receivers import Received, Receiver, answering, eventually, receiving

BATCH = 500


@contextmanager
def working(environment: dict[str, str]) -> Iterator[int]:
    """`cleverinvo worker` for as long as the block lasts; its process id, once it works."""
    command, environment = [*COMMAND, "worker"], {**os.environ, **environment}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "the worker has begun" not in process.stderr.readline():
            assert process.poll() is None
        reader = threading.Thread(target=process.stderr.read)  # a full pipe would stop it
        reader.start()
        try:
            yield process.pid
        finally:
            process.terminate()
            assert process.wait(timeout=20) in (0, -15)
            reader.join()


def test_two_workers_share_what_another_process_makes(settings: Settings) -> None:
    environment = {
        "CLEVERINVO_DATA_DIR": str(settings.data_dir),
        "CLEVERINVO_ALLOW_PRIVATE_WEBHOOKS": "true",
        "CLEVERINVO_RATE_LIMIT_BUSINESS": "unlimited",
        **({"CLEVERINVO_DATABASE_URL": settings.database_url} if settings.database_url else {}),
    }
    with ExitStack() as stack:
        server = stack.enter_context(serving(settings.data_dir, "--no-worker", **environment))
        receiver = stack.enter_context(receiving(answer_slowly))
        workers = [stack.enter_context(working(environment)) for _ in range(2)]
        headers = {"authorization": f"Bearer {server.key}"}
        http = stack.enter_context(httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=30))
        client = http.post("/clients", json={"name": "Acme"}).json()
        line = {"description": "x", "quantity": 1, "unitPrice": 1}
        invoice = {"clientId": client["id"], "lineItems": [line]}
        for _ in range(2):
            http.post("/webhooks", json={"url": receiver.url, "events": ["invoice.*"]}).raise_for_status()
        http.post("/invoices/batch", json={"invoices": [invoice] * BATCH}).raise_for_status()
        eventually(lambda: len(receiver.received) >= BATCH, seconds=30)
        assert all(is_connected(worker, receiver.port) for worker in workers)
        eventually(lambda: len(receiver.received) >= 2 * BATCH, seconds=30)
        ids = receiver.ids()
        assert len(ids) == 2 * BATCH
        assert len(set(ids)) == BATCH  # each once to each endpoint
        receiver.received.clear()
        receiver.behaviour = answering()
        for number in range(1, 11):
            http.post("/invoices", json=invoice)
            eventually(lambda number=number: len(receiver.received) >= 2 * number)
        assert statistics.median(delays(receiver)) < 0.2  # without news it would be half a second


async def answer_slowly(received: Received, writer: asyncio.StreamWriter) -> None:
    """Take a moment, in which there is something to share."""
    await asyncio.sleep(0.05)
    await answering()(received, writer)


def is_connected(process: int, port: int) -> bool:
    """Whether a process has a connection to a port of this machine."""
    sockets = {os.readlink(file) for file in Path(f"/proc/{process}/fd").iterdir()}
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(line[2].endswith(f":{port:04X}") and f"socket:[{line[9]}]" in sockets for line in lines)


def delays(receiver: Receiver) -> list[float]:
    """Seconds from the commit, which comes after `createdAt`, to the arrival."""
    created = [datetime.fromisoformat(json.loads(one.body)["createdAt"]).timestamp() for one in receiver.received]
    return [one.at - moment for one, moment in zip(receiver.received, created, strict=True)]
