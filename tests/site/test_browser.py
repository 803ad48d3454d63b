"""The pages in a real Chromium: nobody is shut out, nothing comes from elsewhere, nothing typed runs."""

import json
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cleverinvo.errors import Invalid
from cleverinvo.invoices import totals
from cleverinvo.invoices.forms import Line
from cleverinvo.money import DIGITS
from cleverinvo.shapes import fill
from tests.live import Live, serving
from tests.site.conftest import PASSWORD

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync"]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
expect.set_options(timeout=20_000)  # the machine may be busy
VECTORS = json.loads((Path(__file__).parent.parent / "rules" / "money.json").read_text())

HOSTILE = [
    "<script>hacked()</script>",
    '"><img src=x onerror=hacked()>',
    "'><svg onload=hacked()>",
    "</textarea><script>hacked()</script>",
    "</title><script>hacked()</script>",
    "</option></select><img src=x onerror=hacked()>",
    "javascript:hacked()",
    "{{ hacked() }}${hacked()}<%= hacked() %>",
    "<iframe srcdoc='<script>parent.hacked()</script>'>",
    "<a href='javascript:hacked()'>x</a>",
    "<math><mtext><style><img src=x onerror=hacked()></style>",
    "&lt;img src=x onerror=hacked()&gt;",
    "\u2028<img src=x onerror=hacked()>\u202e",
    "`-hacked()-`",
    "<details open ontoggle=hacked()>",
]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server with somebody's business on it; she logs in as maya@okafor.example."""
    folder = tmp_path_factory.mktemp("site")
    with serving(folder, CLEVERINVO_RATE_LIMIT_BUSINESS="unlimited") as server:
        fields = {"business": "Studio Okafor", "name": "Maya Okafor", "email": "maya@okafor.example"}
        joined = httpx.post(
            server.invitation,
            headers={"sec-fetch-site": "same-origin"},
            data={**fields, "password": PASSWORD},
            timeout=30,
        )
        assert joined.status_code == 303
        yield server


@pytest.fixture(scope="module")
def ids(live: Live) -> dict[str, str]:
    """A client, a draft, and an overdue invoice."""
    acme = api(live, "clients", {"name": "Acme Corporation", "email": "billing@acme.example"})
    line = {"description": "Website redesign", "quantity": 1, "unitPrice": 5000, "taxRate": 20, "discountRate": 5}
    draft = api(live, "invoices", {"clientId": acme, "lineItems": [line], "notes": "Thank you"})
    dates = {"issueDate": "2026-01-02", "dueDate": "2026-02-01"}
    late = api(live, "invoices", {"clientId": acme, "lineItems": [line], **dates})
    headers = {"authorization": f"Bearer {live.key}"}
    httpx.patch(f"{live.url}/api/v1/invoices/{late}", headers=headers, json={"status": "SENT"}, timeout=30)
    return {"client": acme, "draft": draft, "late": late}


def api(live: Live, path: str, body: Any) -> str:
    headers = {"authorization": f"Bearer {live.key}"}
    answer = httpx.post(f"{live.url}/api/v1/{path}", headers=headers, json=body, timeout=30)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Chromium. It ends with its test: what drives it keeps an event loop of its own on this thread."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield chromium
        chromium.close()


@contextmanager
def visiting(
    browser: Browser, live: Live, *, logged_in: bool = True, expected: str = "^$", **options: Any
) -> Iterator[Page]:
    """A window. Whatever it asks of another host, and whatever its console complains of, fails the test.

    `expected` are complaints that a test provokes: a browser tells of every status of 400 and above.
    """
    context = browser.new_context(base_url=live.url, **options)
    page = context.new_page()
    page.set_default_timeout(15_000)
    wrong: list[str] = []
    page.on("request", lambda request: _watch(request.url, live.url, wrong))
    page.on(
        "console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    if logged_in:
        page.goto("/login")
        page.get_by_label("E-mail").fill("maya@okafor.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Welcome")
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


OUTSIDE = ["/", "/signup", "/login", "/forgot", "/docs/api/reference", "/docs/guides/retainers"]
INSIDE = [
    *("/overview", "/invoices", "/invoices?q=nobody", "/invoices/{draft}", "/invoices/{late}", "/invoices/new"),
    *("/invoices/{draft}/edit", "/clients", "/clients/{client}", "/clients/new", "/keys", "/settings"),
    *("/settings/documents", "/settings/payment", "/settings/people", "/settings/you", "/reports"),
    *("/settings/numbers?audit=yes", "/settings/plan", "/settings/you/factor", "/clients/import"),
    *("/developers/requests", "/developers/usage"),
]


@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_is_for_everybody(browser: Browser, live: Live, ids: dict[str, str], width: int) -> None:
    """WCAG 2.2 AA and best practice, no other host, no complaint, and no page wider than its window."""
    size = {"width": width, "height": 900}
    with visiting(browser, live, logged_in=False, viewport=size) as page:
        for path in OUTSIDE:
            look(page, path, width)
    with visiting(browser, live, viewport=size) as page:
        for path in INSIDE:
            look(page, path.format(**ids), width)


def look(page: Page, path: str, width: int) -> None:
    """One page, in the light and in the dark; only colours differ between the two."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.goto(path)
    assert violations(page) == [], path
    page.emulate_media(color_scheme="dark")
    assert violations(page, only="color-contrast") == [], f"{path} in the dark"
    assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_open_lists_and_dialogs_are_for_everybody_too(browser: Browser, live: Live, ids: dict[str, str]) -> None:
    with visiting(browser, live) as page:
        page.goto("/invoices/new")
        page.get_by_role("combobox", name="Client").click()
        page.keyboard.type("acm")
        expect(page.get_by_role("option", name="Acme Corporation")).to_be_visible()
        assert violations(page, covered="target-size") == []
        page.keyboard.press("Escape")
        page.get_by_label("Line 1: more").click()
        assert violations(page, covered="target-size") == []
        page.keyboard.press("Control+k")
        page.keyboard.type("acme")
        expect(page.get_by_role("option", name=re.compile("INV-0001"))).to_be_visible()
        assert violations(page) == []
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/clients/cli_"))


def test_an_invoice_is_written_by_keyboard_alone(browser: Browser, live: Live, ids: dict[str, str]) -> None:
    with visiting(browser, live) as page:
        page.keyboard.press("n")
        expect(page.locator("client-field input")).to_be_visible()
        page.get_by_role("combobox", name="Client").focus()
        page.keyboard.type("Keyboard Co")
        expect(page.get_by_role("option", name="Create client “Keyboard Co”")).to_be_visible()
        page.keyboard.press("Enter")
        first = page.get_by_role("group", name="Line 1")
        first.get_by_label("Description").focus()
        for text in ("Design", "3", "99.99", "10%", "19"):
            page.keyboard.press("Control+a")
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        expect(page.locator("[data-sum=total]")).to_have_text("$321.26")
        expect(page.locator("#sheet")).to_contain_text("$321.26")
        expect(page.locator("#sheet")).to_contain_text("Keyboard Co")
        first.get_by_label("Price").focus()
        page.keyboard.press("Enter")
        second = page.get_by_role("group", name="Line 2")
        expect(second.get_by_label("Description")).to_be_focused()
        page.keyboard.type("Travel")
        second.get_by_label("Price").fill("50")
        page.keyboard.press("Alt+ArrowUp")
        expect(page.get_by_role("group", name="Line 1").get_by_label("Description")).to_have_value("Travel")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".pill").first).to_have_text("Sent")
        expect(page.get_by_role("main")).to_contain_text("$380.76")


def test_a_draft_saves_itself_and_warns_of_another_hand(browser: Browser, live: Live, ids: dict[str, str]) -> None:
    draft = api(
        live,
        "invoices",
        {"clientId": ids["client"], "lineItems": [{"description": "x", "quantity": 1, "unitPrice": 1}]},
    )
    headers = {"authorization": f"Bearer {live.key}"}
    path = f"{live.url}/api/v1/invoices/{draft}"
    with visiting(browser, live) as page:
        page.goto(f"/invoices/{draft}/edit")
        page.get_by_label("Notes", exact=True).fill("Mine")
        expect(page.locator("#state")).to_have_text("Not saved yet")
        expect(page.locator("#state")).to_have_text("Saved")
        assert httpx.get(path, headers=headers).json()["notes"] == "Mine"
    with visiting(browser, live, expected="status of 412") as page:
        page.goto(f"/invoices/{draft}/edit")
        httpx.patch(path, headers=headers, json={"notes": "Theirs"})
        page.get_by_label("Notes", exact=True).fill("Mine again")
        expect(page.locator("#state")).to_contain_text("Changed elsewhere")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_role("alert")).to_contain_text("changed elsewhere")
        page.get_by_role("button", name="Keep mine").click()
        expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
    assert httpx.get(path, headers=headers).json()["notes"] == "Mine again"


def test_what_was_typed_comes_back_when_the_page_was_left(
    browser: Browser, live: Live, ids: dict[str, str]
) -> None:
    with visiting(browser, live) as page:
        page.goto("/invoices/new")
        page.get_by_role("group", name="Line 1").get_by_label("Description").fill("An hour of typing")
        expect(page.locator("#state")).to_have_text("Kept in this browser")
        page.goto("/overview")
        page.goto("/invoices/new")
        expect(page.get_by_role("group", name="Line 1").get_by_label("Description")).to_have_value(
            "An hour of typing"
        )


def test_everything_works_without_a_script(browser: Browser, live: Live, ids: dict[str, str]) -> None:
    with visiting(browser, live, java_script_enabled=False) as page:
        page.goto("/invoices/new")
        page.get_by_label("Client", exact=True).select_option("Acme Corporation")
        page.get_by_role("group", name="Line 1").get_by_label("Description").fill("By hand")
        page.get_by_role("group", name="Line 1").get_by_label("Price").fill("10")
        page.get_by_role("button", name="Add line").click()
        page.get_by_role("group", name="Line 2").get_by_label("Description").fill("And on")
        page.get_by_role("group", name="Line 2").get_by_label("Price").fill("5,50")
        page.get_by_role("button", name="Save draft").click()
        expect(page.locator("[data-sum=total]")).to_have_text("$15.50")
        page.get_by_role("button", name="Mark as sent").click()
        expect(page.locator(".pill").first).to_have_text("Sent")
        page.goto("/invoices")
        page.get_by_role("searchbox").fill("by hand")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("tbody tr")).to_have_count(1)


def test_search_shows_as_one_types_and_stands_in_the_address(
    browser: Browser, live: Live, ids: dict[str, str]
) -> None:
    with visiting(browser, live) as page:
        page.goto("/invoices")
        page.get_by_role("searchbox").fill("zzzz")
        expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
        expect(page).to_have_url(re.compile(r"\?q=zzzz"))
        page.get_by_role("searchbox").fill("redesign")
        expect(page.locator("tbody tr").first).to_be_visible()


def typed(line: dict[str, Any]) -> dict[str, str]:
    """A line of a test case as it would be typed."""
    discount = f"{line['discountRate']}%" if "discountRate" in line else str(line.get("discountAmount", ""))
    names = ("quantity", "unitPrice", "taxRate", "taxCategory")
    return {"discount": discount, **{name: str(line.get(name, "")) for name in names}}


def test_totals_in_the_browser_are_the_servers(browser: Browser, live: Live) -> None:
    """Every case of the shared file, and a thousand more, to the last unit."""
    cases = [case for case in VECTORS if "expected" in case] + list(random_cases(1_000))
    asked = [
        {
            "lines": [typed(line) for line in case["invoice"]["lineItems"]],
            "discount": typed(case["invoice"])["discount"],
            "digits": DIGITS[case["invoice"]["currency"]],
        }
        for case in cases
    ]
    with visiting(browser, live, logged_in=False) as page:
        page.goto("/")
        script = re.sub(
            r"/[^/]+$", "/js/money.js", page.locator("link[href$='app.css']").get_attribute("href") or ""
        )
        answers = page.evaluate(
            """async ([script, cases]) => {
                const { price, plain } = await import(script);
                return cases.map(({ lines, discount, digits }) => {
                    const { amounts, ...sums } = price(lines, discount, digits);
                    const texts = Object.entries(sums).map(([name, minor]) => [name, plain(minor, digits)]);
                    return { amounts: amounts.map((minor) => plain(minor, digits)), ...Object.fromEntries(texts) };
                });
            }""",
            [script, asked],
        )
    for case, answer in zip(cases, answers, strict=True):
        expected = {name: case["expected"][name] for name in answer}
        assert answer == expected, case


def random_cases(how_many: int) -> Iterator[dict[str, Any]]:
    """Invoices of all kinds with what the server makes of them: takings back, discounts, rates, currencies."""
    chance = random.Random(11)
    while how_many:
        currency = chance.choice(["USD", "JPY", "KWD", "CLF"])
        lines = [random_line(chance) for _ in range(chance.randrange(1, 9))]
        rate = chance.choice([None, None, "12.5", "33.3333", "100"])
        try:
            made = [fill(Line, {"description": "x", **line}) for line in lines]
            priced = totals.price(currency, made, Decimal(rate) if rate else None)
        except Invalid:
            continue
        how_many -= 1
        document = {"discountRate": rate} if rate else {}
        yield {
            "invoice": {"currency": currency, "lineItems": lines, **document},
            "expected": {
                "amounts": [format(item.amount, "f") for item in priced.line_items],
                **{
                    wire: format(getattr(priced, name), "f")
                    for wire, name in (
                        ("subtotal", "subtotal"),
                        ("discountTotal", "discount_total"),
                        ("taxTotal", "tax_total"),
                        ("total", "total"),
                    )
                },
            },
        }


def random_line(chance: random.Random) -> dict[str, Any]:
    line = {
        "quantity": str(chance.choice([1, 2, 7, -1, -3, "0.333333", "1.5", 1000])),
        "unitPrice": chance.choice(["0.01", "9.99", "0.3333", "100", "123456.7891", "5"]),
    }
    if chance.random() < 0.7:
        line["taxRate"] = chance.choice(["0", "7", "19", "20", "8.875", "100"])
    if chance.random() < 0.4:
        line["discountRate"] = chance.choice(["5", "10", "33.3333", "100"])
    return line


def test_nothing_that_was_typed_runs(browser: Browser, live: Live) -> None:
    """Every hostile text in every field, on every page that shows it."""
    fields = ("name", "email", "address", "taxId", "phone", "street", "city", "postalCode")
    paths = ["/overview", "/clients", "/invoices", "/keys", "/settings", "/settings/people"]
    for text in HOSTILE:
        single = text.replace("\u2028", " ")
        client = api(live, "clients", dict.fromkeys(fields, single))
        lines = [{"description": text, "quantity": 1, "unitPrice": 1, "unit": single}]
        notes = {"notes": text, "terms": text, "purchaseOrder": single}
        invoice = api(live, "invoices", {"clientId": client, "lineItems": lines, **notes})
        paths += [
            f"/clients/{client}",
            f"/clients/{client}/edit",
            f"/invoices/{invoice}",
            f"/invoices/{invoice}/edit",
        ]
    paths += [f"/invoices?q={httpx.QueryParams({'q': text})['q']}" for text in HOSTILE[:3]]
    with visiting(browser, live) as page:
        ran: list[str] = []
        page.expose_function("hacked", lambda: ran.append(page.url))
        for path in paths:
            page.goto(path)
        page.goto("/invoices/new")
        page.get_by_role("combobox", name="Client").click()
        page.keyboard.type("script")
        page.wait_for_timeout(400)
        page.keyboard.press("Control+k")
        page.keyboard.type("hacked")
        page.wait_for_timeout(400)
        assert ran == []


def test_the_reference_to_try_things_in_asks_nobody_else(browser: Browser, live: Live) -> None:
    narrow = (
        r"document validation errors|^\[Object\]$"  # the script's own notion of a schema is narrower than JSON's
    )
    with visiting(browser, live, logged_in=False, expected=narrow) as page:
        page.goto("/docs/api")
        expect(page.get_by_role("heading", name="CleverInvo API")).to_be_visible(timeout=20_000)
        expect(page.get_by_text("Invoices").first).to_be_visible()


def test_pages_are_light(live: Live, ids: dict[str, str]) -> None:
    """At most 12 KB of scripts, and 60 KB before fonts, as they travel."""
    with httpx.Client(base_url=live.url, headers={"sec-fetch-site": "same-origin"}, follow_redirects=True) as http:
        http.post("/login", data={"email": "maya@okafor.example", "password": PASSWORD})
        for path in ("/overview", "/invoices", f"/invoices/{ids['draft']}/edit"):
            size, scripts = weigh(http, path)
            assert scripts <= 12 * 1024, (path, scripts)
            assert size <= 60 * 1024, (path, size)


def weigh(http: httpx.Client, path: str) -> tuple[int, int]:
    """Bytes of a page with its styles and scripts, and of the scripts alone, compressed."""
    sizes: dict[str, int] = {}

    def fetch(url: str) -> str:
        with http.stream("GET", url) as answer:
            sizes[url] = sum(map(len, answer.iter_raw()))
        return http.get(url).text

    html = fetch(path)
    for url in re.findall(r'(?:src|href)="(/static/[^"]+\.(?:js|css))"', html):
        text = fetch(url)
        base = url.rpartition("/")[0]
        for name in re.findall(r'(?:import|from) "\./([^"]+)"', text):
            fetch(f"{base}/{name}")
    return sum(sizes.values()), sum(size for url, size in sizes.items() if url.endswith(".js"))
