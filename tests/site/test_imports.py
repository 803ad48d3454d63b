"""Lists of clients from other programs: nothing happens before it was seen, and nothing happens twice."""

import csv
import io
import re
from typing import Any

from cleverinvo.db.schema import clients, events
from cleverinvo.imports import actions, rules, sheets
from tests.site.conftest import OURS, Surfer, words
from tests.site.test_doors import rows


def upload(surfer: Surfer, content: bytes) -> str:
    answer = surfer.http.post(
        "/clients/import", files={"file": ("list.csv", content)}, headers=OURS, follow_redirects=False
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def counts(page: str) -> list[int]:
    return [int(figure.replace(",", "")) for figure in re.findall(r'class="figure">([\d,]+)<', page)]


def plan(*columns: str, **others: str) -> dict[str, str]:
    return {f"column{place}": name for place, name in enumerate(columns)} | {"head": "yes", **others}


LIST = b"""Name;Mail;Customer No;Note
Acme;ap@acme.example;A-1;first
=HYPERLINK("x");;A-2;
Acme again;AP@acme.example;;twin of the first
;no-name@x.example;;
<script>hacked()</script>;ok@x.example;;
"""


def test_a_list_is_tried_first_and_then_taken_in(carol: Surfer, server: Any) -> None:
    path = upload(carol, LIST)
    page = carol.get(path).text
    assert counts(page) == [3, 0, 1, 1]
    assert "Name: This field is required" in page
    assert "<script>hacked" not in page
    assert rows(server, clients) == []
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w*)"', page))
    assert carol.post(path, fields).status_code == 303
    assert counts(carol.get(path).text) == [3, 0, 1, 1]
    assert sorted(row.name for row in rows(server, clients)) == [
        "<script>hacked()</script>",
        '=HYPERLINK("x")',
        "Acme",
    ]
    assert [row.type for row in rows(server, events)] == ["client.created"] * 3
    carol.post(path, fields)  # pressed again
    assert len(rows(server, clients)) == 3
    failed = list(csv.reader(io.StringIO(carol.get(f"{path}/failed.csv").content.decode("utf-8-sig"))))
    assert failed[1] == ["", "no-name@x.example", "", "", "Name: This field is required"]


def test_a_file_of_nothing_is_not_taken_for_no_file(carol: Surfer) -> None:
    for files, sentence in (({"file": ("list.csv", b"")}, "There is nothing in this file"), ({}, "Choose a file")):
        answer = carol.http.post("/clients/import", files=files or {"other": ("", b"")}, headers=OURS)
        assert (answer.status_code, sentence in answer.text) == (422, True)


def test_known_clients_are_changed_where_that_is_chosen(carol: Surfer, server: Any) -> None:
    first = upload(carol, b"name,email,city\nAcme,ap@acme.example,Berlin\n")
    carol.post(first, plan("name", "email", "city"))
    again = upload(carol, b"name,email,city\nAcme SE,AP@acme.example,\n")
    query = "&".join(
        f"{name}={value}" for name, value in plan("name", "email", "city", duplicates="update").items()
    )
    assert counts(carol.get(f"{again}?{query}").text) == [0, 1, 0, 0]
    carol.post(again, plan("name", "email", "city", duplicates="update"))
    (client,) = rows(server, clients)
    assert (client.name, client.city) == ("Acme SE", "Berlin")  # an empty cell changes nothing


def test_five_thousand_rows_are_taken_in_and_none_twice(carol: Surfer, server: Any) -> None:
    lines = [f"Client {number},c{number}@x.example,{number}" for number in range(5_000)]
    path = upload(carol, "\n".join(["name,email,customer id", *lines]).encode())
    assert counts(carol.get(path).text) == [5_000, 0, 0, 0]
    database, portal = server.app.database, server.portal
    account_id, import_id = 1, path.rpartition("/")[2]
    sheet = sheets.read("\n".join(["name,email,customer id", *lines]).encode())
    chosen = rules.guess(sheet)
    portal.call(database.write, actions.begin, account_id, import_id, chosen)
    portal.call(database.write, actions.take_in, account_id, import_id, rules.rows_of(sheet, chosen))
    assert "Go on with 4,800 rows" in words(carol.get(path))  # the server was stopped there
    carol.post(path, {})
    assert counts(carol.get(path).text) == [5_000, 0, 0, 0]
    assert len({row.external_id for row in rows(server, clients)}) == 5_000


def test_what_is_no_list_is_said_and_others_lists_are_nobodys(carol: Surfer, dave: Surfer) -> None:
    for content in (b"", b"\n\n"):
        answer = carol.http.post("/clients/import", files={"file": ("x", content)}, headers=OURS)
        assert answer.status_code == 422
    assert carol.post("/clients/import", {"file": "no file"}).status_code == 422
    path = upload(carol, b"foo,bar\n1,2\n")
    assert "Say which column is the name" in words(carol.get(f"{path}?head=yes&column0=email"))
    assert "Say which column is the name" in words(carol.post(path, plan("", "")))
    for answer in (dave.get(path), dave.post(path, plan("name", "")), dave.get(f"{path}/failed.csv")):
        assert answer.status_code == 404
