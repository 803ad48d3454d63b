"""The old machine is given up: a backup, a new folder, and everything goes on where it was."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx

from tests.live import COMMAND
from tests.stories.account import line, opened


def test_a_backup_is_restored_on_a_new_machine(tmp_path: Path) -> None:
    old, new, file = tmp_path / "old", tmp_path / "new", str(tmp_path / "backup.zip")
    with opened(old) as (api, server):
        acme = api.post("/clients", json={"name": "Acme"}).json()["id"]
        sent, draft = (bill(api, acme, name) for name in ("Design", "Build"))
        api.patch(f"/invoices/{sent['id']}", json={"status": "SENT"}).raise_for_status()
        # The backup is made while the server runs.
        assert "2 invoices, 1 clients" in cleverinvo(old, "backup", file)
        # One more is written after it: it is not in the backup, and nobody claims that it is.
        bill(api, acme, "Too late")
        before = books(api)
        key = server.key

    assert "2 invoices, 1 clients" in cleverinvo(new, "restore", file)
    assert json.loads(cleverinvo(new, "verify", "--json"))["findings"] == []
    with opened(new, key) as (api, server):
        # The key, the numbers, the events and the links are those of the old machine, up to the backup.
        found = books(api)
        assert found["clients"] == before["clients"]
        assert found["invoices"] == before["invoices"][:2]
        assert found["events"] == before["events"][: len(found["events"])]
        link = api.get(f"/invoices/{sent['id']}").json()["pdfUrl"]
        assert link.partition("/storage/")[2] == sent["pdfUrl"].partition("/storage/")[2]
        assert httpx.get(link).content.startswith(b"%PDF-")
        # What was asked with a key before the move is not done again after it, and the next number follows.
        assert bill(api, acme, "Build")["id"] == draft["id"]
        assert bill(api, acme, "Next")["invoiceNumber"] == "INV-0003"


def bill(api: httpx.Client, client_id: str, description: str) -> dict[str, Any]:
    body = {"clientId": client_id, "lineItems": [line(description, 100)]}
    answer = api.post("/invoices", json=body, headers={"idempotency-key": description})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def books(api: httpx.Client) -> dict[str, list[Any]]:
    """Everything there is, in the order in which it came; without the address of the machine."""
    paths = {"clients": "/clients?sort=createdAt", "invoices": "/invoices?sort=createdAt", "events": "/events"}
    texts = {name: re.sub(r"http://127\.0\.0\.1:\d+", "", api.get(path).text) for name, path in paths.items()}
    return {name: list(json.loads(text)["data"]) for name, text in texts.items()}


def cleverinvo(folder: Path, *words: str) -> str:
    environment = {**os.environ, "CLEVERINVO_DATA_DIR": str(folder)}
    done = subprocess.run([*COMMAND, *words], env=environment, capture_output=True, text=True, check=True)
    return done.stdout
