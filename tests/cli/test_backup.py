"""A backup holds everything of one moment, and either database can be restored from it."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cleverinvo import backup
from cleverinvo.app import App
from cleverinvo.backup import WrongBackup
from cleverinvo.db.open import choose_driver
from cleverinvo.settings import Settings
from cleverinvo.verify import everything
from tests.conftest import PUBLIC_URL, SECRET, FakeClock, Person, TestClient

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 0h20v10z"/></svg>'


@pytest.fixture
def written(alice: Person, bob: Person, settings: Settings, tmp_path: Path) -> Path:
    """A backup of a server with something of everything."""
    alice.post("/clients", {"name": "Zürich & Söhne", "retainerAmount": 12.5, "externalId": "crm-1"})
    alice.request("PUT", "/account/logo", content=LOGO, headers={"content-type": "image/svg+xml"})
    paid = alice.sent_invoice(externalId="deal-1")
    alice.get(f"/invoices/{paid['id']}/pdf")
    alice.patch(f"/invoices/{paid['id']}", {"status": "PAID"}, headers={"idempotency-key": "k1"})
    alice.delete(f"/invoices/{alice.invoice()['id']}")
    bob.invoice(notes="Grüße")
    file = tmp_path / "backup.zip"
    backup.write(choose_driver(settings), settings, file)
    return file


def restored_into(folder: Path, file: Path, clock: FakeClock) -> TestClient:
    other = Settings(data_dir=folder, secret_key=SECRET)
    backup.restore(choose_driver(other), other, file)
    return TestClient(App(other, PUBLIC_URL, clock=clock), base_url=PUBLIC_URL)


def answers(person: Person) -> list[Any]:
    paths = ("/clients", "/invoices", "/events?limit=100", "/invoices?q=gruße", "/clients?q=sohne")
    return [person.get(path).json() for path in paths]


def sent_id(person: Person) -> str:
    return str(person.get("/invoices?externalId=deal-1").json()["data"][0]["id"])


def test_a_restored_server_answers_the_same(
    alice: Person, bob: Person, written: Path, tmp_path: Path, clock: FakeClock
) -> None:
    before = [answers(person) for person in (alice, bob)]
    files = [f"/invoices/{sent_id(alice)}/pdf", "/account/logo"]
    contents = [alice.get(path).content for path in files]
    with restored_into(tmp_path / "other", written, clock) as server:
        for person in (alice, bob):
            person.http = server
        assert [answers(person) for person in (alice, bob)] == before
        assert [alice.get(path).content for path in files] == contents
        assert alice.invoice()["invoiceNumber"] == "INV-0003"
        assert alice.events()[-1]["sequence"] == before[0][2]["data"][-1]["sequence"] + 1
        assert everything.look(Settings(data_dir=tmp_path / "other")).findings == []


def test_a_backup_can_be_restored_into_the_other_database(
    alice: Person, written: Path, other_settings: Settings, clock: FakeClock
) -> None:
    backup.restore(choose_driver(other_settings), other_settings, written)
    before, logo = answers(alice), alice.get("/account/logo").content
    with TestClient(App(other_settings, PUBLIC_URL, clock=clock), base_url=PUBLIC_URL) as server:
        alice.http = server
        assert answers(alice) == before
        assert alice.get("/account/logo").content == logo


def test_a_database_that_is_not_empty_is_left_alone(written: Path, settings: Settings) -> None:
    with pytest.raises(WrongBackup, match="not empty"):
        backup.restore(choose_driver(settings), settings, written)


def test_a_damaged_backup_restores_nothing(written: Path, tmp_path: Path, clock: FakeClock) -> None:
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(written) as whole, zipfile.ZipFile(damaged, "w") as archive:
        for name in whole.namelist():
            content = whole.read(name)
            archive.writestr(name, content.replace(b"INV-0001", b"INV-0009") if "invoices" in name else content)
    with pytest.raises(WrongBackup, match="damaged"):
        restored_into(tmp_path / "other", damaged, clock)
    other = Settings(data_dir=tmp_path / "other", secret_key=SECRET)
    connection = choose_driver(other).connect_reader()
    assert connection.execute("SELECT count(*) FROM accounts", ()).fetchone() == (0,)
    connection.close()


def test_a_damaged_document_in_a_backup_restores_nothing(written: Path, tmp_path: Path, clock: FakeClock) -> None:
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(written) as whole, zipfile.ZipFile(damaged, "w") as archive:
        for name in whole.namelist():
            archive.writestr(name, whole.read(name) + (b"x" if name.startswith("documents/") else b""))
    with pytest.raises(WrongBackup, match=r"documents/\w+\.pdf is damaged"):
        restored_into(tmp_path / "other", damaged, clock)


def test_a_backup_without_a_document_that_it_should_have_restores_nothing(
    written: Path, tmp_path: Path, clock: FakeClock
) -> None:
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(written) as whole, zipfile.ZipFile(damaged, "w") as archive:
        for name in whole.namelist():
            if not name.startswith("documents/"):
                archive.writestr(name, whole.read(name))
    with pytest.raises(WrongBackup, match="0 documents and should have 1"):
        restored_into(tmp_path / "other", damaged, clock)


def test_a_document_that_is_gone_is_told_and_the_rest_is_written(
    alice: Person, written: Path, settings: Settings
) -> None:
    (stored,) = (settings.data_dir / "documents").rglob("*.pdf")
    stored.unlink()
    contents = backup.write(choose_driver(settings), settings, written)
    assert contents.lacking == [
        f"The stored document {stored.stem} is missing from the storage; restore it from a backup."
    ]
    assert contents.documents == 0
    assert contents.rows["invoices"] == 3


def test_a_backup_has_no_key_in_it(alice: Person, written: Path) -> None:
    with zipfile.ZipFile(written) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert alice.key.encode() not in everything
    assert json.loads(zipfile.ZipFile(written).read("manifest.json"))["tables"]["invoices"]["rows"] == 3


def test_a_file_that_is_no_backup_is_told_in_one_sentence(tmp_path: Path) -> None:
    other = Settings(data_dir=tmp_path / "other")
    (tmp_path / "x.zip").write_bytes(b"not a zip")
    with pytest.raises(WrongBackup, match=r"x\.zip is not a backup"):
        backup.restore(choose_driver(other), other, tmp_path / "x.zip")
