"""User text made printable: whatever can be typed is set, or visibly replaced, and never breaks the document."""

import re
import unicodedata
from pathlib import Path
from typing import Any, Final

LONG_WORD: Final = re.compile(r"[^\s\u200b-]{28,}")
BREAK_EVERY: Final = 12
REPLACEMENT: Final = "□"

_INVISIBLE = re.compile(  # controls, surrogates, private use, non-characters, bidi overrides, variation selectors
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\ufe00-\ufe0f]"
)
_ALWAYS_FINE: Final = "\n\u200b\u200c\u200d\u2060\u00ad\u200e\u200f\u2066-\u2069"


class Cleaner:
    """Knows which characters a set of fonts can show."""

    def __init__(self, fonts: list[Path]) -> None:
        self._uncovered = re.compile(f"[^{_ALWAYS_FINE}{_ranges(_coverage(fonts))}]")

    def clean(self, text: str) -> str:
        if not text.isascii() or not text.isprintable():
            text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\t", " "))
            text = _INVISIBLE.sub("", text)
            text = self._uncovered.sub(REPLACEMENT, text)
        return LONG_WORD.sub(_with_breaks, text)

    def clean_all(self, tree: Any) -> Any:
        match tree:
            case str():
                return self.clean(tree)
            case list():
                return [self.clean_all(item) for item in tree]
            case dict():
                return {key: self.clean_all(value) for key, value in tree.items()}
            case _:
                return tree


def _with_breaks(word: re.Match[str]) -> str:
    """A zero-width space now and then, so that a word of 600 letters stays in its column."""
    letters = word[0]
    return "\u200b".join(letters[start : start + BREAK_EVERY] for start in range(0, len(letters), BREAK_EVERY))


def _coverage(fonts: list[Path]) -> set[int]:
    from fontTools.ttLib import TTFont

    covered: set[int] = set()
    for path in fonts:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            covered |= set(font.getBestCmap() or {})
    return covered


def _ranges(covered: set[int]) -> str:
    """The inside of a character class; written as escapes, for ] and - mean something there."""
    points = sorted(point for point in covered if point >= 0x20 and not 0xD800 <= point < 0xE000)
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
