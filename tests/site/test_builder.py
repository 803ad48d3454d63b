"""Writing invoices on a page: with and without a script, saved once, and never over somebody else's change."""

import re
from typing import Any

from cleverinvo.site import builder
from tests.conftest import Person
from tests.site.conftest import OURS, Surfer, words

FETCH = {**OURS, "x-requested-with": "fetch"}


def typed(**fields: Any) -> dict[str, Any]:
    """A form as a browser posts it; `lines` are (description, quantity, price, discount, tax)."""
    lines = fields.pop("lines", [("Consulting", "2", "50.00", "", "20"), ("", "1", "", "", "20")])
    names = ("description", "quantity", "unitPrice", "discount", "taxRate")
    columns = {f"line.{name}": [line[at] for line in lines] for at, name in enumerate(names)}
    blank = {"line.unit": [""] * len(lines), "line.taxCategory": [""] * len(lines)}
    dates = {"issueDate": "2026-03-01", "dueDate": "2026-03-31", "currency": "USD"}
    return {"action": "save", **dates, **columns, **blank, **fields}


def test_an_invoice_is_written_and_saved(alice: Person, alices: Surfer) -> None:
    answer = alices.post("/invoices/new", typed(clientId=alice.client_id, notes="Thanks", discount="10%"))
    assert answer.status_code == 303
    invoice = alice.get(answer.headers["location"].removesuffix("/edit")).json()
    assert (invoice["total"], invoice["status"], invoice["notes"]) == (108.0, "DRAFT", "Thanks")
    assert len(invoice["lineItems"]) == 1
    page = alices.get(answer.headers["location"]).text
    assert 'value="10%"' in page
    assert "$108.00" in page


def test_a_client_is_made_by_the_name_alone(alice: Person, alices: Surfer) -> None:
    answer = alices.post("/invoices/new", typed(newClient="Brand New", action="send"))
    assert answer.headers["location"].endswith("/send")
    invoice = alice.get(answer.headers["location"].removesuffix("/send")).json()
    assert invoice["status"] == "DRAFT"
    assert alice.get(f"/clients/{invoice['clientId']}").json()["name"] == "Brand New"


def test_what_is_wrong_is_said_at_its_line_and_nothing_is_stored(alice: Person, alices: Surfer) -> None:
    lines = [("", "1", "", "", ""), ("Work", "many", "5", "", ""), ("", "1", "7", "", "")]
    answer = alices.post("/invoices/new", typed(clientId=alice.client_id, lines=lines))
    assert answer.status_code == 422
    assert "Quantity: Expected a number" in words(answer)
    assert "Description: Must not be empty" in words(answer)
    assert alice.get("/invoices").json()["pagination"]["total"] == 0
    nothing = alices.post("/invoices/new", typed(lines=[("", "1", "", "", "")]))
    assert "Choose a client" in words(nothing)
    assert "an invoice needs a line" in words(nothing)
    for quantity, price in (("1", ""), ("-1", "5")):  # a line is wrong, or the whole
        early = typed(newClient="Early Bird", lines=[("Work", quantity, price, "", "")])
        assert alices.post("/invoices/new", early, headers=FETCH).status_code == 422
    assert alice.get("/clients?q=Early").json()["pagination"]["total"] == 0


def test_lines_come_go_and_move_without_a_script(alice: Person, alices: Surfer) -> None:
    lines = [("First", "1", "10", "", ""), ("Second", "1", "20", "", "")]

    def order(action: str) -> list[str]:
        page = alices.post("/invoices/new", typed(lines=lines, action=action)).text.partition("<template")[0]
        return re.findall(r'maxlength="2000"[^>]*>([^<]*)</textarea>', page)

    assert order("add_line") == ["First", "Second", ""]
    assert order("remove_line:0") == ["Second"]
    assert order("copy_line:0") == ["First", "First", "Second"]
    assert order("lower_line:0") == ["Second", "First"]
    assert order("raise_line:0") == ["First", "Second"]
    assert order("remove_line:99") == ["First", "Second"]
    assert order("") == ["First", "Second"]


def test_a_draft_saves_itself_and_says_its_version(alice: Person, alices: Surfer) -> None:
    path = f"/invoices/{alice.invoice()['id']}"
    (etag,) = re.findall(r'name="etag" value="([^"]*)"', alices.get(f"{path}/edit").text)
    fields = typed(clientId=alice.client_id, etag=etag.replace("&#34;", '"'), notes="Once")
    saved = alices.post(f"{path}/edit", fields, headers=FETCH)
    assert saved.status_code == 200
    assert saved.json()["etag"] == alice.get(path).headers["etag"]
    again = alices.post(f"{path}/edit", {**fields, "notes": "Twice"}, headers=FETCH)
    assert (again.status_code, again.json()["error"]["code"]) == (412, "PRECONDITION_FAILED")
    page = alices.post(f"{path}/edit", {**fields, "notes": "Twice"})
    assert page.status_code == 412
    assert "changed elsewhere" in page.text
    assert "Twice" in page.text
    assert alice.get(path).json()["notes"] == "Once"
    assert alices.post(f"{path}/edit", {**fields, "notes": "Mine", "action": "overwrite"}).status_code == 303
    assert alice.get(path).json()["notes"] == "Mine"


def test_what_the_builder_does_not_show_survives_it(alice: Person, alices: Surfer) -> None:
    line = {"description": "Hours", "quantity": 3, "unitPrice": "12.3456", "unit": "h", "discountAmount": 1}
    exempt = {"description": "Book", "quantity": 1, "unitPrice": 9, "taxCategory": "E"}
    before = alice.invoice(lineItems=[line, exempt], metadata={"a": "b"}, discountRate="2.5", terms="Soon")
    page = alices.get(f"/invoices/{before['id']}/edit").text
    page = re.sub("<template.*?</template>", "", page, flags=re.DOTALL)
    inputs = re.findall(r'<input[^>]* name="([^"]+)"[^>]*value="([^"]*)"', page)
    inputs += [("line.description", text) for text in re.findall(r'maxlength="2000"[^>]*>([^<]*)<', page)]
    inputs += re.findall(r'<select id="taxCategory[^"]+" name="([^"]+)">.*?"([A-Z]*)" selected', page, re.DOTALL)
    inputs += [(name, text) for name, text in re.findall(r'<textarea id="(notes|terms)"[^>]*>([^<]*)<', page)]
    fields: dict[str, Any] = {"clientId": alice.client_id, "currency": "USD"}
    for name, value in inputs:
        value = value.replace("&#34;", '"')
        fields[name] = [*fields.get(name, []), value] if name.startswith("line.") else value
    assert alices.post(f"/invoices/{before['id']}/edit", {**fields, "action": "save"}).status_code == 303
    after = alice.get(f"/invoices/{before['id']}").json()
    assert {**after, "updatedAt": ""} == {**before, "updatedAt": ""}


def test_a_sent_invoice_is_not_edited(alice: Person, alices: Surfer) -> None:
    path = f"/invoices/{alice.sent_invoice()['id']}/edit"
    assert alices.get(path).status_code == 409
    assert alices.post(path, typed(clientId=alice.client_id)).status_code == 409


def test_the_preview_is_what_the_invoice_will_be(alice: Person, alices: Surfer) -> None:
    fields = typed(clientId=alice.client_id, lines=[("<b>Work</b>\nmore", "1,5", "100", "25", "19")])
    sheet = alices.post("/invoices/preview", fields, headers=FETCH)
    assert "&lt;b&gt;Work&lt;/b&gt;" in sheet.text
    assert "$148.75" in sheet.text
    saved = alices.post("/invoices/new", fields).headers["location"]
    assert "$148.75" in words(alices.get(saved.removesuffix("/edit")))
    assert "Nobody Yet" in alices.post("/invoices/preview", typed(newClient="Nobody Yet"), headers=FETCH).text
    foolish = alices.post("/invoices/preview", typed(lines=[("x", "1", "1", "500%", "")]), headers=FETCH)
    assert (foolish.status_code, "Discount" in foolish.text) == (200, True)


def test_nobody_bills_the_clients_of_another_account(alice: Person, bob: Person, alices: Surfer) -> None:
    refused = alices.post("/invoices/new", typed(clientId=bob.client_id))
    assert (refused.status_code, "No such client" in refused.text) == (422, True)
    assert "Bob" not in alices.post("/invoices/preview", typed(clientId=bob.client_id), headers=FETCH).text
    assert "Bob" not in alices.get(f"/invoices/new?clientId={bob.client_id}").text


def test_the_field_for_clients_finds_every_client(alice: Person, alices: Surfer) -> None:
    alice.post("/clients", {"name": "Zebra", "currency": "EUR"})
    (found,) = alices.get("/clients/find?q=zeb", headers=FETCH).json()
    assert (found["name"], found["currency"]) == ("Zebra", "EUR")


def test_without_a_script_every_client_is_found_by_a_word(alice: Person, alices: Surfer, monkeypatch: Any) -> None:
    monkeypatch.setattr(builder, "CLIENTS_SHOWN", 2)
    oldest = alice.post("/clients", {"name": "Oldest Oak"}).json()["id"]
    for name in ("Elm", "Fir", "Oak"):
        alice.post("/clients", {"name": f"{name} & Co"})

    def found(text: str) -> tuple[list[str], str]:
        page = alices.post("/invoices/new", typed(find=text, action="find", notes="Kept"))
        assert "Kept" in page.text
        names = re.findall(r'<option value="cli_[^>]*>([^<]*)<', page.text)
        return names, words(page)

    assert "The hundred newest are in the list" in words(alices.get("/invoices/new"))
    names, page = found("oak")
    assert (sorted(names), "2 found" in page) == (["Oak &amp; Co", "Oldest Oak"], True)
    assert f'value="{oldest}" data-about="" data-currency="" selected' in (
        alices.post("/invoices/new", typed(find="oldest", action="find")).text
    )
    assert "Nobody on file is called that" in found("yew")[1]


def test_lines_are_offered_again_the_clients_own_first(alice: Person, bob: Person, alices: Surfer) -> None:
    other = alice.post("/clients", {"name": "Other"}).json()["id"]
    alice.invoice(lineItems=[{"description": "Mine", "quantity": 2, "unitPrice": 10, "taxRate": 5}])
    alice.invoice(clientId=other, lineItems=[{"description": "Theirs", "quantity": 1, "unitPrice": 20}])
    alice.invoice(lineItems=[{"description": "mine", "quantity": 1, "unitPrice": 11}])
    bob.invoice(lineItems=[{"description": "Bob's", "quantity": 1, "unitPrice": 20}])
    found = alices.get(f"/invoices/lines?clientId={alice.client_id}", headers=FETCH).json()
    assert [(line["description"], line["unitPrice"], line["isTheirs"]) for line in found] == [
        ("mine", "11.00", True),
        ("Theirs", "20.00", False),
    ]
    assert [line["isTheirs"] for line in alices.get(f"/invoices/lines?clientId={bob.client_id}").json()] == [
        False,
        False,
    ]


def test_an_invoice_that_tells_no_way_to_pay_is_noticed(alice: Person, alices: Surfer) -> None:
    def sheet(**fields: Any) -> str:
        return words(alices.post("/invoices/preview", typed(clientId=alice.client_id, **fields), headers=FETCH))

    assert "Nothing on it says how to pay you" in sheet()
    assert "how to pay you" not in sheet(notes="Cash, please")
    alice.patch("/account", {"iban": "DE89370400440532013000"})
    assert "how to pay you" not in sheet()


def test_what_an_e_invoice_lacks_is_said_beside_the_sheet(alice: Person, alices: Surfer) -> None:
    lines = [("Consulting", "2", "50.00", "", "")]
    form = typed(clientId=alice.client_id, lines=lines, action="preview")
    assert 'href="/settings#countryCode"' in alices.post("/invoices/preview", form, headers=FETCH).text
    alice.patch("/account", {"countryCode": "DE", "taxId": "DE123456789"})
    page = alices.post("/invoices/preview", form, headers=FETCH).text
    assert f'href="/clients/{alice.client_id}/edit#countryCode"' in page
    assert 'href="#description-0"' in page
    further = {
        "line.unit": ["hour"],
        "line.taxCategory": ["E"],
        "taxExemptionReason": "Exempt",
        "buyerReference": "42",
    }
    made = alices.post("/invoices/new", {**form, **further, "action": "save"}).headers["location"]
    invoice = alice.get(made.removesuffix("/edit")).json()
    assert (invoice["lineItems"][0]["taxCategory"], invoice["lineItems"][0]["unit"]) == ("E", "hour")
    assert (invoice["taxExemptionReason"], invoice["buyerReference"]) == ("Exempt", "42")
    alices.post(made, {**form, **further, "buyerReference": "", "action": "save"})
    assert alice.get(made.removesuffix("/edit")).json()["buyerReference"] is None
