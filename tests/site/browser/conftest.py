"""Windows of a real Chromium onto a server as its users start it, with somebody's business on it."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.live import Live, serving
from tests.postoffice import PostOffice, post_office
from tests.site.conftest import OURS, PASSWORD

QUIET: Final = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE: Final = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
PATIENCE_SECONDS: Final = 60
"""The machine may be busy. Nothing waits this long but what fails."""

EMAIL: Final = "maya@okafor.example"

expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@dataclass
class Business(Live):
    """A running server, where it keeps what it has, and the session of Maya, who owns the business on it."""

    folder: str
    session: str
    office: PostOffice
    """Where its mail arrives."""

    def post(self, path: str, body: Any) -> dict[str, Any]:
        """Make something by the API."""
        answer = httpx.post(
            f"{self.url}/api/v1/{path}", headers=self._headers, json=body, timeout=PATIENCE_SECONDS
        )
        assert answer.status_code < 300, answer.text
        return dict(answer.json())

    def patch(self, path: str, body: Any) -> dict[str, Any]:
        answer = httpx.patch(
            f"{self.url}/api/v1/{path}", headers=self._headers, json=body, timeout=PATIENCE_SECONDS
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def get(self, path: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.url}/api/v1/{path}", headers=self._headers, timeout=PATIENCE_SECONDS)
        return dict(answer.json())

    def browsing(self) -> httpx.Client:
        """Maya's browser without its window."""
        return httpx.Client(
            base_url=self.url, headers=OURS, cookies={"session": self.session}, timeout=PATIENCE_SECONDS
        )

    def link_to(self, email: str) -> str:
        """The path of the link that was mailed to an address, once it has arrived."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (places := [place for place, mail in enumerate(self.office.arrived) if email in mail.rcpt_tos]):
            assert time.monotonic() < deadline, f"no mail for {email}"
            time.sleep(0.1)
        text = self.office.read(places[-1]).get_body(("plain",)).get_content()  # type: ignore[union-attr]
        return re.findall(rf"{self.url}(/\S+)", text)[0]

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Business]:
    """A server with somebody's business on it; she logs in as maya@okafor.example."""
    folder = tmp_path_factory.mktemp("site")
    limits = {"CLEVERINVO_RATE_LIMIT_BUSINESS": "unlimited"}
    with post_office() as office, serving(folder, CLEVERINVO_SMTP_URL=office.url, **limits) as server:
        fields = {"business": "Studio Okafor", "name": "Maya Okafor", "email": EMAIL, "password": PASSWORD}
        joined = httpx.post(server.invitation, headers=OURS, data=fields, timeout=PATIENCE_SECONDS)
        assert joined.status_code == 303
        yield Business(**vars(server), folder=str(folder), session=joined.cookies["session"], office=office)


@pytest.fixture(scope="session")
def ids(live: Business) -> dict[str, str]:
    """A client, a draft, a sent invoice, and one overdue for so long that its public page is shut."""
    acme = live.post("clients", {"name": "Acme Corporation", "email": "billing@acme.example"})["id"]
    line = {"description": "Website redesign", "quantity": 1, "unitPrice": 5000, "taxRate": 20, "discountRate": 5}
    draft = live.post("invoices", {"clientId": acme, "lineItems": [line], "notes": "Thank you"})["id"]
    sent = live.post("invoices", {"clientId": acme, "lineItems": [line]})["id"]
    live.patch(f"invoices/{sent}", {"status": "SENT"})
    dates = {"issueDate": "2026-01-02", "dueDate": "2026-02-01"}
    late = live.post("invoices", {"clientId": acme, "lineItems": [line], **dates})["id"]
    live.patch(f"invoices/{late}", {"status": "SENT"})
    return {"client": acme, "draft": draft, "sent": sent, "late": late}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, started once. It ends with this folder: what drives it keeps an event loop on this thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield chromium
        chromium.close()


@contextmanager
def visiting(
    browser: Browser, live: Business, *, logged_in: bool = True, expected: str = "^$", **options: Any
) -> Iterator[Page]:
    """A window. Whatever it asks of another host, and whatever its console complains of, fails the test.

    `expected` are complaints that a test provokes: a browser tells of every status of 400 and above.
    A page that was gone to has run its scripts; where a click or a key leads on, wait for what it leads to.
    """
    context = browser.new_context(base_url=live.url, **options)
    if logged_in:
        context.add_cookies([{"name": "session", "value": live.session, "url": live.url}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_SECONDS * 1000)
    wrong: list[str] = []
    page.on("request", lambda request: _watch(request.url, live.url, wrong))
    page.on(
        "console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert [one for one in wrong if not re.search(expected, one)] == []


def _watch(url: str, home: str, wrong: list[str]) -> None:
    if not url.startswith((home, "data:", "blob:")):
        wrong.append(url)


def violations(page: Page, covered: str = "", only: str = "") -> list[str]:
    """What axe finds, as lines to read. `covered` is a rule that an open list breaks by what lies under it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"() => {{ {AXE} }}")
    chosen = {"type": "rule", "values": [only]} if only else {"type": "tag", "values": TAGS}
    found = page.evaluate("chosen => axe.run(document, {runOnly: chosen})", chosen)["violations"]
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for one in found
        for node in one["nodes"]
        if one["id"] != covered
    ]
