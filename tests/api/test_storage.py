"""Where documents are kept: a folder, and a bucket of a server that speaks S3."""

import hashlib
import os
import urllib.request
import warnings
from collections.abc import Iterator
from pathlib import Path

import obstore
import pytest

from cleverinvo.documents.storage import Bucket, Disk, Storage, choose
from cleverinvo.errors import Damaged, Unavailable
from cleverinvo.settings import Settings, WrongSetting, read

CONTENT = b"%PDF-1.7 a document"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server of our own; the address of a bucket on it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from moto.server import ThreadedMotoServer

        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/invoices", method="PUT")).close()
        yield f"s3://id:secret@invoices/kept/here?region=us-east-1&endpoint={endpoint}"
        server.stop()


@pytest.fixture(params=["disk", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "disk":
        return choose(Settings(data_dir=tmp_path))
    return choose(Settings(data_dir=tmp_path, storage_url=request.getfixturevalue("s3")))


def test_what_is_kept_is_there_under_its_hash(storage: Storage) -> None:
    assert storage.keep(CONTENT) == SHA256
    assert storage.keep(CONTENT) == SHA256
    assert storage.fetch(SHA256) == CONTENT


def test_what_is_missing_is_told(storage: Storage) -> None:
    with pytest.raises(Damaged, match="missing"):
        storage.fetch("0" * 64)


def test_what_is_forgotten_is_gone_and_may_be_forgotten_again(storage: Storage) -> None:
    storage.keep(CONTENT)
    for _ in range(2):
        storage.forget(SHA256)
    with pytest.raises(Damaged, match="missing"):
        storage.fetch(SHA256)


def test_what_was_altered_is_told(tmp_path: Path, s3: str) -> None:
    disk = Disk(tmp_path)
    disk.keep(CONTENT)
    path = tmp_path / SHA256[:2] / SHA256[2:4] / f"{SHA256}.pdf"
    path.write_bytes(CONTENT + b"!")
    with pytest.raises(Damaged, match="altered"):
        disk.fetch(SHA256)
    bucket = Bucket(s3)
    bucket.keep(CONTENT)
    obstore.put(bucket._store, f"{SHA256[:2]}/{SHA256[2:4]}/{SHA256}.pdf", b"other")
    with pytest.raises(Damaged, match="altered"):
        bucket.fetch(SHA256)


def test_a_file_appears_only_when_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Unavailable, match="No space left"):
        Disk(tmp_path).keep(CONTENT)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_server_that_does_not_answer_is_an_outage_not_a_loss() -> None:
    bucket = Bucket("s3://id:secret@invoices?region=us-east-1&endpoint=http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        bucket.fetch(SHA256)
    with pytest.raises(Unavailable):
        bucket.keep(CONTENT)


@pytest.mark.parametrize("url", ["http://bucket", "s3://", "s3://bucket?regoin=eu", "/srv/documents"])
def test_a_wrong_address_stops_the_start(url: str) -> None:
    with pytest.raises(WrongSetting, match="CLEVERINVO_STORAGE_URL"):
        read({"CLEVERINVO_STORAGE_URL": url})
