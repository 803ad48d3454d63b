"""The receivers of the guide, run as they are printed."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Person
from tests.receivers import eventually
from tests.worker.hooks import hook, settled

GUIDE = (Path(__file__).parent.parent.parent / "docs" / "guides" / "webhooks.md").read_text()
NODE = shutil.which("node")
INTERPRETERS = {"python": ("receiver.py", sys.executable), "js": ("receiver.mjs", NODE)}
NEEDS_NODE = pytest.mark.skipif(NODE is None, reason="the receiver in JavaScript needs Node.js")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.parametrize("language", ["python", pytest.param("js", marks=NEEDS_NODE)])
def test_the_receiver_of_the_guide_takes_each_event_once(alice: Person, tmp_path: Path, language: str) -> None:
    name, command = INTERPRETERS[language]
    assert command is not None
    found = re.search(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None
    (tmp_path / name).write_text(found[1])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    webhook = hook(alice, f"http://127.0.0.1:{port}/hooks", events=["invoice.*"])
    environment = {**os.environ, "WEBHOOK_SECRET": webhook["secret"], "PORT": str(port)}
    with subprocess.Popen(
        [command, tmp_path / name], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as receiver:
        eventually(lambda: listens(port))
        invoice = alice.invoice()
        (delivery,) = settled(alice, webhook, "SUCCEEDED")
        alice.post(f"/deliveries/{delivery['id']}/retry")
        eventually(lambda: alice.get(f"/deliveries/{delivery['id']}").json()["attemptCount"] == 2)
        alice.post(f"/webhooks/{webhook['id']}/rotate-secret", {"overlapHours": 0})
        alice.invoice()
        (failed,) = settled(alice, webhook, "FAILED")
        receiver.terminate()
        assert receiver.stdout is not None
        assert receiver.stdout.read() == f"invoice.created {invoice['id']}\n"
    assert failed["responseStatus"] == 400  # signed with a secret that it does not know
