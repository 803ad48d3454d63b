"""What goes wrong is a calm page of ours, wherever it happens; the log has under its id what is left out."""

from typing import Any

import pytest

from cleverinvo.accounts import store as accounts
from cleverinvo.documents import actions as documents
from cleverinvo.errors import Unavailable
from cleverinvo.hosting import actions as hosting
from cleverinvo.users import actions as users
from tests.conftest import Person
from tests.site.conftest import Surfer, words

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
INSIDE = "the cellar is on fire"


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a function of a room raise."""

    def break_(room: Any, name: str, trouble: Exception | None = None) -> None:
        def fail(*_: Any) -> None:
            raise trouble or RuntimeError(INSIDE)

        monkeypatch.setattr(room, name, fail)

    return break_


def said_of_bug(answer: Any, caplog: pytest.LogCaptureFixture) -> str:
    """What the page of a bug says, after a look at what all of them have in common."""
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "stylesheet" in answer.text
    assert INSIDE not in answer.text
    request_id = answer.headers["x-request-id"]
    said = words(answer)
    assert request_id in said
    (record,) = [one for one in caplog.records if request_id in one.getMessage()]
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == INSIDE
    return said


def test_a_bug_is_told_calmly_to_whoever_runs_a_business(
    alices: Surfer, broken: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken(users, "list_sessions")
    assert "Load the page again" in said_of_bug(alices.get("/settings/you"), caplog)
    broken(users, "rename")
    said = said_of_bug(alices.post("/settings/you", {"name": "Alice"}), caplog)
    assert "Look whether what you did is there before you do it again." in said
    scripted = alices.get("/settings/you", headers={"x-requested-with": "fetch", "x-request-id": "req_mine"})
    assert scripted.json()["error"]["requestId"] == scripted.headers["x-request-id"] == "req_mine"


def test_a_bug_is_told_calmly_to_their_clients(
    alice: Person, surfer: Surfer, broken: Any, caplog: pytest.LogCaptureFixture
) -> None:
    invoice = alice.sent_invoice()
    broken(documents, "find_by_link")
    said_of_bug(surfer.get(invoice["pdfUrl"], headers=BROWSER), caplog)
    program = surfer.get(invoice["pdfUrl"])
    assert program.json()["error"]["code"] == "INTERNAL_ERROR"
    broken(hosting, "find")
    for path in ("", "/pdf"):
        said = said_of_bug(surfer.get(f"{invoice['hostedUrl']}{path}"), caplog)
        assert "tell whoever sent you the link" in said


def test_a_database_that_does_not_answer_is_told_without_asking_it(alices: Surfer, broken: Any) -> None:
    broken(accounts, "get", Unavailable("The database does not answer.", 7))
    answer = alices.get("/settings/you")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert "The database does not answer." in words(answer)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *(("PUT", "/overview", 405), ("DELETE", "/i/x", 405), ("POST", "/nothing", 405)),
        *(("GET", "/i/x/pdf", 404), ("GET", "/storage/invoices/x.pdf", 404), ("GET", "/static/x/y.css", 404)),
    ],
)
def test_there_is_no_bare_answer(surfer: Surfer, method: str, path: str, status: int) -> None:
    answer = surfer.http.request(method, path, headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "stylesheet" in answer.text
    assert (status == 405) == ("allow" in answer.headers)


def test_where_a_form_was_sent_to_leads_back_to_the_form(alices: Surfer) -> None:
    for path, above in (
        ("/settings/people/invite", "/settings/people"),
        ("/webhooks/whk_1/rotate", "/webhooks/whk_1"),
        ("/settings/you/factor/begin", "/settings/you/factor"),
        ("/logout", "/"),
    ):
        assert alices.get(path).headers["location"] == above
    assert alices.get("/settings/people/nothing").status_code == 404
