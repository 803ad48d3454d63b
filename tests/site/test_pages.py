"""Settings, people, reports and documentation as pages."""

import csv
import io
import re
from typing import Any

from cleverinvo.app import ROUTES
from cleverinvo.db.schema import users
from tests.conftest import FakeClock, Person
from tests.site.conftest import OURS, PASSWORD, Surfer, invited, words
from tests.site.test_doors import rows


def test_settings_change_what_stands_on_documents(alice: Person, alices: Surfer) -> None:
    business = {"name": "Alice & Daughters", "email": "a@b.example", "taxId": "", "timeZone": "Europe/Berlin"}
    assert alices.post("/settings", business).status_code == 303
    documents = {"paymentTermsDays": "14", "layout": "classic", "currency": "EUR", "requireEInvoice": "no"}
    assert alices.post("/settings/documents", documents).status_code == 303
    numbers = {"numberFormat": "A-{seq:03}", "numbering": "onCreate"}
    assert alices.post("/settings/numbers", numbers).status_code == 303
    account = alice.get("/account").json()
    assert (account["name"], account["timeZone"]) == ("Alice & Daughters", "Europe/Berlin")
    assert (account["paymentTermsDays"], account["layout"]) == (14, "classic")
    assert alice.invoice()["invoiceNumber"] == "A-001"


def test_a_setting_that_cannot_be_is_said_and_not_saved(alice: Person, alices: Surfer) -> None:
    refused = alices.post("/settings/payment", {"iban": "DE00 <b>"})
    assert (refused.status_code, "Expected an IBAN" in refused.text) == (422, True)
    assert alices.post("/settings/documents", {"paymentTermsDays": "many"}).status_code == 422
    assert alice.get("/account").json()["iban"] is None


def test_a_logo_is_made_safe_and_shown_from_an_address_of_its_own(
    alice: Person, alices: Surfer, bobs: Surfer
) -> None:
    inside = b'<script>x</script><rect width="9" height="9"/>'
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10">%b</svg>' % inside
    sent = alices.http.post("/settings/logo", content=svg, headers={**OURS, "content-type": "image/svg+xml"})
    assert sent.status_code == 200
    path = f"/logo/{alice.get('/account').json()['logoSha256']}"
    shown = alices.get(path)
    assert b"<script" not in shown.content
    assert "sandbox" in shown.headers["content-security-policy"]
    assert bobs.get(path).status_code == 404
    headers = {**OURS, "content-type": "text/html", "x-requested-with": "fetch"}
    assert alices.http.post("/settings/logo", content=b"x", headers=headers).status_code == 422


def test_a_preview_follows_what_is_typed_and_stores_nothing(alice: Person, alices: Surfer) -> None:
    def picture(answer: Any) -> bytes:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        return bytes(answer.content)

    before = alice.get("/account").json()
    plain = picture(alices.get("/settings/preview.png"))
    other = picture(alices.get("/settings/preview.png?layout=classic&accentColor=%23aa2211&footer=&locale=de"))
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="9" height="9"/></svg>'
    headers = {**OURS, "content-type": "image/svg+xml"}
    with_logo = picture(alices.http.post("/settings/preview.png", content=svg, headers=headers))
    assert len({plain, other, with_logo}) == 3
    typed = {
        "layout": "compact",
        "accentColor": "#aa2211",
        "footer": "<b>x</b>",
        "currency": "EUR",
        "locale": "fr",
    }
    page = alices.post("/settings/documents/preview", typed).text  # the button of browsers without a script
    assert "preview.png?currency=EUR&amp;locale=fr" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert alices.get("/settings/preview.png?accentColor=red").status_code == 422
    assert alices.get("/settings/preview.png?footer=%00").status_code == 422
    assert alice.get("/account").json() == before


def test_numbers_are_audited_and_begin_where_others_ended(alice: Person, alices: Surfer) -> None:
    begun = {"document": "invoice", "next": "1042", "year": ""}
    assert alices.post("/settings/numbers/start", {**begun, "next": "x"}).status_code == 422
    assert alices.post("/settings/numbers/start", begun).status_code == 303
    assert alice.invoice()["invoiceNumber"] == "INV-1042"
    assert "The series has begun" in words(alices.post("/settings/numbers/start", begun))
    page = words(alices.get("/settings/numbers?audit=yes"))
    assert "INV-1043" in page
    assert "No gaps" in page
    assert "No gaps" not in words(alices.get("/settings/numbers"))


def test_people_are_invited_raised_and_removed_by_the_owner(
    alice: Person, alices: Surfer, new_surfer: Any
) -> None:
    page = alices.post("/settings/people/invite", {"role": "member"}).text
    (path,) = re.findall(r'id="invitation">https://invoices.example(/join/[^<]+)<', page)
    mia = new_surfer()
    fields = {"name": "Mia", "email": "mia@alice.example", "password": PASSWORD}
    assert mia.post(path, fields).status_code == 303
    assert mia.get("/clients/new").status_code == 200
    assert mia.post("/settings/people/invite", {"role": "owner"}).status_code == 403
    people = alices.get("/settings/people").text
    (user_id,) = re.findall(r"/settings/people/(usr_\w+)/remove", people)
    assert alices.post(f"/settings/people/{user_id}/role", {"role": "reader"}).status_code == 303
    assert mia.get("/clients/new").status_code == 403
    assert alices.post(f"/settings/people/{user_id}/remove").status_code == 303
    assert mia.get("/clients").headers["location"] == "/login"


def test_an_invitation_that_nobody_followed_is_seen_and_withdrawn(
    alices: Surfer, bobs: Surfer, new_surfer: Any
) -> None:
    page = alices.post("/settings/people/invite", {"role": "reader", "email": "rita@alice.example"}).text
    (path,) = re.findall(r'id="invitation">https://invoices.example(/join/[^<]+)<', page)
    page = alices.get("/settings/people").text
    assert "rita@alice.example as reader" in re.sub(r"\s*<[^>]+>\s*", " ", page)
    (withdraw,) = re.findall(r'action="(/settings/invitations/\w+/withdraw)"', page)
    assert path.rpartition("/")[2] not in page
    assert bobs.post(withdraw).status_code == 404
    assert new_surfer().get(path).status_code == 200
    assert alices.post(withdraw).status_code == 303
    assert new_surfer().get(path).status_code == 404
    assert alices.post(withdraw).status_code == 404
    assert "rita" not in alices.get("/settings/people").text


def test_one_leaves_an_account_oneself_but_not_as_its_last_owner(
    alice: Person, alices: Surfer, new_surfer: Any
) -> None:
    mia = invited(alice, new_surfer(), "member", "Mia")
    assert "This is not your password" in words(mia.post("/settings/you/leave", {"current": "wrong"}))
    left = mia.post("/settings/you/leave", {"current": PASSWORD})
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert mia.get("/overview").headers["location"] == "/login"
    assert mia.log_in("mia@alice.example").status_code == 422
    assert "needs an owner" in words(alices.post("/settings/you/leave", {"current": PASSWORD}))
    assert "mia@" not in alices.get("/settings/people").text


def test_what_somebody_may_not_change_they_cannot_type_into(
    alice: Person, alices: Surfer, new_surfer: Any
) -> None:
    mia = invited(alice, new_surfer(), "member", "Mia")
    for tab in ("", "/documents", "/numbers", "/payment", "/reminders"):
        page = mia.get(f"/settings{tab}").text
        assert "Only owners change what stands here." in page
        assert page.index("<fieldset disabled>") < page.index('method="post" action="/settings')
        assert "<fieldset disabled>" not in alices.get(f"/settings{tab}").text
    assert "<fieldset disabled>" not in mia.get("/settings/you").text


def test_browsers_are_called_by_their_names(alices: Surfer) -> None:
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
    alices.post("/login", {"email": "alice@alice.example", "password": PASSWORD}, {**OURS, "user-agent": firefox})
    assert "Firefox on Linux" in words(alices.get("/settings/you"))


def test_the_last_owner_stays(alice: Person, alices: Surfer, new_surfer: Any) -> None:
    (user,) = rows(alice.http, users)
    assert "needs an owner" in words(alices.post(f"/settings/people/{user.id}/remove"))
    assert "needs an owner" in words(alices.post(f"/settings/people/{user.id}/role", {"role": "reader"}))


def test_bobs_people_are_out_of_alices_reach(alices: Surfer, bob: Person, bobs: Surfer, new_surfer: Any) -> None:
    invited(bob, new_surfer(), "reader", "Rita")
    (user_id,) = re.findall(r"/settings/people/(usr_\w+)/remove", bobs.get("/settings/people").text)
    assert alices.post(f"/settings/people/{user_id}/remove").status_code == 404
    assert alices.post(f"/settings/people/{user_id}/role", {"role": "owner"}).status_code == 404
    assert "rita" not in alices.get("/settings/people").text


def test_a_password_is_changed_by_who_knows_the_present_one(carol: Surfer, new_surfer: Any) -> None:
    other = new_surfer()
    other.log_in("carol@ltd.example")
    wrong = carol.post("/settings/you/password", {"current": "not this", "password": "another password"})
    assert (wrong.status_code, "not your password" in wrong.text) == (422, True)
    right = {"current": PASSWORD, "password": "another password"}
    assert carol.post("/settings/you/password", right).status_code == 303
    assert carol.get("/overview").status_code == 200
    assert other.get("/overview").status_code == 303


def test_a_session_is_ended_from_another_browser(carol: Surfer, new_surfer: Any) -> None:
    other = new_surfer()
    other.log_in("carol@ltd.example")
    (path,) = re.findall(r'action="(/settings/you/sessions/ses_\w+/end)"', carol.get("/settings/you").text)
    assert carol.post(path).status_code == 303
    assert other.get("/overview").status_code == 303
    assert carol.get("/overview").status_code == 200


def test_nobody_ends_the_sessions_of_others(carol: Surfer, dave: Surfer, new_surfer: Any) -> None:
    new_surfer().log_in("dave@ltd.example")
    (path,) = re.findall(r'action="(/settings/you/sessions/ses_\w+/end)"', dave.get("/settings/you").text)
    carol.post(path)
    assert path in dave.get("/settings/you").text


def test_the_theme_is_remembered_and_nothing_else_goes_into_the_page(carol: Surfer) -> None:
    carol.post("/theme", {"theme": "dark", "back": "https://evil.example"})
    assert 'data-theme="dark"' in carol.get("/overview").text
    carol.http.cookies.set("theme", '"><script>')
    assert "<script>" not in carol.get("/login").text


def test_the_overview_adds_up(alice: Person, alices: Surfer, clock: FakeClock) -> None:
    alice.sent_invoice(dueDate="2026-02-20", issueDate="2026-02-01")
    alice.patch(f"/invoices/{alice.invoice()['id']}", {"status": "PAID"})
    alice.patch(f"/invoices/{alice.sent_invoice()['id']}", {"status": "PARTIALLY_PAID", "amountPaid": 30})
    text = words(alices.get("/overview"))
    assert "Outstanding $170.00 across 2 invoices" in text
    assert "Overdue $100.00 1 invoice , the oldest 9 days" in text
    assert "Paid this month $130.00" in text
    assert "Average time to pay 0 days" in text
    assert "February 2026 $0.00 $100.00" in text
    assert "1–30 days $100.00" in text
    clock.advance(days=31)
    alices.log_in("alice@alice.example")
    assert "$130.00 in March" in words(alices.get("/overview"))


def test_the_overview_compares_with_the_same_day_of_the_month_before(
    alice: Person, alices: Surfer, clock: FakeClock
) -> None:
    old = alice.sent_invoice(issueDate="2026-01-05")["id"]
    alice.post(f"/invoices/{old}/payments", {"amount": 20, "paidAt": "2026-02-01"})
    alice.post(f"/invoices/{old}/payments", {"amount": 5, "paidAt": "2026-02-02"})
    new = alice.sent_invoice(issueDate="2026-02-02")["id"]
    alice.post(f"/invoices/{new}/credit-notes", {"lines": [{"index": 0, "quantity": "0.5"}]})
    alice.invoice()
    text = words(alices.get("/overview"))  # on 1 March
    assert "Outstanding $125.00 across 2 invoices $45.00 more than on 1 Feb" in text
    assert "$20.00 less than by 1 Feb" in text
    alice.post(f"/invoices/{old}/payments", {"amount": 15})
    assert "Outstanding $110.00 across 2 invoices $30.00 more than on 1 Feb" in words(alices.get("/overview"))
    clock.advance(days=35)
    alices.log_in("alice@alice.example")
    text = words(alices.get("/overview"))
    assert "Outstanding $110.00 across 2 invoices the same as on 5 Mar" in text


def test_reports_agree_with_the_invoices(alice: Person, alices: Surfer, bob: Person) -> None:
    line = {"description": "x", "quantity": 1, "unitPrice": 200, "taxRate": 20}
    alice.sent_invoice(lineItems=[line])
    alice.invoice(lineItems=[line])  # a draft is nothing yet
    bob.sent_invoice(lineItems=[line])

    def report(name: str) -> list[list[str]]:
        content = alices.get(f"/reports/{name}.csv?currency=USD").content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(content)))[1:]

    assert report("taxes") == [["20", "S", "200.00", "40.00"]]
    assert report("ageing") == [["Alice's client", "240.00", "0.00", "0.00", "0.00", "0.00", "240.00"]]
    assert report("clients") == [["Alice's client", "240.00", "0.00", "240.00", "0.00"]]
    assert report("months")[-1] == ["2026-03", "0.00", "240.00"]
    assert "$40.00" in words(alices.get("/reports?from=2026-01-01&to=<b>&currency=XXX"))
    assert "No tax was billed" in words(alices.get("/reports?from=2025-01-01&to=2025-02-01"))


def test_documentation_is_open_to_everybody_and_whole(surfer: Surfer) -> None:
    plain = surfer.get("/docs/api/reference").text
    assert "<code>X-Request-Id</code>" in plain
    brief = surfer.get("/llms.txt").text
    for route in ROUTES:
        assert f"<code>{route.path}</code>" in plain, route.name
        assert f"`{route.name}`" in brief, route.name
    paths = set(re.findall(r"https://invoices\.example(/docs/[^)]+)", brief))
    assert len(paths) > 10
    for path in paths:
        assert surfer.get(path).status_code == 200, path
    for path in ("/docs/guides/..%2f..%2fREADME", "/docs/decisions/0001-rooms-and-a-ladder", "/docs/guides/x"):
        assert surfer.get(path).status_code == 404, path


def test_links_in_articles_lead_to_pages(surfer: Surfer) -> None:
    for path in set(
        re.findall(r'href="(/docs/(?:guides|reference)/[a-z-]+)"', surfer.get("/docs/api/reference").text)
    ):
        for target in re.findall(r'href="([^"#:]+)"', surfer.get(path).text.partition("<article")[2]):
            base = path.rpartition("/")[0]
            where = target if target.startswith("/") else f"{base}/{target}"
            if "README" not in where and ".." not in where:
                assert surfer.get(where).status_code in (200, 303), (path, target)
