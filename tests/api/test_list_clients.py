"""GET /clients"""

from typing import Any

import pytest

from tests.api import expect
from tests.conftest import Person


@pytest.fixture
def five(alice: Person) -> list[dict[str, Any]]:
    """Alice's five clients, the newest first."""
    alice.delete(f"/clients/{alice.client_id}")
    made = [
        alice.post(
            "/clients", {"name": f"Client {n}", "email": f"C{n}@Example.com", "isActive": n % 2 == 0}
        ).json()
        for n in range(5)
    ]
    return made[::-1]


def ids(page: Any) -> list[str]:
    return [client["id"] for client in page.json()["data"]]


def test_a_page_tells_where_it_stands(alice: Person, five: list[dict[str, Any]]) -> None:
    page = alice.get("/clients?page=2&limit=2").json()
    assert page["data"] == five[2:4]
    assert page["pagination"] == {
        "page": 2,
        "limit": 2,
        "total": 5,
        "totalIsExact": True,
        "totalPages": 3,
        "hasMore": True,
        "nextCursor": five[3]["id"],
    }


def test_the_last_page_has_no_more_and_one_beyond_is_empty(alice: Person, five: list[dict[str, Any]]) -> None:
    last = alice.get("/clients?page=3&limit=2").json()
    assert (last["data"], last["pagination"]["hasMore"]) == (five[4:], False)
    assert last["pagination"]["nextCursor"] is None
    beyond = alice.get("/clients?page=4&limit=2").json()
    assert (beyond["data"], beyond["pagination"]["total"]) == ([], 5)


def test_an_exact_fit_has_no_more(alice: Person, five: list[dict[str, Any]]) -> None:
    page = alice.get("/clients?limit=5").json()
    assert (page["data"], page["pagination"]["hasMore"]) == (five, False)


@pytest.mark.parametrize("sort", ["createdAt", "-createdAt"])
def test_a_cursor_walks_through_all_though_more_come_meanwhile(
    alice: Person, five: list[dict[str, Any]], sort: str
) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        page = alice.get(f"/clients?limit=2&sort={sort}{cursor and '&cursor='}{cursor}").json()
        seen += page["data"]
        cursor = page["pagination"]["nextCursor"]
        if sort == "-createdAt":
            alice.post("/clients", {"name": "Newcomer"})  # stands before everything that was seen
    assert seen == (five if sort == "-createdAt" else five[::-1])


def test_a_cursor_survives_the_deletion_of_its_client(alice: Person, five: list[dict[str, Any]]) -> None:
    cursor = alice.get("/clients?limit=2").json()["pagination"]["nextCursor"]
    alice.delete(f"/clients/{cursor}")
    assert ids(alice.get(f"/clients?limit=2&cursor={cursor}")) == [client["id"] for client in five[2:4]]


def test_filters_narrow_the_list_together(alice: Person, five: list[dict[str, Any]]) -> None:
    assert ids(alice.get("/clients?isActive=true")) == [five[n]["id"] for n in (0, 2, 4)]
    assert ids(alice.get("/clients?isActive=false")) == [five[n]["id"] for n in (1, 3)]
    assert ids(alice.get("/clients", params={"email": "c3@example.COM"})) == [five[1]["id"]]
    assert ids(alice.get("/clients", params={"email": "c3@example.com", "isActive": "true"})) == []
    page = alice.get("/clients?isActive=true&limit=1").json()["pagination"]
    assert (page["total"], page["totalPages"]) == (3, 3)


def test_an_external_id_is_found_exactly(alice: Person) -> None:
    made = alice.post("/clients", {"name": "A", "externalId": "crm-1"}).json()
    assert ids(alice.get("/clients?externalId=crm-1")) == [made["id"]]
    assert ids(alice.get("/clients?externalId=crm")) == []


def test_words_find_a_client_as_soon_as_it_was_answered(alice: Person) -> None:
    made = alice.post("/clients", {"name": "Café Zürcher", "email": "hi@cafe.example", "city": "Genève"}).json()
    for words in ("cafe", "ZÜRCHER", "zur caf", "geneve", "hi@cafe", "example cafe"):
        assert ids(alice.get("/clients", params={"q": words})) == [made["id"]], words
    for words in ("urcher", "cafe berlin", "---"):
        assert ids(alice.get("/clients", params={"q": words})) == [], words
    alice.put(f"/clients/{made['id']}", {"name": "Bar Berner"})
    assert ids(alice.get("/clients", params={"q": "zurcher"})) == []
    assert ids(alice.get("/clients", params={"q": "berner"})) == [made["id"]]


def test_a_deleted_client_is_in_no_list(alice: Person, five: list[dict[str, Any]]) -> None:
    alice.delete(f"/clients/{five[0]['id']}")
    for query in ("", "?isActive=true", "?email=c4@example.com", "?q=client"):
        assert five[0]["id"] not in ids(alice.get(f"/clients{query}"))
    assert alice.get("/clients").json()["pagination"]["total"] == 4


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("limit=0", ["limit"]),
        ("limit=1000000000", ["limit"]),
        ("page=0&limit=x", ["page", "limit"]),
        ("cursor=cli_nowhere", ["cursor"]),
        ("cursor=cli_nowhere&page=2", ["cursor"]),
        ("sort=name", ["sort"]),
        ("isActive=maybe", ["isActive"]),
        ("q=", ["q"]),
        ("q=%20", ["q"]),
        ("q=%00", ["q"]),
        ("nmae=x", ["nmae"]),
        ("limit=1&limit=2", ["limit"]),
    ],
)
def test_what_cannot_be_asked_is_refused(alice: Person, query: str, fields: list[str]) -> None:
    expect.refusal(alice.get(f"/clients?{query}"), "VALIDATION_ERROR", *fields)
