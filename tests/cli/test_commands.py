"""The command line, run as a user runs it."""

import contextlib
import json
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from cleverinvo import __version__
from cleverinvo.settings import Settings, WrongSetting, read
from tests.live import COMMAND, serving


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        env={**os.environ, "CLEVERINVO_DATA_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_version(tmp_path: Path) -> None:
    assert run(tmp_path, "version").stdout.strip() == __version__


def test_serve_prints_a_request_that_works_when_pasted(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        pasted = f'curl --silent -H "Authorization: Bearer {server.key}" {server.url}/api/v1/clients'
        answer = subprocess.run(pasted, shell=True, capture_output=True, text=True, timeout=10, check=True)
        assert json.loads(answer.stdout)["data"] == []
        assert httpx.get(f"{server.url}/").status_code == 200
    with serving(tmp_path) as server:
        assert server.key == ""  # the first account is there already


def test_an_account_and_its_keys(tmp_path: Path) -> None:
    made = json.loads(
        run(tmp_path, "account", "create", "--name", "Acme", "--email", "a@acme.example", "--json").stdout
    )
    assert made["accountId"].startswith("acc_")
    reader = json.loads(run(tmp_path, "key", "create", "--scope", "read", "--json").stdout)
    with serving(tmp_path) as server:

        def status(key: str, method: str = "GET") -> int:
            headers = {"authorization": f"Bearer {key}"}
            return httpx.request(
                method, f"{server.url}/api/v1/clients", headers=headers, json={"name": "x"}
            ).status_code

        assert status(made["apiKey"], "POST") == 201
        assert status(reader["apiKey"]) == 200
        assert status(reader["apiKey"], "POST") == 403
    assert "never used" not in run(tmp_path, "key", "list").stdout
    assert run(tmp_path, "key", "revoke", reader["keyId"]).returncode == 0
    assert "revoked" in run(tmp_path, "key", "list").stdout
    again = run(tmp_path, "key", "revoke", reader["keyId"])
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)


def test_what_an_account_may_use_is_changed_and_listed(tmp_path: Path) -> None:
    made = json.loads(
        run(tmp_path, "account", "create", "--name", "Acme", "--email", "a@acme.example", "--json").stdout
    )
    assert run(tmp_path, "account", "tier", "free").stdout.strip() == f"{made['accountId']} is on free."
    (listed,) = json.loads(run(tmp_path, "account", "list", "--json").stdout)
    assert (listed["id"], listed["tier"]) == (made["accountId"], "free")
    assert run(tmp_path, "account", "tier", "gold").returncode != 0
    nobody = run(tmp_path, "user", "reset-totp", "--email", "nobody@acme.example")
    assert (nobody.returncode, nobody.stderr.count("\n")) == (1, 1)


def test_several_accounts_must_be_told_apart(tmp_path: Path) -> None:
    for name in ("One", "Two"):
        run(tmp_path, "account", "create", "--name", name, "--email", "x@example.com", "--tier", "free")
    refused = run(tmp_path, "key", "create")
    assert refused.returncode == 1
    assert "name one with --account" in refused.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CLEVERINVO_RATE_LIMIT_BUSINESS", "many", "expected requests/seconds such as 100/60"),
        ("CLEVERINVO_PUBLIC_URL", "invoices.example.com", "expected an address such as https://"),
        ("CLEVERINVO_DATABASE_URL", "mysql://x", "expected postgresql://"),
        ("CLEVERINVO_SECRET_KEY", "short", "needs at least 32 characters"),
        ("CLEVERINVO_SECRET_KEY_FILE", "/nowhere", "cannot be read"),
        ("CLEVERINVO_DATABSE_URL", "x", "did you mean CLEVERINVO_DATABASE_URL?"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(name: str, value: str, told: str) -> None:
    with pytest.raises(WrongSetting, match=re.escape(told)) as refused:
        read({name: value})
    assert "\n" not in str(refused.value)


def test_a_wrong_setting_stops_the_start(tmp_path: Path) -> None:
    refused = run(tmp_path, "serve", "--port", "0", CLEVERINVO_SECRET_KEY="short")
    assert refused.returncode == 1
    assert refused.stderr == "cleverinvo: CLEVERINVO_SECRET_KEY: needs at least 32 characters\n"


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with serving(tmp_path / "one") as server:
        refused = run(tmp_path / "two", "serve", "--port", server.url.rpartition(":")[2])
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1


def test_on_postgres_migrating_is_explicit(postgres_empty: Settings, tmp_path: Path) -> None:
    url = {"CLEVERINVO_DATABASE_URL": postgres_empty.database_url or ""}
    refused = run(tmp_path, "serve", "--port", "0", **url)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "run: cleverinvo migrate" in refused.stderr
    assert "now." in run(tmp_path, "migrate", **url).stdout
    assert "already." in run(tmp_path, "migrate", **url).stdout
    with serving(tmp_path, **url) as server:
        headers = {"authorization": f"Bearer {server.key}"}
        assert httpx.get(f"{server.url}/api/v1/clients", headers=headers).status_code == 200
    sound = run(tmp_path, "verify", **url)
    assert (sound.returncode, "everything is sound" in sound.stdout) == (0, True)


def test_without_a_worker_nobody_works_in_any_process(postgres_settings: Settings, tmp_path: Path) -> None:
    url = {"CLEVERINVO_DATABASE_URL": postgres_settings.database_url or ""}
    several = ("--workers", "2", "--no-worker")
    with serving(tmp_path, *several, CLEVERINVO_RATE_LIMIT_BUSINESS="unlimited", **url) as server:
        while (ready := _readiness(server.url)) is None:  # the processes start after the greeting
            time.sleep(0.05)
        assert ready["checks"] == {**ready["checks"], "database": True, "worker": False}


def _readiness(url: str) -> Any:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/readyz").json()


def test_backup_and_restore(tmp_path: Path) -> None:
    with serving(tmp_path / "one") as server:
        headers = {"authorization": f"Bearer {server.key}"}
        httpx.post(f"{server.url}/api/v1/clients", headers=headers, json={"name": "Kept"})
        assert run(tmp_path / "one", "backup", str(tmp_path / "b.zip")).returncode == 0
    assert "1 clients" in run(tmp_path / "two", "restore", str(tmp_path / "b.zip")).stdout
    assert oct((tmp_path / "b.zip").stat().st_mode)[-3:] == "600"
