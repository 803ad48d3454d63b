"""What a payment code says is what the payer's bank can read, and only what there is to pay."""

from typing import Any

import pytest

from cleverinvo.documents import transfer
from tests import papers

SWISS: dict[str, Any] = {
    "currency": "CHF",
    "payment": {"iban": "CH5800791123000889012"},
    "seller": {"country_code": "CH", "city": "Bern", "postal_code": "3011"},
}


def text_of(**paper: Any) -> list[str]:
    found = transfer.of_document(papers.document(**paper))
    assert found is not None
    return found.text.split("\n")


def test_a_qr_reference_is_the_number_in_27_digits_of_which_the_last_checks_the_others() -> None:
    # The example of the guidelines.
    assert transfer.qr_reference("21000000000313947143000901") == "210000000003139471430009017"
    assert transfer.qr_reference("INV-2026/0042").startswith("00000000000000000020260042")
    assert len(transfer.qr_reference("no digits at all")) == 27


def test_a_swiss_code_has_its_31_lines_in_the_order_of_the_guidelines() -> None:
    lines = text_of(**SWISS)
    assert len(lines) == 31
    assert lines[:6] == ["SPC", "0200", "1", "CH5800791123000889012", "S", "Nordwind Atelier GmbH"]
    assert lines[18:20] == ["11997.51", "CHF"]
    assert lines[20:27] == [
        "S",
        "Café Zürcher & Söhne SARL",
        "12 rue de l.Église",
        "",
        "67000",
        "Strasbourg",
        "FR",
    ]
    assert lines[27:] == ["NON", "", "INV-0042", "EPD"]


def test_a_swiss_code_has_letters_that_banks_there_take() -> None:
    lines = text_of(**{**SWISS, "client": {"name": "Łódź Иван 山田"}})
    assert lines[21] == "Łódź .... .."


@pytest.mark.parametrize("country", ["CH", "DE"])
def test_what_is_more_than_a_code_can_say_has_none(country: str) -> None:
    line = {"description": "x", "quantity": 1, "unitPrice": 1_000_000_000}
    paper: dict[str, Any] = SWISS if country == "CH" else {}
    assert transfer.of_document(papers.document(**paper, lines=[line])) is None
    assert transfer.of_document(papers.document(**paper, lines=[{**line, "unitPrice": 999_999_999}])) is not None


def test_nothing_is_asked_for_where_nothing_is_due() -> None:
    document = papers.document()
    assert transfer.of_document(document) is not None
    assert transfer.of_document(document._replace(stamp="VOID")) is None
    assert transfer.of_document(document._replace(paid=document.total)) is None
    assert transfer.of_document(papers.document(kind="credit_note")) is None


def test_a_payment_page_is_found_under_the_invoices_number() -> None:
    payment = {"iban": None, "payment_url": "https://pay.example/{number}?x=1"}
    document = papers.document(currency="USD", payment=payment, number="A/1 & ü")
    assert transfer.payment_address(document) == "https://pay.example/A%2F1%20%26%20%C3%BC?x=1"
