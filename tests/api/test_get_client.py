"""GET /clients/{id}"""

from tests.api import expect
from tests.conftest import Person


def test_a_client_reads_as_it_was_created(alice: Person) -> None:
    created = alice.post("/clients", {"name": "Acme", "address": "Line 1\nLine 2"})
    read = alice.get(f"/clients/{created.json()['id']}")
    assert (read.status_code, read.content) == (200, created.content)
    assert read.headers["etag"] == created.headers["etag"]


def test_an_unknown_client_is_not_found(alice: Person) -> None:
    expect.refusal(alice.get("/clients/cli_0000000000000000abcd"), "NOT_FOUND")
    expect.refusal(alice.get(f"/clients/{alice.invoice()['id']}"), "NOT_FOUND")


def test_head_answers_without_a_body(alice: Person) -> None:
    head = alice.request("HEAD", f"/clients/{alice.client_id}")
    get = alice.get(f"/clients/{alice.client_id}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["etag"] == get.headers["etag"]
