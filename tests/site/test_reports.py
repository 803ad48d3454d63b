"""Reports as pages: tables that stay short, and spans that nobody means."""

import csv
import io

import pytest

from tests.conftest import Person
from tests.site.conftest import Surfer, words


def test_a_table_shows_the_largest_and_what_the_others_come_to(
    alice: Person, alices: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cleverinvo.site.reports.LINES_MAX", 1)
    for name, price in (("Small", 10), ("Smaller", 5)):
        client = alice.post("/clients", {"name": name}).json()["id"]
        line = {"description": "x", "quantity": 1, "unitPrice": price}
        alice.sent_invoice(clientId=client, lineItems=[line])
    alice.patch(f"/clients/{alice.client_id}", {"name": "Large"})
    alice.sent_invoice()
    text = words(alices.get("/reports"))
    assert "Large $100.00 – – – – $100.00 2 more clients $15.00 – – – – $15.00 Total $115.00" in text
    assert "Large $100.00 – $100.00 – 2 more clients $15.00 – $15.00 – Total $115.00" in text
    rows = list(csv.reader(io.StringIO(alices.get("/reports/clients.csv").content.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["Client", "Large", "Small", "Smaller"]


def test_a_client_has_the_name_that_it_has_now(alice: Person, alices: Surfer) -> None:
    alice.sent_invoice()
    assert "Renamed" not in words(alices.get("/reports"))
    alice.patch(f"/clients/{alice.client_id}", {"name": "Renamed"})
    assert "Renamed" in words(alices.get("/reports"))


@pytest.mark.parametrize("span", ["from=0001-01-01&to=9999-12-31", "from=9999-12-31&to=0001-01-01", "from=x&to=y"])
def test_any_span_is_answered(alice: Person, alices: Surfer, span: str) -> None:
    alice.sent_invoice()
    assert alices.get(f"/reports?{span}").status_code == 200
    assert alices.get(f"/reports/taxes.csv?{span}").status_code == 200
    assert alices.get(f"/clients/{alice.client_id}/statement?{span}").status_code == 200
