"""Words for finding things: folded the same way when a row is written and when somebody searches."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

QUERY_WORDS_MAX: Final = 8
WORD_LENGTH_MAX: Final = 64
ROW_WORDS_MAX: Final = 1_000
"""Different words of one row that are searched; nobody looks for the thousandth word of the small print."""

# Scripts without spaces between words: each character is a word of its own.
_WORD = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]|[^\W_]+")


def index(account_id: int, texts: Iterable[str | None]) -> str:
    """The words of one row, each once, with the word that keeps accounts apart in front."""
    words = dict.fromkeys(_fold(" ".join(text for text in texts if text)))
    return " ".join([account_word(account_id), *list(words)[:ROW_WORDS_MAX]])


def query(text: str) -> list[str]:
    """The words that somebody typed; empty when there is nothing to look for."""
    return list(dict.fromkeys(_fold(text)))[:QUERY_WORDS_MAX]


def account_word(account_id: int) -> str:
    """No text folds to a word with an @, so no text of one account can pass for another's."""
    return f"@{account_id}"


def _fold(text: str) -> list[str]:
    """Lower case without accents: "Café Zürcher" is found by "cafe" and "zurcher"."""
    if text.isascii():  # most are, and for them there is a faster way
        words = text.encode().translate(_ASCII).decode().split()
    else:
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in decomposed if not unicodedata.combining(character))
        words = _WORD.findall(text.casefold())
    if max(map(len, words), default=0) <= WORD_LENGTH_MAX:  # nearly always, and looking is cheaper than cutting
        return words
    return [word[:WORD_LENGTH_MAX] for word in words]


_ASCII: Final = bytes(ord(chr(code).lower()) if chr(code).isalnum() else ord(" ") for code in range(128)).ljust(
    256
)
