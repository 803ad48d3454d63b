"""Working with the pages in a real Chromium: by keyboard, without a script, two at once, and nothing is lost."""

import json
import random
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, expect

from cleverinvo.errors import Invalid
from cleverinvo.invoices import totals
from cleverinvo.invoices.forms import Line
from cleverinvo.money import DIGITS
from cleverinvo.shapes import fill
from tests.site.browser.conftest import EMAIL, Business, violations, visiting
from tests.site.conftest import PASSWORD

VECTORS = json.loads((Path(__file__).parents[2] / "rules" / "money.json").read_text())


def test_open_lists_and_dialogs_are_for_everybody_too(
    browser: Browser, live: Business, ids: dict[str, str]
) -> None:
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


def test_who_logs_in_is_where_she_wanted_to_be(browser: Browser, live: Business, ids: dict[str, str]) -> None:
    with visiting(browser, live, logged_in=False) as page:
        page.goto(f"/clients/{ids['client']}")
        page.get_by_label("E-mail").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Acme Corporation")


def test_no_page_is_seen_before_it_listens(browser: Browser, live: Business, ids: dict[str, str]) -> None:
    """A key that is pressed on what one sees does what it says, however slowly the scripts came."""
    with visiting(browser, live) as page:
        held: list[Route] = []
        page.route("**/palette.js", lambda route: held.append(route))
        with page.expect_request("**/palette.js"):
            page.goto("/overview", wait_until="commit")
        expect(page.get_by_role("heading", level=1)).to_have_text("Welcome, Maya")
        page.wait_for_timeout(300)  # in which it would be painted
        held[0].continue_()
        page.evaluate("""() => new Promise((is_painted) => new PerformanceObserver((seen) => {
            if (seen.getEntriesByName("first-contentful-paint").length) is_painted();
        }).observe({ type: "paint", buffered: true }))""")
        painted, came = page.evaluate("""() => [
            performance.getEntriesByName("first-contentful-paint")[0].startTime,
            performance.getEntriesByType("resource").find((one) => one.name.endsWith("palette.js")).responseEnd,
        ]""")
        assert painted >= came
        page.keyboard.press("n")
        expect(page.get_by_role("combobox", name="Client")).to_be_visible()


def test_a_new_key_is_copied_by_a_button(browser: Browser, live: Business) -> None:
    with visiting(browser, live) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.goto("/keys")
        page.get_by_label("Name").fill("For a test")
        page.get_by_role("button", name="Create key").click()
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        copied = page.evaluate("() => navigator.clipboard.readText()")
        assert re.fullmatch(r"ci_live_\w+", copied)
        assert (
            page.evaluate("""async () => {
            Object.defineProperty(navigator, "clipboard", { value: undefined });
            document.querySelector("[data-copy]").click();
            return getSelection().toString();
        }""")
            == copied
        ), "over HTTP there is only what is selected"


def test_an_invoice_is_written_by_keyboard_alone(browser: Browser, live: Business, ids: dict[str, str]) -> None:
    with visiting(browser, live) as page:
        page.goto("/overview")
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
        page.get_by_label("To", exact=True).fill("ap@keyboard.example")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".pill").first).to_have_text("Sent")
        expect(page.get_by_role("main")).to_contain_text("$380.76")
        expect(page.get_by_role("main")).to_contain_text("ap@keyboard.example")


def test_a_mail_is_written_in_a_dialog_beside_the_letter(
    browser: Browser, live: Business, ids: dict[str, str]
) -> None:
    number = live.get(f"invoices/{ids['late']}")["invoiceNumber"]
    with visiting(browser, live) as page:
        page.goto("/overview")
        page.goto(f"/invoices/{ids['late']}")
        page.get_by_role("link", name="Send again…").click()
        dialog, letter = page.get_by_role("dialog"), page.frame_locator("iframe[name=letter]")
        expect(dialog.get_by_label("To", exact=True)).to_be_focused()
        expect(letter.get_by_role("link", name="View invoice")).to_be_visible()
        dialog.get_by_label("Message").fill("<b>Kindly</b> pay.")
        expect(letter.get_by_text("<b>Kindly</b> pay.")).to_be_visible()
        dialog.get_by_role("button", name="As plain text").click()
        expect(letter.get_by_role("heading")).to_contain_text(number)
        assert violations(page) == []
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        page.go_back()  # however often the letter was drawn
        expect(page).to_have_url(re.compile("/overview"))


def test_a_credit_adds_itself_up_as_one_types(browser: Browser, live: Business, ids: dict[str, str]) -> None:
    with visiting(browser, live) as page:
        page.goto(f"/invoices/{ids['late']}/credit")
        page.get_by_label("Credit of line 1").fill("0.2")
        expect(page.locator("#sum")).to_contain_text("$1,140.00")
        page.on("dialog", lambda dialog: dialog.dismiss())
        page.get_by_role("button", name="Credit these lines").click()
        expect(page).to_have_url(re.compile("/credit$"))


def test_a_draft_saves_itself_and_warns_of_another_hand(
    browser: Browser, live: Business, ids: dict[str, str]
) -> None:
    line = {"description": "x", "quantity": 1, "unitPrice": 1}
    draft = live.post("invoices", {"clientId": ids["client"], "lineItems": [line]})["id"]
    path = f"/invoices/{draft}/edit"
    with visiting(browser, live) as page:
        page.goto(path)
        told = listen(page)
        page.get_by_label("Notes", exact=True).fill("Mine")
        expect(page.locator("#state")).to_have_text("Saved")
        assert told() == ["Not saved yet", "Saving…", "Saved"]
        assert live.get(f"invoices/{draft}")["notes"] == "Mine"
    with visiting(browser, live, expected="status of 412") as page:
        page.goto(path)
        live.patch(f"invoices/{draft}", {"notes": "Theirs"})
        page.get_by_label("Notes", exact=True).fill("Mine again")
        expect(page.locator("#state")).to_contain_text("Changed elsewhere")
        page.get_by_role("button", name="Save draft").click()
        expect(page.get_by_role("alert")).to_contain_text("changed elsewhere")
        page.get_by_role("button", name="Keep mine").click()
        expect(page.locator("#state")).to_have_text("Saved")
    assert live.get(f"invoices/{draft}")["notes"] == "Mine again"


def listen(page: Page) -> Callable[[], list[str]]:
    """Remember every word about how a draft stands, however shortly it was shown; then tell them all."""
    page.evaluate("""() => {
        const state = document.getElementById("state");
        window.told = [];
        new MutationObserver(() => told.push(state.textContent)).observe(state, { childList: true });
    }""")

    def told() -> list[str]:
        words: list[str] = page.evaluate("told")
        return words

    return told


def test_what_was_typed_comes_back_when_the_page_was_left(
    browser: Browser, live: Business, ids: dict[str, str]
) -> None:
    def description(window: Page) -> Locator:
        return window.get_by_role("group", name="Line 1").get_by_label("Description")

    with visiting(browser, live) as page:
        page.goto("/invoices/new")
        page.keyboard.type("acme")
        page.get_by_role("option", name="Acme Corporation").click()
        page.get_by_label("Due", exact=True).fill("2031-05-06")
        description(page).fill("An hour of typing")
        page.goto("/overview")
        page.goto("/invoices/new")
        expect(description(page)).to_have_value("An hour of typing")
        expect(page.get_by_role("combobox", name="Client")).to_have_value("Acme Corporation")
        expect(page.get_by_label("Due", exact=True)).to_have_value("2031-05-06")
        other = page.context.new_page()  # has an invoice of its own, and offers this one
        other.goto("/invoices/new")
        expect(other.get_by_text("An invoice for Acme Corporation")).to_be_visible()
        expect(description(other)).to_have_value("")
        other.get_by_role("button", name="Go on with it").click()
        expect(description(other)).to_have_value("An hour of typing")
        page.get_by_role("link", name="Start afresh").click()
        expect(description(page)).to_have_value("")


def test_nothing_typed_is_lost_while_the_server_is_away(
    browser: Browser, live: Business, ids: dict[str, str]
) -> None:
    with visiting(browser, live, expected="net::ERR_INTERNET_DISCONNECTED") as page:
        page.goto("/invoices/new")
        page.keyboard.type("Away Ltd")
        page.get_by_role("option", name="Create client “Away Ltd”").click()
        line = page.get_by_role("group", name="Line 1")
        line.get_by_label("Price").fill("40")
        page.context.set_offline(True)
        line.get_by_label("Description").fill("Written in a tunnel")
        page.get_by_role("button", name="Save draft").click()
        expect(page.locator("#state")).to_contain_text("no connection. Nothing is lost")
        expect(line.get_by_label("Description")).to_have_value("Written in a tunnel")
        page.context.set_offline(False)
        page.get_by_role("button", name="Save draft").click()
        expect(page).to_have_url(re.compile("/edit$"))
        page.context.set_offline(True)
        page.get_by_label("Notes", exact=True).fill("Still in it")
        expect(page.locator("#state")).to_contain_text("Not saved: no connection")
        page.context.set_offline(False)  # and it saves itself
        expect(page.locator("#state")).to_have_text("Saved")
        path = re.sub(".*/(invoices/.*)/edit", r"\1", page.url)
        page.goto("/invoices/new")
        expect(line.get_by_label("Description")).to_have_value("")
    assert live.get(path)["notes"] == "Still in it"
    assert live.get("clients?q=Away")["pagination"]["total"] == 1


def test_what_was_billed_before_is_offered_again(browser: Browser, live: Business) -> None:
    client = live.post("clients", {"name": "Regular Ltd"})["id"]
    line = {"description": "Gardening, an hour", "quantity": 3, "unitPrice": 42.5, "taxRate": 7}
    live.post("invoices", {"clientId": client, "lineItems": [line]})
    with visiting(browser, live) as page:
        page.goto("/invoices/new")
        page.keyboard.type("regular")
        page.get_by_role("option", name="Regular Ltd").click()
        row = page.get_by_role("group", name="Line 1")
        expect(row.get_by_label("Tax %")).to_have_value("7")
        row.get_by_label("Description").focus()
        page.keyboard.type("gard")
        expect(page.get_by_role("option", name="Gardening, an hour $42.50, tax 7%")).to_be_visible()
        assert violations(page, covered="target-size") == []
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(row.get_by_label("Qty")).to_be_focused()
        page.keyboard.type("2")
        expect(page.locator("[data-sum=total]")).to_have_text("$90.95")


def test_everything_works_without_a_script(browser: Browser, live: Business, ids: dict[str, str]) -> None:
    live.post("clients", {"name": "Plain Paper Ltd", "email": "ap@plain.example"})
    with visiting(browser, live, java_script_enabled=False) as page:
        page.goto("/invoices/new")
        page.get_by_label("Find a client").fill("ap@plain")
        page.get_by_role("button", name="Find client").click()
        expect(page.get_by_label("Client", exact=True).locator("option:checked")).to_have_text("Plain Paper Ltd")
        page.get_by_role("group", name="Line 1").get_by_label("Description").fill("By hand")
        page.get_by_role("group", name="Line 1").get_by_label("Price").fill("10")
        page.get_by_role("button", name="Add line").click()
        page.get_by_role("group", name="Line 2").get_by_label("Description").fill("And on")
        page.get_by_role("group", name="Line 2").get_by_label("Price").fill("5,50")
        page.get_by_role("button", name="Save draft").click()
        expect(page.locator("[data-sum=total]")).to_have_text("$15.50")
        page.get_by_role("button", name="Send…").click()
        page.get_by_label("Message").fill("Typed by hand")
        page.get_by_role("button", name="As plain text").click()
        expect(page.frame_locator("iframe[name=letter]").get_by_text("Typed by hand")).to_be_visible()
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".pill").first).to_have_text("Sent")
        page.goto("/invoices")
        page.get_by_role("searchbox").fill("by hand")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("tbody tr")).to_have_count(1)


def test_search_shows_as_one_types_and_stands_in_the_address(
    browser: Browser, live: Business, ids: dict[str, str]
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


def test_totals_in_the_browser_are_the_servers(browser: Browser, live: Business) -> None:
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


def test_the_reference_to_try_things_in_asks_nobody_else(browser: Browser, live: Business) -> None:
    narrow = (
        r"document validation errors|^\[Object\]$"  # the script's own notion of a schema is narrower than JSON's
    )
    with visiting(browser, live, logged_in=False, expected=narrow) as page:
        page.goto("/docs/api")
        expect(page.get_by_role("heading", name="CleverInvo API")).to_be_visible()
        expect(page.get_by_text("Invoices").first).to_be_visible()
