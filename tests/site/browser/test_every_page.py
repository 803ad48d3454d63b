"""Every page there is, in a real Chromium: nobody is shut out, nothing comes from elsewhere, and none is heavy."""

import contextlib
import os
import re
import subprocess
import time
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route
from pysqlite3 import dbapi2 as sqlite

from cleverinvo.site.entering import HALFWAY
from cleverinvo.site.pages import PAGES
from cleverinvo.users import rules
from tests.live import COMMAND
from tests.site.browser.conftest import EMAIL, Business, violations, visiting
from tests.site.conftest import PASSWORD

WAYS: Final = {
    "/clients/import/{id}": ["/clients/import/{list}", "/clients/import/{taken}"],
    "/clients/import/{id}/failed.csv": ["/clients/import/{taken}/failed.csv"],
    "/clients/{id}": ["/clients/{client}"],
    "/clients/{id}/edit": ["/clients/{client}/edit"],
    "/clients/{id}/statement": ["/clients/{client}/statement"],
    "/clients/{id}/statement.csv": ["/clients/{client}/statement.csv"],
    "/clients/{id}/statement.pdf": ["/clients/{client}/statement.pdf?currency=USD"],
    "/credit-notes/{id}/pdf": ["/credit-notes/{note}/pdf"],
    "/credit-notes/{id}/xml": [],  # a file, of what can be an e-invoice
    "/confirm/{token}": ["{confirm}"],
    "/deliveries/{id}": ["/deliveries/{delivery}"],
    "/developers/requests/{id}": ["/developers/requests/{request}"],
    "/docs/{section}/{name}": ["/docs/guides/retainers", "/docs/reference/invoices"],
    "/invoices/{id}": ["/invoices/{draft}", "/invoices/{sent}", "/invoices/{late}"],
    "/invoices/{id}/credit": ["/invoices/{sent}/credit"],
    "/invoices/{id}/edit": ["/invoices/{draft}/edit"],
    "/invoices/{id}/letter": [],  # a mail, which is no page
    "/invoices/{id}/pdf": ["/invoices/{draft}/pdf"],
    "/invoices/{id}/send": ["/invoices/{draft}/send", "/invoices/{sent}/send"],
    "/invoices/{id}/xml": [],
    "/join/{token}": ["/join/{invitation}"],
    "/logo/{id}": ["/logo/{logo}"],
    "/mails/{id}": [],
    "/payments/{id}/pdf": ["/payments/{payment}/pdf"],
    "/reports/{name}.csv": ["/reports/taxes.csv"],
    "/reset/{token}": ["/reset/{reset}"],
    "/signup/{token}": ["{signup}"],
    "/webhooks/{id}": ["/webhooks/{webhook}"],
}
"""Where addresses with something in them lead to; those without are found by themselves."""

MORE: Final = [
    *("/invoices?q=nobody", "/invoices?status=<b>", "/invoices?currency=USD"),
    *("/i/{page}", "/i/{expired}", "/i/nothing", "/nothing"),
]
"""Other states of pages, and what is public."""

HALFWAY_TOKEN: Final = "between-password-and-code"

SCRIPTS_MAX: Final = 12 * 1024
FIRST_PAINT_MAX: Final = 60 * 1024
HEAVY: Final = {"/docs/api": "the reference to try things in is Scalar, which is as large as it is"}
WIDE, NARROW = 1440, 390
STAND_IN: Final = "document.getElementById('reference').innerHTML = '<main><h1>Theirs</h1></main>'"
"""In the place of the API reference's script: what it draws is not ours."""

ALIKE: Final = "option:nth-child(n+9), .reference section:nth-of-type(n+9)"
SHORTEN: Final = f"() => {{ for (const one of document.querySelectorAll('{ALIKE}')) one.remove(); }}"
"""Hundreds of countries and dozens of operations are all alike: a few are looked at, the others take a minute."""

COMPLAINTS: Final = r"status of (404|410)"
"""Of pages that say that there is nothing."""


class Sight(NamedTuple):
    """A page to look at, and by whom."""

    path: str
    is_inside: bool
    html: str


@pytest.fixture(scope="session")
def known(live: Business, ids: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What stands in addresses."""
    hook = live.post("webhooks", {"url": "https://hooks.okafor.example/in", "description": "Books"})["id"]
    with live.browsing() as http:
        invited = http.post("/settings/people/invite", data={"role": "member"}).text
        logo = (Path(__file__).parents[3] / "cleverinvo/site/static/mark.svg").read_bytes()
        assert http.post("/settings/logo", content=logo, headers={"content-type": "image/svg+xml"}).is_success
        lists = [upload(http, name) for name in ("list.csv", "taken.csv")]
        http.post(f"/clients/import/{lists[1]}", data={"head": "yes", "column0": "name", "column1": "email"})
        http.post("/settings/you/email", data={"email": "maya@new.example", "current": PASSWORD})
        http.post("/signup", data={"email": "new@new.example"})
        request = logged(http)
    told = subprocess.run(
        [*COMMAND, "user", "reset", "--email", EMAIL],
        env={**os.environ, "CLEVERINVO_DATA_DIR": live.folder},
        capture_output=True,
        text=True,
        check=True,
    )
    payment = live.post(f"invoices/{ids['sent']}/payments", {"amount": 10, "method": "cash"})["id"]
    note = live.post(f"invoices/{ids['sent']}/credit-notes", {"lines": [{"index": 0, "quantity": 0.1}]})["id"]
    live.post(f"invoices/{ids['sent']}/send", {})
    return {
        **ids,
        "payment": payment,
        "note": note,
        "webhook": hook,
        "delivery": live.post(f"webhooks/{hook}/test", {})["id"],
        "invitation": re.findall(r"/join/([\w-]+)<", invited)[0],
        "reset": re.findall(r"/reset/([\w-]+)", told.stdout)[0],
        "list": lists[0],
        "taken": lists[1],
        "confirm": live.link_to("maya@new.example"),
        "signup": live.link_to("new@new.example"),
        "request": request,
        "logo": live.get("account")["logoSha256"],
        "page": live.get(f"invoices/{ids['sent']}")["hostedUrl"].rpartition("/")[2],
        "expired": live.get(f"invoices/{ids['late']}")["hostedUrl"].rpartition("/")[2],
    }


def upload(http: httpx.Client, name: str) -> str:
    """The id of a list of clients, one of whom has no name."""
    sent = http.post(
        "/clients/import", files={"file": (name, b"name,email\nBolt,hi@bolt.example\n,x@x.example\n")}
    )
    return sent.headers["location"].rpartition("/")[2]


def logged(http: httpx.Client) -> str:
    """A line of the log of requests, which is written a second later."""
    while not (found := re.findall(r"/developers/requests/(log_\w+)", http.get("/developers/requests").text)):
        time.sleep(0.2)
    return str(found[0])


def halfway(live: Business) -> dict[str, str]:
    """The cookie of somebody whose password was right, and who is asked for a code."""
    with contextlib.closing(sqlite.connect(str(Path(live.folder) / "cleverinvo.sqlite3"))) as database, database:
        database.execute(
            "INSERT INTO tickets (sha256, account_id, user_id, kind, created_at, expires_at)"
            " SELECT ?, account_id, id, 'code', created_at, '2126-01-01T00:00:00.000Z' FROM users",
            (rules.digest(HALFWAY_TOKEN),),
        )
    return {HALFWAY: HALFWAY_TOKEN}


@pytest.fixture(scope="session")
def sights(live: Business, known: dict[str, str]) -> list[Sight]:
    """Every page that people see, with what stands at its address; files and lists for scripts are none."""
    found, missing = [], {"/nothing", "/i/nothing", f"/i/{known['expired']}"}
    with httpx.Client(base_url=live.url, cookies=halfway(live), timeout=60) as outside, live.browsing() as inside:
        for path, is_inside in addresses():
            path = path.format(**known)
            answer = (inside if is_inside else outside).get(path)
            assert answer.status_code == 200 or path in missing, (path, answer.status_code)
            if answer.headers["content-type"].startswith("text/html"):
                found.append(Sight(path, is_inside, answer.text))
    return found


def addresses() -> list[tuple[str, bool]]:
    """The address of every page, and whether it is behind the door."""
    shown = [(page.path, page.role is not None) for page in PAGES if page.method == "GET" and page.path != "/docs"]
    ways = [(way, is_inside) for path, is_inside in shown for way in WAYS.get(path, [path])]
    return ways + [(path, path.startswith("/invoices")) for path in MORE]


def test_every_address_leads_somewhere() -> None:
    """A page with something in its address needs a way to it in WAYS; or nobody looks at it here."""
    assert {page.path for page in PAGES if page.method == "GET" and "{" in page.path} == set(WAYS)


@pytest.mark.parametrize("half", [0, 1])
def test_every_page_is_for_everybody(browser: Browser, live: Business, sights: list[Sight], half: int) -> None:
    """WCAG 2.2 AA and best practice, no other host, no complaint, and no page wider than its window."""
    wrong = []
    for is_inside in (True, False):
        with visiting(browser, live, logged_in=is_inside, expected=COMPLAINTS, reduced_motion="reduce") as page:
            page.context.add_cookies([{"name": HALFWAY, "value": HALFWAY_TOKEN, "url": live.url}])
            page.route(re.compile(r"/vendor/scalar\.js$"), lambda route: stand_in(route, STAND_IN))
            page.route(re.compile(r"/js/docs\.js$"), lambda route: stand_in(route, ""))
            for sight in sights[half::2]:
                if sight.is_inside == is_inside:
                    wrong += look(page, sight.path)
    assert wrong == []


def stand_in(route: Route, script: str) -> None:
    route.fulfill(body=script, content_type="text/javascript")


def look(page: Page, path: str) -> list[str]:
    """What is wrong with one page, wide and narrow, in the light and in the dark.

    Between the last two only colours differ, so one of each pair is asked about nothing else.
    """
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.emulate_media(color_scheme="light")
    page.goto(path)
    wrong = [f"is wider than {width} px" for width in (WIDE, NARROW) if not fits(page, width)]
    page.evaluate(SHORTEN)
    wrong += violations(page)
    page.emulate_media(color_scheme="dark")
    wrong += violations(page, only="color-contrast")
    page.set_viewport_size({"width": WIDE, "height": 900})
    wrong += violations(page)
    page.emulate_media(color_scheme="light")
    wrong += violations(page, only="color-contrast")
    return [f"{path}: {one}" for one in wrong]


def fits(page: Page, width: int) -> bool:
    """Whether a page needs no scrolling sideways; the window stays as wide as that."""
    page.set_viewport_size({"width": width, "height": 900})
    return int(page.evaluate("document.documentElement.scrollWidth")) <= width


def test_every_page_is_light(live: Business, sights: list[Sight]) -> None:
    """At most 12 KB of scripts, and 60 KB before fonts, as they travel."""
    heavy = []
    with live.browsing() as http:
        kept: dict[str, tuple[int, str]] = {}
        for sight in sights:
            sizes = weigh(http, sight, kept)
            scripts = sum(size for url, size in sizes.items() if url.endswith(".js"))
            if scripts > SCRIPTS_MAX or sum(sizes.values()) > FIRST_PAINT_MAX:
                heavy.append((sight.path, scripts, sum(sizes.values())))
    assert [one for one in heavy if one[0] not in HEAVY] == []


def weigh(http: httpx.Client, sight: Sight, kept: dict[str, tuple[int, str]]) -> dict[str, int]:
    """Bytes of a page and of all that it shows or runs but fonts, compressed, by address."""
    waiting = [sight.path, *re.findall(r'(?:src|href)="(/(?:static|logo|i/assets)/[^"]+)"', sight.html)]
    sizes: dict[str, int] = {}
    while waiting:
        url = waiting.pop()
        if url in sizes or url.endswith(".woff2"):
            continue
        if url not in kept:
            kept[url] = _fetch(http, url)
        sizes[url], text = kept[url]
        if url.endswith(".js"):
            base = url.rpartition("/")[0]
            waiting += [f"{base}/{name}" for name in re.findall(r'(?:import|from) "\./([^"]+)"', text)]
    return sizes


def _fetch(http: httpx.Client, url: str) -> tuple[int, str]:
    """How many bytes an address sends, and what they say."""
    with http.stream("GET", url) as answer:
        answer.read()
        return answer.num_bytes_downloaded, answer.text
