"""Search, in the databases' own indexes."""

import sys

from cleverinvo.db import search
from cleverinvo.db.engine import Database
from tests.conftest import Person


def test_every_word_of_any_script_is_found_by_itself(alice: Person, database: Database) -> None:
    """A database that cut a word in two, or folded it otherwise, would not find what was written."""
    points = [*range(0x80, 0x3400), *range(0x3400, sys.maxunicode, 13)]  # past the Chinese ones, now and then one
    words = sorted({word for point in points for word in search.query(f"a{chr(point)}b")})
    assert len(words) > 15_000
    driver = database.driver
    connection = driver.connect()
    queries = [driver.match(1, [word]) for word in words]
    if driver.dialect.name == "postgresql":
        missed = connection.execute(
            "SELECT count(*) FROM unnest(%s::text[], %s::tsquery[]) AS one (word, query)"
            " WHERE NOT array_to_tsvector(ARRAY['@1', word]) @@ query",
            (words, queries),
        ).fetchone()
        assert missed == (0,)
    else:
        connection.execute("BEGIN")
        for seq, (word, query) in enumerate(zip(words, queries, strict=True), 1_000_000):
            connection.execute("INSERT INTO clients_search (rowid, words) VALUES (?, ?)", (seq, f"@1 {word}"))
            rows = connection.execute("SELECT rowid FROM clients_search WHERE clients_search MATCH ?", (query,))
            assert (seq,) in rows.fetchall(), word
            connection.execute("DELETE FROM clients_search WHERE rowid = ?", (seq,))
        connection.execute("ROLLBACK")
    connection.close()


def test_no_words_break_a_search(alice: Person) -> None:
    for words in (
        '"',
        "'",
        "a' | 'b",
        "a:*",
        "(",
        "a AND",
        "NEAR(a b)",
        "*",
        "a*",
        "\\",
        "--",
        "😀",
        "@1",
        "a\u19b0b",
    ):
        for path in ("/clients", "/invoices"):
            answer = alice.get(path, params={"q": words})
            assert answer.status_code == 200, (words, answer.text)


def test_many_and_long_words_are_cut_to_what_can_be_asked(alice: Person) -> None:
    client = alice.post("/clients", {"name": " ".join(f"w{n}" for n in range(40))}).json()
    found = alice.get("/clients", params={"q": " ".join(f"w{n}" for n in range(50))}).json()["data"]
    assert found == [client]
    alice.post("/clients", {"name": "x" * 200})
    assert len(alice.get("/clients", params={"q": "x" * 200}).json()["data"]) == 1
