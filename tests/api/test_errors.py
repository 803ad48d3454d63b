"""Refusals: the guide's envelope for every status, with all that is wrong at once and nothing of the inside."""

from typing import Any

import pytest

from cleverinvo.app import ROUTES
from cleverinvo.db.engine import Database
from cleverinvo.errors import STATUS, Unavailable
from tests.api import expect
from tests.conftest import FakeClock, Person

LINE = {"description": "Consulting", "quantity": 1, "unitPrice": 100}
AS_JSON = {"content-type": "application/json"}


def test_all_bad_fields_are_told_at_once_in_the_forms_order(alice: Person) -> None:
    body = {
        "externalId": "",
        "colour": "red",
        "dueDate": "soon",
        "lineItems": [{"quantity": "x", "unitPrice": -1}, LINE, {**LINE, "taxRate": 101, "discountRate": "lots"}],
    }
    error = expect.refusal(
        alice.post("/invoices", body),
        "VALIDATION_ERROR",
        *("clientId", "lineItems[0].description", "lineItems[0].quantity", "lineItems[0].unitPrice"),
        *("lineItems[2].discountRate", "lineItems[2].taxRate", "dueDate", "externalId", "colour"),
    )
    assert error["message"].startswith("9 fields are invalid: clientId, lineItems[0].description")


def test_an_unknown_path_is_not_found(alice: Person) -> None:
    for path in (
        "",
        "/",
        "/nowhere",
        "/clients/",
        "/clients/a/b",
        "/clients/a%2Fb",
        "//clients",
    ):
        url = f"https://invoices.example/api/v1{path}"
        answer = alice.http.request("GET", url, headers={"authorization": f"Bearer {alice.key}"})
        expect.refusal(answer, "NOT_FOUND")
    for id in ("x" * 65, "é", "a b", "a.b", "a'--", "%00"):
        expect.refusal(alice.get(f"/clients/{id}"), "NOT_FOUND")


def test_a_wrong_method_is_told_which_are_right(alice: Person) -> None:
    allowed: dict[str, set[str]] = {}
    for route in ROUTES:
        allowed.setdefault(route.path, set()).add(route.method)
    for path, methods in allowed.items():
        expected = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} - methods:
            if path == "/invoices/{id}" or (path, method) == ("/invoices/preview", "GET"):
                continue  # `preview` and `batch` can be read as ids
            answer = alice.request(method, path.replace("{id}", "cli_1"))
            expect.refusal(answer, "METHOD_NOT_ALLOWED")
            assert answer.headers["allow"] == expected, (method, path)
    assert alice.request("POST", "/invoices/inv_1").headers["allow"] == "DELETE, GET, HEAD, PATCH"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "json",
        "*/*",
    ],
)
def test_a_body_that_is_not_declared_as_json_is_refused(alice: Person, content_type: str | None) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    answer = alice.request("POST", "/clients", content=b'{"name": "A"}', headers=headers)
    expect.refusal(answer, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=UTF-8", "application/json ;v=1"]
)
def test_json_may_be_declared_in_any_form(alice: Person, content_type: str) -> None:
    answer = alice.request("POST", "/clients", content=b'{"name": "A"}', headers={"content-type": content_type})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"{", b'{"name": "A"', b"{'name': 'A'}", b'{"name": "A",}', b'{"name": "A"} {}', b"name=A"),
        *(
            b'{"name": "A", "name": "B"}',
            b'{"name": NaN}',
            b'{"name": -Infinity}',
            b'{"name": 01}',
            b'{"name": 1.}',
        ),
        *(b'{"name": "\xff"}', b'{"name": "\xed\xa0\x80"}', b'\xef\xbb\xbf{"name": "A"}', b'{"name": "a\nb"}'),
        *(b'{"name": 1E99999999999999999999}', b'{"name": ' + b"9" * 101 + b"}", b"[" * 100_000),
    ],
)
def test_what_is_not_json_is_a_bad_request(alice: Person, body: bytes) -> None:
    error = expect.refusal(alice.request("POST", "/clients", content=body, headers=AS_JSON), "BAD_REQUEST")
    assert "Traceback" not in error["message"]


@pytest.mark.parametrize("body", [b"null", b"[]", b'"name"', b"7", b"true", b'[{"name": "A"}]'])
def test_json_that_is_no_object_is_told_so(alice: Person, body: bytes) -> None:
    answer = alice.request("POST", "/clients", content=body, headers=AS_JSON)
    expect.refusal(answer, "VALIDATION_ERROR", "body")


@pytest.mark.parametrize(
    "query", ["a=%ff", "a=%ED%A0%80", "&".join(f"a{n}=1" for n in range(51)), "limit=1&x=\u00e9"]
)
def test_a_query_that_cannot_be_read_is_a_bad_request(alice: Person, query: str) -> None:
    answer = alice.get(f"/clients?{query}")
    if answer.status_code != 422:  # the client library escapes what is not ASCII
        expect.refusal(answer, "BAD_REQUEST")


def test_a_request_id_is_taken_over_if_it_is_sane(alice: Person) -> None:
    for sane in ("deal-7", "a" * 128, "A1._:/+=-"):
        assert alice.get("/clients", headers={"x-request-id": sane}).headers["x-request-id"] == sane
    for odd in ("", "a" * 129, "a b", "a\tb", "<script>", "\u00e9"):
        taken = alice.get("/clients", headers={"x-request-id": odd.encode("latin-1")}).headers["x-request-id"]
        assert taken.startswith("req_")


def test_a_bug_says_nothing_of_the_inside(
    alice: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(database, "write", fail)
    answer = alice.post("/clients", {"name": "A"})
    error = expect.refusal(answer, "INTERNAL_ERROR")
    assert "secret" not in answer.text
    assert error["details"] == []


def test_a_database_that_cannot_now_is_unavailable_for_a_moment(
    alice: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any) -> None:
        raise Unavailable("Not now.")

    monkeypatch.setattr(database, "write", fail)
    answer = alice.post("/clients", {"name": "A"})
    expect.refusal(answer, "UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


def test_every_code_has_a_status_of_its_class() -> None:
    assert all(400 <= status < 600 for status in STATUS.values())
    guide = {"UNAUTHORIZED": 401, "FORBIDDEN": 403, "NOT_FOUND": 404, "VALIDATION_ERROR": 422, "RATE_LIMITED": 429}
    assert guide.items() <= STATUS.items()


def test_the_log_has_one_line_for_each_request_and_no_secret(
    alice: Person, clock: FakeClock, capfd: pytest.CaptureFixture[str]
) -> None:
    capfd.readouterr()
    alice.post("/clients", {"name": "Confidential Ltd"}, headers={"x-request-id": "log-me"})
    alice.get("/clients?q=confidential")
    alice.http.get("/api/v1/clients", headers={"authorization": f"Bearer {alice.key[:-1]}-"})
    alice.http.portal.call(lambda: None)  # type: ignore[union-attr] # one more turn of the loop writes the lines
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 3
    assert '"requestId":"log-me"' in lines[0]
    assert f'"account":"{alice.public_id}"' in lines[0]
    assert '"route":"POST /api/v1/clients","status":201' in lines[0]
    assert '"status":401' in lines[2]
    assert not any(secret in line.lower() for line in lines for secret in ("confidential", "ci_live"))
