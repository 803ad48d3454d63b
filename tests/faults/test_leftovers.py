"""A killed server leaves templates and fonts behind: the next removes them, and never those that are in use."""

from pathlib import Path

import httpx
import pytest

from cleverinvo.documents.pdf.scratch import PREFIX, Scratch
from tests.live import Live, serving


def test_what_a_killed_server_left_behind_is_removed_by_the_next(tmp_path: Path) -> None:
    there = tmp_path / "tmp"
    there.mkdir()
    with serving(tmp_path / "data", TMPDIR=str(there)) as server:
        path = make_document(server)
        left = set(there.glob(f"{PREFIX}*"))
        server.process.kill()
        server.process.wait()
    assert len(left) == 1
    assert all(folder.exists() for folder in left)
    with serving(tmp_path / "data", TMPDIR=str(there)) as again:
        fetch(again, path, server.key)
        assert len(set(there.glob(f"{PREFIX}*")) - left) == 1
        assert not any(folder.exists() for folder in left)
    assert list(there.iterdir()) == []


def make_document(server: Live) -> str:
    """The path of the PDF of a new invoice, which has been made once."""
    line = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
    headers = {"authorization": f"Bearer {server.key}"}
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=60) as http:
        client = http.post("/clients", json={"name": "Acme"}).json()["id"]
        invoice = http.post("/invoices", json={"clientId": client, "lineItems": [line]}).json()["id"]
    path = f"/api/v1/invoices/{invoice}/pdf"
    fetch(server, path, server.key)
    return path


def fetch(server: Live, path: str, key: str) -> None:
    answer = httpx.get(f"{server.url}{path}", headers={"authorization": f"Bearer {key}"}, timeout=60)
    assert answer.content.startswith(b"%PDF")


def test_a_folder_in_use_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    one, other = Scratch(), Scratch()
    assert one.path.exists()
    for scratch in (one, other):
        scratch.close()
    assert list(tmp_path.iterdir()) == []
