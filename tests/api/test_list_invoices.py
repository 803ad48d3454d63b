"""GET /invoices"""

from itertools import combinations
from typing import Any, get_args

import pytest

from cleverinvo.invoices.rules import Status
from tests.api import expect
from tests.conftest import FakeClock, Person


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [invoice["id"] for invoice in answer.json()["data"]]


def find(alice: Person, **params: Any) -> list[str]:
    found = alice.get("/invoices", params={"limit": 100, **params})
    assert found.json()["pagination"]["total"] == len(found.json()["data"])
    return ids(found)


@pytest.fixture
def of_every_status(alice: Person, clock: FakeClock) -> dict[str, list[str]]:
    """Ids of invoices by status, reached in every way there is; those that fall due tomorrow are overdue then."""
    soon, late = {"dueDate": "2026-03-01"}, {"dueDate": "2026-03-02"}
    nothing = [{"description": "Free", "quantity": 0, "unitPrice": 1}]

    def move(invoice: dict[str, Any], *changes: dict[str, Any]) -> str:
        for change in changes:
            assert alice.patch(f"/invoices/{invoice['id']}", change).status_code == 200
        return str(invoice["id"])

    view, pay = {"status": "VIEWED"}, {"status": "PAID"}
    part = {"status": "PARTIALLY_PAID", "amountPaid": 40}
    made = {
        "DRAFT": [move(alice.invoice(**soon)), move(alice.invoice(**late))],
        "SENT": [move(alice.sent_invoice(**late))],
        "VIEWED": [move(alice.sent_invoice(**late), view)],
        "PARTIALLY_PAID": [move(alice.sent_invoice(**late), part), move(alice.sent_invoice(**late), view, part)],
        "PAID": [
            move(alice.invoice(**soon), pay),
            move(alice.sent_invoice(**late), part, pay),
            move(alice.sent_invoice(lineItems=nothing, **soon)),
        ],
        "OVERDUE": [
            move(alice.sent_invoice(**soon)),
            move(alice.sent_invoice(**soon), view),
            move(alice.sent_invoice(**soon), part),
        ],
        "VOID": [
            move(alice.invoice(**soon), {"status": "VOID"}),
            move(alice.sent_invoice(**soon), {"status": "VOID"}),
            move(alice.sent_invoice(lineItems=nothing, **soon), {"status": "VOID"}),
        ],
    }
    clock.advance(days=1)
    return made


def test_a_status_finds_what_has_it_and_nothing_else(alice: Person, of_every_status: dict[str, list[str]]) -> None:
    assert set(of_every_status) == set(get_args(Status))
    for status, made in of_every_status.items():
        found = alice.get(f"/invoices?status={status}").json()["data"]
        assert {invoice["status"] for invoice in found} == {status}
        assert sorted(invoice["id"] for invoice in found) == sorted(made)


def test_statuses_with_commas_are_any_of_them(alice: Person, of_every_status: dict[str, list[str]]) -> None:
    for one, other in combinations(of_every_status, 2):
        assert sorted(find(alice, status=f"{other},{one}")) == sorted(
            of_every_status[one] + of_every_status[other]
        )
    assert len(find(alice, status=",".join(of_every_status))) == sum(map(len, of_every_status.values()))


def test_filters_narrow_the_list_together(alice: Person) -> None:
    other = alice.post("/clients", {"name": "Other"}).json()["id"]
    march = alice.invoice(issueDate="2026-03-10", dueDate="2026-04-10", externalId="a")["id"]
    april = alice.invoice(issueDate="2026-04-10", dueDate="2026-05-10", clientId=other)["id"]
    euro = alice.invoice(issueDate="2026-04-10", dueDate="2026-06-10", currency="EUR")["id"]
    assert find(alice, clientId=other) == [april]
    assert find(alice, currency="EUR") == [euro]
    assert find(alice, externalId="a") == [march]
    assert find(alice, **{"issueDate[gte]": "2026-03-10", "issueDate[lte]": "2026-03-10"}) == [march]
    assert find(alice, **{"issueDate[gte]": "2026-03-11"}) == [euro, april]
    assert find(alice, **{"dueDate[lte]": "2026-05-10"}) == [april, march]
    assert find(alice, **{"dueDate[gte]": "2026-05-10", "currency": "USD"}) == [april]
    assert find(alice, clientId="cli_nobody") == []


def test_a_total_is_compared_in_each_currencys_own_units(alice: Person) -> None:
    made = {
        currency: alice.invoice(
            currency=currency, lineItems=[{"description": "x", "quantity": 1, "unitPrice": price}]
        )["id"]
        for currency, price in (("JPY", 100), ("USD", "100.00"), ("KWD", "100.001"), ("CLF", "99.9999"))
    }

    def currencies(**bounds: Any) -> set[str]:
        found = set(find(alice, **bounds))
        return {currency for currency, id in made.items() if id in found}

    assert currencies(**{"total[gte]": 100}) == {"JPY", "USD", "KWD"}
    assert currencies(**{"total[gte]": "100.0001"}) == {"KWD"}
    assert currencies(**{"total[lte]": 100}) == {"JPY", "USD", "CLF"}
    assert currencies(**{"total[lte]": "99.9999"}) == {"CLF"}
    assert currencies(**{"total[gte]": "99.5", "total[lte]": "100.0005"}) == {"JPY", "USD", "CLF"}


def test_words_find_an_invoice_as_soon_as_it_was_answered(alice: Person) -> None:
    invoice = alice.invoice(notes="Merci beaucoup", purchaseOrder="PO/77", externalId="deal-9")["id"]
    for _ in range(3):
        alice.invoice()
    for words in ("inv-0001", "0001", "1 merci", "BEAU", "po 77", "deal", "consulting merci"):
        assert find(alice, q=words) == [invoice], words
    assert len(find(alice, q="alice's client")) == 4
    assert find(alice, q="eaucoup") == []
    alice.patch(f"/invoices/{invoice}", {"notes": "Danke"})
    assert find(alice, q="merci") == []
    assert find(alice, q="danke") == [invoice]


def test_a_client_that_is_renamed_brings_its_invoices_along(alice: Person) -> None:
    draft, sent = alice.invoice()["id"], alice.sent_invoice()["id"]
    alice.patch(f"/clients/{alice.client_id}", {"name": "Renamed Ltd"})
    assert find(alice, q="renamed") == [sent, draft]
    other = alice.post("/clients", {"name": "Unrelated"}).json()["id"]
    alice.patch(f"/invoices/{draft}", {"clientId": other})
    assert find(alice, q="renamed") == [sent]
    assert find(alice, q="unrelated") == [draft]


def test_the_list_is_in_order_of_creation_or_of_issue(alice: Person) -> None:
    days = ["2026-03-03", "2026-03-01", "2026-03-03", "2026-03-02"]
    made = [alice.invoice(issueDate=day)["id"] for day in days]
    by_day = [made[n] for n in (1, 3, 0, 2)]
    assert find(alice) == made[::-1]
    assert find(alice, sort="createdAt") == made
    assert find(alice, sort="issueDate") == by_day
    assert find(alice, sort="-issueDate") == by_day[::-1]


@pytest.mark.parametrize("sort", ["createdAt", "-createdAt", "issueDate", "-issueDate"])
@pytest.mark.parametrize("filters", [{}, {"status": "DRAFT", "q": "consulting"}])
def test_a_cursor_walks_through_all_in_any_order(alice: Person, sort: str, filters: dict[str, str]) -> None:
    for day in (3, 1, 3, 2, 2, 3, 1):
        alice.invoice(issueDate=f"2026-03-0{day}")
    expected, seen, cursor = find(alice, sort=sort, **filters), [], None
    while True:
        page = alice.get(
            "/invoices",
            params={"limit": 2, "sort": sort, "cursor": cursor, **filters}
            if cursor
            else {"limit": 2, "sort": sort, **filters},
        )
        seen += ids(page)
        cursor = page.json()["pagination"]["nextCursor"]
        if cursor is None:
            break
    assert seen == expected
    assert len(seen) == 7


def test_an_invoice_in_a_list_is_the_invoice_itself(alice: Person) -> None:
    invoice = alice.sent_invoice(
        lineItems=[{"description": "x", "quantity": 3, "unitPrice": "0.333", "taxRate": 19}]
    )
    (listed,) = expect.exact(alice.get("/invoices"))["data"]
    assert listed == expect.exact(alice.get(f"/invoices/{invoice['id']}"))


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=101", ["limit"]),
        ("status=sent", ["status"]),
        ("status=SENT,", ["status"]),
        ("currency=usd", ["currency"]),
        ("issueDate[gte]=2026-02-30&dueDate[lte]=x", ["issueDate[gte]", "dueDate[lte]"]),
        ("issueDate=2026-02-03", ["issueDate"]),
        ("total[gte]=-1", ["total[gte]"]),
        ("total[gte]=1e3", ["total[gte]"]),
        ("sort=total", ["sort"]),
        ("cursor=inv_nowhere", ["cursor"]),
        ("customer=x", ["customer"]),
    ],
)
def test_what_cannot_be_asked_is_refused(alice: Person, query: str, fields: list[str]) -> None:
    expect.refusal(alice.get(f"/invoices?{query}"), "VALIDATION_ERROR", *fields)
