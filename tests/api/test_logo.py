"""The logo over HTTP."""

from tests.conftest import Person
from tests.rules.test_logo import SVG, picture


def test_a_logo_is_put_shown_printed_and_taken_off(alice: Person) -> None:
    put = alice.request("PUT", "/account/logo", content=picture("PNG"), headers={"content-type": "image/png"})
    assert put.status_code == 200, put.text
    assert put.json()["logoSha256"]
    shown = alice.get("/account/logo")
    assert shown.headers["content-type"] == "image/png"
    invoice = alice.sent_invoice()
    with_logo = alice.get(f"/invoices/{invoice['id']}/pdf").content
    assert b"/Subtype/Image" in with_logo
    assert alice.delete("/account/logo").status_code == 204
    assert alice.get("/account/logo").status_code == 404
    assert alice.get("/account").json()["logoSha256"] is None
    assert alice.get(f"/invoices/{invoice['id']}/pdf").content == with_logo


def test_a_drawing_is_served_where_it_can_do_nothing(alice: Person) -> None:
    drawing = SVG.format('<path d="M0 0h9"/>').encode()
    alice.request("PUT", "/account/logo", content=drawing, headers={"content-type": "image/svg+xml"})
    answer = alice.get("/account/logo")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_what_is_no_logo_is_refused(alice: Person) -> None:
    cases = [(b"{}", "application/json", 415), (b"no", "image/png", 422), (b"", "image/png", 400),
             (b"x" * (2 * 1024 * 1024 + 1), "image/png", 413)]  # fmt: skip
    for content, kind, status in cases:
        answer = alice.request("PUT", "/account/logo", content=content, headers={"content-type": kind})
        assert answer.status_code == status
