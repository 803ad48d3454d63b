"""Whatever is typed stands on the pages as it was typed, and nothing of it runs: all texts in all fields."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, get_args, get_origin, get_type_hints

import pytest
from playwright.sync_api import Browser, expect

from cleverinvo import shapes
from cleverinvo.accounts.forms import PaymentUrl, TimeZone, UpdateAccount
from cleverinvo.accounts.numbering import NumberFormat
from cleverinvo.app import App
from cleverinvo.clients.forms import CreateClient, UpdateClient
from cleverinvo.credit_notes.forms import IssueCreditNote
from cleverinvo.db.engine import Database
from cleverinvo.db.schema import mails
from cleverinvo.db.schema import users as people
from cleverinvo.invoices.forms import ChangeInvoice, ClientId, CreateInvoice, Line
from cleverinvo.mail.forms import Recipients, SendInvoice
from cleverinvo.paging import Window
from cleverinvo.payments.forms import RecordPayment
from cleverinvo.reminders.forms import Remind, SetReminderText
from cleverinvo.settings import Settings
from cleverinvo.shapes import Form, Pattern, Text
from cleverinvo.site.keys import CreateKey
from cleverinvo.site.pages import PAGES
from cleverinvo.users import actions as users
from cleverinvo.users.forms import (
    ChangeEmail,
    ChangeUser,
    GiveEmail,
    Invite,
    Join,
    OpenAccount,
    Password,
    SignUp,
    UserEmail,
)
from cleverinvo.webhooks.forms import CreateWebhook, Headers, UpdateWebhook
from cleverinvo.webhooks.rules import Outcome, ReceivedResponse
from tests import dispatching
from tests.conftest import PUBLIC_URL, QUICK, FakeClock, Person, TestClient
from tests.site.browser.conftest import Business, visiting
from tests.site.conftest import OURS, Surfer
from tests.site.test_doors import rows

SHORT_MAX: Final = 99
"""Texts are packed into lines of that length: one fits into the shortest of the fields, two into most of them."""

LONG_MAX: Final = 2 * SHORT_MAX + 1

PAYLOADS: Final = [
    re.sub("‹([0-9a-f]+)›", lambda found: chr(int(found[1], 16)), line)
    for line in Path(__file__).with_name("payloads.txt").read_text().split("\n")
    if line and not line.startswith("#")
]

KEPT: Final[Mapping[type[Form], frozenset[str]]] = {
    UpdateAccount: frozenset(
        {
            *("name", "email", "address", "street", "postal_code", "city", "tax_id", "legal_registration_id"),
            *("phone", "contact_name", "electronic_address", "bank_name", "payment_url", "footer"),
        }
    ),
    CreateClient: frozenset(
        {
            *("name", "email", "address", "tax_id", "phone", "external_id", "metadata", "street", "postal_code"),
            *("city", "electronic_address", "legal_registration_id", "buyer_reference"),
        }
    ),
    CreateInvoice: frozenset(
        {
            *("notes", "terms", "purchase_order", "buyer_reference", "tax_exemption_reason", "external_id"),
            "metadata",
        }
    ),
    Line: frozenset({"description", "unit"}),
    RecordPayment: frozenset({"reference", "note"}),
    IssueCreditNote: frozenset({"reason"}),
    SendInvoice: frozenset({"subject", "message"}),
    SetReminderText: frozenset({"subject", "message"}),
    Remind: frozenset({"subject", "message"}),
    CreateWebhook: frozenset({"url", "description", "headers"}),
    CreateKey: frozenset({"name"}),
    ChangeUser: frozenset({"name"}),
    ChangeEmail: frozenset({"email"}),
}
"""The fields that are filled with everything below. A new field belongs here, and into `Author`."""

SAME: Final[Mapping[type[Form], Mapping[str, type[Form]]]] = {
    UpdateClient: dict.fromkeys(KEPT[CreateClient], CreateClient),
    ChangeInvoice: dict.fromkeys(KEPT[CreateInvoice], CreateInvoice),
    UpdateWebhook: dict.fromkeys(KEPT[CreateWebhook], CreateWebhook),
    SignUp: {"business": UpdateAccount, "name": ChangeUser, "email": ChangeEmail},
    OpenAccount: {"business": UpdateAccount, "name": ChangeUser},
    Join: {"business": UpdateAccount, "name": ChangeUser, "email": ChangeEmail},
    Invite: {"email": ChangeEmail},
    GiveEmail: {"email": ChangeEmail},
}
"""Fields that fill the same columns as those of another form."""

COMPARED: Final = {
    *("LogIn.email", "LogIn.password", "ChangePassword.current", "ChangeEmail.current", "ProvePassword.current"),
    "EnterCode.code",
}
"""Fields that are compared with something, and not kept."""

CLOSED: Final = (ClientId, NumberFormat, Password, Recipients, TimeZone)
"""Kinds that keep no mark, or are never shown."""


def fields_for_texts(form: type[Form]) -> set[str]:
    """The fields of a form that could keep any of the texts."""
    hints = get_type_hints(form, include_extras=True)
    return {name for name, hint in hints.items() if any(map(_keeps_marks, _kinds(hint)))}


def _kinds(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and get_origin(hint) is None:
        yield hint
    for inner in get_args(hint):
        yield from _kinds(inner)


def _keeps_marks(kind: type) -> bool:
    if issubclass(kind, CLOSED) or (kind is not PaymentUrl and issubclass(kind, Pattern)):
        return False
    return kind is str or issubclass(kind, (Text, Headers))


def forms() -> Iterator[type[Form]]:
    """Every form whose content is kept; lists are only asked for."""
    waiting = list(Form.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        is_twin = form.__module__ == shapes.__name__  # of a form, made to be read faster
        if form.__module__.startswith("cleverinvo.") and not is_twin and not issubclass(form, Window):
            yield form


def test_every_field_that_keeps_a_text_is_tried() -> None:
    kept = {form: fields_for_texts(form) for form in forms()}
    missing = {
        f"{form.__name__}.{name}"
        for form, names in kept.items()
        for name in names - KEPT.get(form, set()) - set(SAME.get(form, {}))
    }
    assert missing - COMPARED == set()


def packed() -> list[str]:
    """All texts in as few lines as they fit into."""
    lines: list[str] = []
    for text in sorted(PAYLOADS, key=len, reverse=True):
        for place, line in enumerate(lines):
            if len(line) + 1 + len(text) <= SHORT_MAX:
                lines[place] = f"{line} {text}"
                break
        else:
            lines.append(text)
    return [line.strip() for line in lines]


def couples() -> Iterator[tuple[str, str]]:
    """All lines, two by two."""
    lines = packed()
    return zip(lines[::2], [*lines[1::2], *lines[: len(lines) % 2]], strict=True)


class Shown(NamedTuple):
    """A page, and what must be on it, word for word and so many times at least."""

    path: str
    html: str
    texts: tuple[tuple[str, int], ...] = ()


class Author:
    """Types two lines into every field there is, and reads the pages that show them.

    A field that takes only one of them is filled twice: with the second on the way to a draft, with the first for
    a sent invoice.
    """

    def __init__(self, person: Person, surfer: Surfer, database: Database) -> None:
        self._person, self._surfer, self._database = person, surfer, database
        self._hook = self._take(person.post("/webhooks", {"url": "https://hooks.example"}))["id"]

    def write(self, first: str, second: str) -> Iterator[Shown]:
        self._fill_account(second, first)
        yield self._show("/settings", (second, 8), (first, 5))
        yield self._show("/settings/reminders", (second, 2))
        other = self._fill_client(second, first)
        draft = self._bill(other, second, first)
        self._fill_account(first, second)
        client = self._fill_client(first, second)
        sent = self._person.patch(f"/invoices/{self._bill(client, first, second)}", {"status": "SENT"}).json()
        both = f"{first} {second}"
        self._follow(sent["id"], both)
        for line in (first, second):
            letter = {"to": "ap@client.example", **reminding(line)}
            self._take(self._person.post(f"/invoices/{sent['id']}/remind", letter))
        yield self._show(f"/clients/{other}", (second, 6), (first, 4))
        yield self._show(f"/clients/{other}/edit", (second, 9), (first, 5))
        yield self._show(f"/invoices/{draft}", (second, 5), (first, 4))
        yield self._show(f"/invoices/{draft}/edit", (second, 5), (first, 4))
        for path, times in (
            (f"/clients/{client}", 4),
            (f"/clients/{client}/edit", 5),
            (f"/invoices/{sent['id']}", 4),
            (f"/invoices/{sent['id']}/send", 1),
            (f"/invoices/{sent['id']}/credit", 2),
            (f"/clients/{client}/statement", 1),
            ("/settings", 5),
            ("/settings/documents", 1),
            ("/settings/payment", 1),
            ("/settings/you", 2),
            ("/webhooks", 1),
            (f"/webhooks/{self._hook}", 0),
            (sent["hostedUrl"], 4),
        ):
            yield self._show(path, (both, times))
        yield self._show("/settings/reminders", (first, 2))

    def _show(self, path: str, *texts: tuple[str, int]) -> Shown:
        return Shown(path, self._read(path), texts)

    def everything_else(self) -> Iterator[Shown]:
        """The pages that show many at once, as far back as they go."""
        for page in PAGES:
            if page.method == "GET" and "{" not in page.path:
                yield from self._leaf(page.path)
        delivery = f"/deliveries/{self._deliver()}"
        yield self._show(delivery, (packed()[0], 1))
        self._person.http.portal.call(self._person.http.app.recorder.flush)  # type: ignore[union-attr, attr-defined]
        for asked in re.findall(r'href="(/developers/requests/[^"]+)"', self._read("/developers/requests"))[:10]:
            yield Shown(asked, self._read(asked))
        table = io.StringIO("Name;Mail;Street;City;Note\n")
        table.seek(0, io.SEEK_END)
        csv.writer(table, delimiter=";").writerows([line] * 5 for line in packed())
        file = {"file": (f"{packed()[0]}.csv", table.getvalue().encode())}
        trial = self._surfer.http.post("/clients/import", files=file, headers=OURS)
        yield Shown("/clients/import/{id}", trial.text)
        for mail in rows(self._person.http, mails):
            yield Shown("a letter", mail.html)
        everything = "\n".join(PAYLOADS)
        for path in ("/login", "/clients/new", "/invoices/new", "/webhooks", "/keys", "/settings/you"):
            fields = dict.fromkeys(
                ("email", "name", "description", "notes", "url", "line.description"), everything
            )
            yield Shown(f"{path} refused", self._surfer.post(path, fields).text)
        for path in ("/invoices?q=", "/clients?q=", "/invoices?status=", "/overview?currency=", "/reports?from="):
            for line in packed()[::10]:
                yield Shown(
                    path, self._surfer.get(path.split("?")[0], params={path.split("?")[1][:-1]: line}).text
                )

    def _leaf(self, path: str) -> Iterator[Shown]:
        """A page, and all that come after it."""
        while path:
            answer = self._surfer.get(path)
            if answer.headers.get("content-type", "").startswith("text/html"):
                yield Shown(path, answer.text)
            older = re.search(r'rel="next" href="([^"]+)"', answer.text)
            path = older[1].replace("&amp;", "&") if older else ""

    def _read(self, path: str) -> str:
        answer = self._surfer.get(path)
        assert answer.status_code == 200, (path, answer.text)
        return str(answer.text)

    def _fill_account(self, first: str, second: str) -> None:
        line = f"{first} {second}"
        texts = filled(UpdateAccount, first, second)
        ascii_only = "".join(character for character in line if "!" <= character <= "~")
        self._take(self._person.patch("/account", {**texts, "paymentUrl": f"https://pay.example/{ascii_only}"}))
        assert self._surfer.post("/settings/you", {"name": line}).status_code == 303
        address = UserEmail.read(f"{line.replace(' ', '/')}@x.example")
        step = {"days": 7, "texts": [{"language": "en", **reminding(first)}]}
        self._take(self._person.put("/account/reminders", {"steps": [step]}))
        me, *_ = rows(self._person.http, people)
        self._person.http.portal.call(self._database.write, users.change_email, me.account_id, me.id, address)
        assert self._surfer.post("/keys", {"name": line}).status_code == 200
        inside = "".join(re.findall(r"[A-Za-z0-9._~!$&'()*+,;=:@/-]", line))
        headers = {"x-'`|~": ascii_only or "x"}
        hook = {"url": f"https://hooks.example/{inside}", "description": line, "headers": headers}
        self._take(self._person.patch(f"/webhooks/{self._hook}", hook))

    def _fill_client(self, first: str, second: str) -> str:
        body = {**filled(CreateClient, first, second), "metadata": {first[:40]: first, second[:40]: second}}
        return str(self._take(self._person.post("/clients", body))["id"])

    def _bill(self, client: str, first: str, second: str) -> str:
        texts = filled(CreateInvoice, first, second)
        del texts["externalId"]
        item = {**filled(Line, first, second), "quantity": 1, "unitPrice": 100}
        metadata = {first[:40]: first, second[:40]: second}
        body = {**texts, "clientId": client, "lineItems": [item, item], "metadata": metadata}
        return str(self._take(self._person.post("/invoices", body))["id"])

    def _follow(self, invoice: str, line: str) -> None:
        """What comes after sending: mail, payment, credit note."""
        to = {"to": "ap@client.example", "subject": line, "message": line}
        self._take(self._person.post(f"/invoices/{invoice}/send", to))
        self._take(
            self._person.post(f"/invoices/{invoice}/payments", {"amount": 1, "reference": line, "note": line})
        )
        taken_back = {"reason": line, "lines": [{"index": 1, "quantity": 1}]}
        self._take(self._person.post(f"/invoices/{invoice}/credit-notes", taken_back))

    def _deliver(self) -> str:
        """A delivery that was answered with everything."""
        parcel, *_ = dispatching.take_all(self._person, self._database)
        body = "\n".join(PAYLOADS)
        response = ReceivedResponse(status=500, headers=[("x-answer", line) for line in packed()], body=body)
        outcome = Outcome(self._database.clock(), 3, {"webhook-id": "evt_1"}, response, packed()[0])
        dispatching.settle(self._person, self._database, parcel, outcome=outcome)
        return parcel.delivery_id

    @staticmethod
    def _take(answer: Any) -> Any:
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


def reminding(line: str) -> dict[str, str]:
    """What a reminder says; braces that are no placeholders are written twice."""
    return dict.fromkeys(("subject", "message"), line.replace("{", "{{").replace("}", "}}"))


def filled(form: type[Form], first: str, second: str) -> dict[str, str]:
    """The fields of a form by their names on the wire, with both lines, or with the first where no more fits.

    Those that are no plain text are left out.
    """
    names = dict(zip(form.__struct_fields__, form.__struct_encode_fields__, strict=True))
    hints = get_type_hints(form, include_extras=True)
    lengths = {
        name: min(kind.MAX for kind in _kinds(hints[name]) if issubclass(kind, Text)) for name in plain(form)
    }
    return {names[name]: f"{first} {second}" if most >= LONG_MAX else first for name, most in lengths.items()}


def plain(form: type[Form]) -> frozenset[str]:
    return KEPT[form] - {"metadata", "headers", "url", "payment_url"}


JUDGE: Final = """async (pages) => {
    const wrong = [];
    const strangers = "iframe:not([sandbox='']), object, embed, base, meta[http-equiv], script, math, "
        + "style:not([nonce])";
    const schemes = /^[\\u0000-\\u0020]*(javascript|vbscript|data:text|data:image.svg.xml,)/i;
    for (const [path, html, texts] of pages) {
        const page = new DOMParser().parseFromString(html, "text/html");
        for (const one of page.querySelectorAll(strangers)) wrong.push(`${path}: ${one.outerHTML.slice(0, 200)}`);
        const seen = [page.documentElement.textContent];
        for (const one of page.querySelectorAll("*")) {
            if (one.value) seen.push(one.value);
            for (const { name, value } of one.attributes)
                if (name.startsWith("on") || (/href|src|action|data$/.test(name) && schemes.test(value)))
                    wrong.push(`${path}: ${name}=${value.slice(0, 200)}`);
        }
        const all = seen.join("\\n");
        for (const [text, times] of texts) {
            const found = all.split(text).length - 1;
            if (found < times) wrong.push(`${path}: stands there ${found} times, not ${times}: ${text}`);
        }
    }
    const frame = document.createElement("iframe");
    frame.srcdoc = pages.map(([, html]) => html).join("");
    await new Promise((done) => {
        frame.onload = () => setTimeout(done, 20);
        document.body.append(frame);
    });
    frame.remove();
    return wrong;
}"""
"""Reads pages as a browser does, and looks for what none of ours has; then lets them run, all in one frame."""

TOGETHER: Final = 25
OWN_FILES: Final = re.compile(
    r'<(?:link|script|img)[^>]*(?:href|src)="/(?:static|logo|i/assets)/[^>]*>(?:</script>)?'
)
"""What a page loads, which is what it is without: it would only take time."""

OWN_CHOICES: Final = re.compile(
    r"(?:<option(?: value=\"[\w/+-]*\")?(?: selected)?>[^<>\"'&]{1,60}</option>\s*){9,}"
)
"""Hundreds of countries, currencies and time zones, in which nothing that was typed stands."""


def judge(browser: Browser, pages: list[Shown], together: int = TOGETHER) -> list[str]:
    """What is wrong with pages once Chromium has taken them in, without any policy to protect them."""
    wrong: list[str] = []
    page = browser.new_page()
    page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
    page.on("request", lambda request: wrong.append(f"a request: {request.url}"))
    page.expose_function("hacked", lambda *_: wrong.append("something ran"))
    page.goto("about:blank")
    for first in range(0, len(pages), together):
        some = pages[first : first + together]
        wrong += page.evaluate(
            JUDGE, [(one.path, OWN_CHOICES.sub("", OWN_FILES.sub("", one.html)), *one[2:]) for one in some]
        )
    page.close()
    return wrong


@pytest.fixture
def server(settings: Settings, clock: FakeClock) -> Iterator[TestClient]:
    """A server whose worker is the test."""
    app = App(settings, PUBLIC_URL, clock=clock, seconds=clock.seconds, hasher=QUICK, with_worker=False)
    with TestClient(app, base_url=PUBLIC_URL, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("kind", ["sqlite"])
def test_nothing_that_is_kept_runs(browser: Browser, alice: Person, alices: Surfer, database: Database) -> None:
    author = Author(alice, alices, database)
    pages = [shown for couple in couples() for shown in author.write(*couple)]
    pages += author.everything_else()
    assert judge(browser, pages) == []


CARELESS: Final = (
    "<p>{}</p>",
    '<p title="{}">x</p>',
    "<p title='{}'>x</p>",
    "<p title={}>x</p>",
    "<textarea>{}</textarea>",
    '<a href="{}">x</a>',
    "<style nonce=x>a {{ color: {} }}</style>",
)


@pytest.mark.parametrize("page", CARELESS)
def test_a_careless_page_is_found_out(browser: Browser, page: str) -> None:
    assert judge(browser, [Shown("careless", "".join(page.format(text) for text in PAYLOADS))])


def test_nothing_runs_that_a_script_shows(browser: Browser, live: Business) -> None:
    """Clients to choose from, what is found, and the sheet that is drawn while one types."""
    for line in packed():
        live.post("clients", {"name": line, "email": line})
    with visiting(browser, live) as page:
        ran: list[str] = []
        page.expose_function("hacked", lambda *_: ran.append("something ran"))
        page.goto("/invoices/new")
        page.get_by_role("combobox", name="Client").click()
        page.keyboard.type("onerror")
        expect(page.get_by_role("option", name="onerror=hacked").first).to_be_visible()
        page.keyboard.press("Enter")
        line = page.get_by_role("group", name="Line 1")
        line.get_by_label("Price").fill("1")
        for text in packed()[::20]:
            line.get_by_label("Description").fill(text)
            expect(page.locator("#sheet")).to_contain_text(text)
        page.keyboard.press("Control+k")
        page.keyboard.type("hacked")
        expect(page.get_by_role("listbox", name="Results").get_by_text("hacked").nth(4)).to_be_visible()
        page.goto("/clients")
        page.get_by_role("searchbox").fill("svg")
        expect(page.locator("tbody tr").first).to_contain_text("svg")
        assert ran == []
