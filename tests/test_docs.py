"""The documentation is whole and true: everything is on its page, links lead somewhere, and examples run."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cleverinvo import events
from cleverinvo.app import ROUTES
from cleverinvo.cli import account_app, app, key_app, user_app
from cleverinvo.errors import STATUS
from cleverinvo.settings import PREFIX, Settings
from tests.live import Live, serving

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
REFERENCE = {page.stem: page.read_text() for page in (DOCS / "reference").glob("*.md")}

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WITH_EXAMPLES = [page for page in PAGES if BLOCK.search(page.read_text())]


def test_every_setting_has_its_line() -> None:
    for name in Settings.__dataclass_fields__:
        assert f"| `{PREFIX}{name.upper()}` |" in REFERENCE["settings"]


def test_every_error_code_has_its_line_with_its_status() -> None:
    for code, status in STATUS.items():
        assert f"| `{code}` | {status} |" in REFERENCE["errors"]


def test_every_event_has_its_line() -> None:
    for type in events.TYPES:
        assert f"| `{type}` |" in REFERENCE["events"]


def test_every_endpoint_is_in_the_reference() -> None:
    everything = "\n".join(REFERENCE.values())
    for route in ROUTES:
        assert re.search(rf"{route.method} {re.escape(route.path)}(?![/\w{{])", everything), route.name


def test_every_command_has_its_line() -> None:
    names = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]
    names += [f"account {command.name}" for command in account_app.registered_commands]
    names += [f"key {command.name}" for command in key_app.registered_commands]
    names += [f"user {command.name}" for command in user_app.registered_commands]
    for name in names:
        assert f"| `cleverinvo {name}` |" in REFERENCE["command-line"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("docs"), CLEVERINVO_RATE_LIMIT_BUSINESS="unlimited") as server:
        yield server


@pytest.fixture(scope="module")
def known(live: Live) -> dict[str, str]:
    """The ids behind those that the pages use; a page may begin where a client is on file already."""
    headers = {"authorization": f"Bearer {live.key}"}
    client = httpx.post(f"{live.url}/api/v1/clients", headers=headers, json={"name": "Acme"}).json()
    return {"cli_abc123def456": client["id"], "inv_xyz789ghi012": "", "whk_k3m9p2q7w5x1": ""}


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_run_one_after_another(
    page: Path, live: Live, known: dict[str, str], tmp_path: Path
) -> None:
    """As a reader would run them: with the printed address and key, and the ids that the answers gave."""
    for block in BLOCK.findall(page.read_text()):
        command = block.replace("http://127.0.0.1:8000", live.url).replace("YOUR_API_KEY", live.key)
        for example, actual in known.items():
            command = command.replace(example, actual)
        script = command.replace("curl ", "curl --silent --show-error --fail-with-body ", 1)
        done = subprocess.run(
            ["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=20, check=False
        )
        assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
        for example in known:
            found = re.findall(rf'"id":"({example[:4]}\w+)"', done.stdout)
            known[example] = found[0] if found else known[example]


def test_the_ledger_can_be_checked_by_the_program_on_its_page(live: Live, known: dict[str, str]) -> None:
    """As an auditor would run it, and it must not be content with a ledger that was changed."""
    headers = {"authorization": f"Bearer {live.key}"}
    line = {"description": "Grüße “&” \u2028", "quantity": "1.50", "unitPrice": 100, "taxRate": 19}
    form = {"clientId": known["cli_abc123def456"], "lineItems": [line]}
    for _ in range(60):
        invoice = httpx.post(f"{live.url}/api/v1/invoices", headers=headers, json=form).json()
        httpx.patch(f"{live.url}/api/v1/invoices/{invoice['id']}", headers=headers, json={"status": "PAID"})
    (program,) = PROGRAM.findall(REFERENCE["ledger"])
    program = program.replace("http://127.0.0.1:8000", live.url)
    environment = {**os.environ, "CLEVERINVO_API_KEY": live.key}
    done = run(program, environment)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[0]) >= 120
    forged = program.replace("    count += 1\n", "    count += 1\n    entry['record']['currency'] = 'EUR'\n")
    assert "the record of entry 1 was changed" in run(forged, environment).stderr


def run(program: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
