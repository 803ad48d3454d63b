"""Faults: every bad field of a form at once, in words that help, and never more of them than help."""

from typing import Any

import pytest

from cleverinvo import faults
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.clients.forms import CreateClient
from cleverinvo.errors import Fault, Invalid
from cleverinvo.faults import FAULTS_MAX, FIELD_MAX
from cleverinvo.invoices.forms import ChangeInvoice, CreateBatch, CreateInvoice

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
INVOICE = {"clientId": "cli_1", "lineItems": [LINE]}


def found(form: Any, tree: Any, **options: Any) -> dict[str, str]:
    return {fault.field: fault.message for fault in faults.find(form, tree, **options)}


def test_a_form_without_faults_has_none() -> None:
    assert found(CreateInvoice, INVOICE) == {}


def test_all_bad_fields_are_found_at_once_in_the_forms_order() -> None:
    tree = {
        "currency": "usd",
        "lineItems": [LINE, {"description": " ", "quantity": "many", "taxRate": 101}],
        "dueDate": "soon",
        "metadata": {"k": 1},
    }
    assert list(faults.find(CreateInvoice, tree)) == [
        Fault("clientId", "This field is required"),
        Fault("lineItems[1].description", "Must not be blank"),
        Fault("lineItems[1].quantity", "Expected a number such as 12.50"),
        Fault("lineItems[1].unitPrice", "This field is required"),
        Fault("lineItems[1].taxRate", "Must not be more than 100"),
        Fault("currency", "Expected an ISO 4217 currency code such as USD"),
        Fault("dueDate", "Expected a date such as 2026-03-01"),
        Fault("metadata", "Expected text"),
    ]


@pytest.mark.parametrize(
    ("form", "tree", "field", "message"),
    [
        (CreateClient, {"name": "A", "emial": "x"}, "emial", 'Unknown field; did you mean "email"?'),
        (CreateClient, {"name": "A", "tax_id": "x"}, "tax_id", 'Unknown field; did you mean "taxId"?'),
        (CreateClient, {"name": "A", "zzz": 1}, "zzz", "Unknown field"),
        (CreateClient, {"name": "A", "isActive": "yes"}, "isActive", "Expected true or false"),
        (CreateClient, {"name": None}, "name", "Expected text"),
        (CreateClient, [], "body", "Expected an object"),
        (CreateClient, None, "body", "Expected an object"),
        (CreateInvoice, {**INVOICE, "lineItems": []}, "lineItems", "Must have at least 1 item(s)"),
        (CreateInvoice, {**INVOICE, "lineItems": {}}, "lineItems", "Expected a list"),
        (CreateInvoice, {**INVOICE, "lineItems": [LINE] * 501}, "lineItems", "At most 500 items"),
        (CreateInvoice, {**INVOICE, "lineItems": [1]}, "lineItems[0]", "Expected an object"),
        (CreateInvoice, {**INVOICE, "metadata": {"": "x"}}, "metadata", "Must have at least 1 characters"),
        (CreateInvoice, {**INVOICE, "metadata": {"k": "x" * 501}}, "metadata", "At most 500 characters"),
        (
            CreateInvoice,
            {**INVOICE, "metadata": {str(n): "" for n in range(51)}},
            "metadata",
            "At most 50 pairs",
        ),
        (CreateBatch, {"invoices": [INVOICE], "mode": "all"}, "mode", "Expected one of atomic, partial"),
        (CreateBatch, {"invoices": [{"lineItems": [LINE]}]}, "invoices[0].clientId", "This field is required"),
        (
            ChangeInvoice,
            {"status": "sent"},
            "status",
            "Expected one of DRAFT, SENT, VIEWED, PARTIALLY_PAID, PAID, OVERDUE, VOID",
        ),
        (UpdateAccount, {"paymentTermsDays": 366}, "paymentTermsDays", "Must be at most 365"),
        (UpdateAccount, {"paymentTermsDays": -1}, "paymentTermsDays", "Must be at least 0"),
        (UpdateAccount, {"paymentTermsDays": "30"}, "paymentTermsDays", "Expected a whole number"),
    ],
)
def test_a_fault_is_told_in_plain_words(form: Any, tree: Any, field: str, message: str) -> None:
    assert found(form, tree) == {field: message}


def test_a_read_only_field_is_told_apart_from_an_unknown_one() -> None:
    tree = {**INVOICE, "total": 5, "status": "PAID"}
    assert found(CreateInvoice, tree, read_only={"total", "status"}) == dict.fromkeys(
        ("total", "status"), "This field is read-only"
    )


def test_of_a_thousand_faults_the_first_hundred_are_told() -> None:
    assert len(faults.find(CreateInvoice, {**INVOICE, "lineItems": [{}] * 500})) == FAULTS_MAX
    assert len(faults.find(CreateInvoice, {f"x{number}": 1 for number in range(1000)})) == FAULTS_MAX
    assert len(faults.unprintable(["\x00"] * 1000)) == FAULTS_MAX


def test_a_list_that_is_too_long_is_told_so_and_not_looked_through() -> None:
    assert found(CreateInvoice, {**INVOICE, "lineItems": [{}] * 501}) == {"lineItems": "At most 500 items"}
    assert found(ChangeInvoice, {"lineItems": [{}] * 501}) == {"lineItems": "At most 500 items"}


def test_the_name_of_a_field_is_cut_where_it_stops_helping() -> None:
    tree: Any = "\x00"
    for _ in range(300):
        tree = {"k" * 200: [tree]}
    (fault,) = faults.unprintable(tree)
    assert len(fault.field) <= FIELD_MAX
    assert [len(fault.field) <= FIELD_MAX for fault in faults.find(CreateClient, {"x" * 10_000: 1})]


@pytest.mark.parametrize(
    ("tree", "fields"),
    [
        ({"a": "line\nline\ttab\r", "é": "ß€😀\u200d\u00a0"}, []),
        ({"a": "\x00"}, ["a"]),
        ({"a": ["ok", {"b": "\ud800"}]}, ["a[1].b"]),
        ({"\x1f": "ok"}, ["\ufffd"]),
        ({"a": "\x7f", "b": "\ufffe", "c": "\uffff", "d": "\x0b"}, ["a", "b", "c", "d"]),
        ("\x00", ["body"]),
    ],
)
def test_text_that_cannot_be_stored_is_found_wherever_it_stands(tree: Any, fields: list[str]) -> None:
    assert [fault.field for fault in faults.unprintable(tree)] == fields


def test_a_query_field_given_twice_is_named_once() -> None:
    assert list(faults.repeated([("a", "1"), ("b", "1"), ("a", "2"), ("a", "3")])) == [
        Fault("a", "Was given more than once")
    ]


def test_one_missing_field_reads_as_in_the_guide_and_several_are_listed() -> None:
    one = Fault("clientId", "This field is required")
    assert Invalid([one]).message == "clientId is required"
    assert Invalid([Fault("currency", "Expected x")]).message == "currency: Expected x"
    assert Invalid([one, Fault("b", "y")]).message == "2 fields are invalid: clientId, b"
