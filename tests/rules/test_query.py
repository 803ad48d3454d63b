"""Query strings: everything arrives as text, and is read as strictly as a body."""

from typing import Any
from urllib.parse import urlencode

import pytest

from cleverinvo.clients.forms import ListClients
from cleverinvo.errors import BadRequest, Invalid
from cleverinvo.invoices.forms import ListInvoices
from cleverinvo.web.query import FIELDS_MAX, fill_query


def test_a_query_is_filled_in() -> None:
    assert fill_query(ListClients, b"") == ListClients()
    form = fill_query(ListClients, b"page=2&limit=100&isActive=false&q=caf%C3%A9+x&email=a%40b.example")
    assert (form.page, form.limit, form.is_active, form.q, form.email) == (
        2,
        100,
        False,
        "caf\u00e9 x",
        "a@b.example",
    )
    form = fill_query(ListInvoices, b"total[gte]=1.50&issueDate%5Blte%5D=2026-03-01")
    assert (str(form.total_gte), form.issue_date_lte) == ("1.5", "2026-03-01")


@pytest.mark.parametrize(
    ("form", "query", "field"),
    [
        (ListClients, {"limit": "0"}, "limit"),
        (ListClients, {"limit": "101"}, "limit"),
        (ListClients, {"limit": "1000000000"}, "limit"),
        (ListClients, {"limit": "-1"}, "limit"),
        (ListClients, {"limit": "ten"}, "limit"),
        (ListClients, {"limit": ""}, "limit"),
        (ListClients, {"limit": "1e1"}, "limit"),
        (ListClients, {"limit": "10.0"}, "limit"),
        (ListClients, {"limit": "١"}, "limit"),
        (ListClients, {"page": "0"}, "page"),
        (ListClients, {"page": "1000001"}, "page"),
        (ListClients, {"isActive": "yes"}, "isActive"),
        (ListClients, {"sort": "name"}, "sort"),
        (ListInvoices, {"status": "OPEN"}, "status"),
        (ListInvoices, {"issueDate[gte]": "yesterday"}, "issueDate[gte]"),
        (ListInvoices, {"issueDate[gt]": "2026-03-01"}, "issueDate[gt]"),
        (ListInvoices, {"total[lte]": "1e3"}, "total[lte]"),
        (ListInvoices, {"q": " "}, "q"),
    ],
)
def test_a_query_is_read_as_strictly_as_a_body(form: Any, query: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        fill_query(form, urlencode(query).encode())
    assert [fault.field for fault in refused.value.details] == [field]


@pytest.mark.parametrize("raw", [b"q=%ff", b"q=%ED%A0%80", b"q=\xc3\xa9", b"&".join([b"q=1"] * (FIELDS_MAX + 1))])
def test_what_cannot_be_read_is_a_bad_request(raw: bytes) -> None:
    with pytest.raises(BadRequest):
        fill_query(ListClients, raw)
