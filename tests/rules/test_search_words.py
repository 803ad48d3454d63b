"""Words for searching: folded the same way when they are written and when they are asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleverinvo.db import search
from cleverinvo.db.search import QUERY_WORDS_MAX, ROW_WORDS_MAX, WORD_LENGTH_MAX


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café Zürcher & Söhne", ["cafe", "zurcher", "sohne"]),
        ("INV-0042", ["inv", "0042"]),
        ("STRASSE straße", ["strasse"]),
        ("İstanbul ISTANBUL", ["istanbul"]),
        ("Ångström ångström", ["angstrom"]),
        ("e\u0301 é", ["e"]),
        ("ﬁne ｗｉｄｅ ²", ["fine", "wide", "2"]),
        ("東京 銀座", ["東", "京", "銀", "座"]),
        ("snake_case", ["snake", "case"]),
        ('"quoted" OR * NOT (x) & | ! : <-> \'', ["quoted", "or", "not", "x"]),
        ("\\ % _ ; --", []),
        ("Ελληνικά Σίσυφος ΣΊΣΥΦΟΣ", ["ελληνικα", "σισυφοσ"]),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert search.query(text) == words


@given(st.text(max_size=200))
def test_what_is_written_is_found_by_itself(text: str) -> None:
    written = search.index(1, [text]).split(" ")[1:]
    assert search.query(text) == written[:QUERY_WORDS_MAX]


@given(st.text(st.characters(max_codepoint=127), max_size=50))
def test_plain_text_has_the_same_words_next_to_an_accent(text: str) -> None:
    assert search.index(1, [text, "é"]) == search.index(1, [text, "e"])


@given(st.text(max_size=200))
def test_words_are_letters_and_digits_and_nothing_else(text: str) -> None:
    for word in search.query(text):
        assert all(letter.isalnum() for letter in word)
        assert 0 < len(word) <= WORD_LENGTH_MAX


@given(st.lists(st.none() | st.text(max_size=50), max_size=5))
def test_no_text_passes_for_the_word_of_another_account(texts: list[str | None]) -> None:
    first, *others = search.index(7, texts).split(" ")
    assert first == "@7"
    assert [word for word in others if word.startswith("@")] == []


def test_queries_and_rows_have_their_bounds() -> None:
    many = " ".join(f"word{number}" for number in range(5_000))
    assert len(search.query(many)) == QUERY_WORDS_MAX
    assert len(search.index(1, [many]).split(" ")) == ROW_WORDS_MAX + 1
    assert search.query("x" * 1_000) == ["x" * WORD_LENGTH_MAX]
