"""User text made printable: whatever can be typed is set, or visibly replaced, and never breaks the document."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

LONG_WORD: Final = re.compile(r"[^\s\u200b-]{28,}")
BREAK_EVERY: Final = 12
REPLACEMENT: Final = "□"

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"

_INVISIBLE = re.compile(  # controls, surrogates, private use, non-characters, bidi controls, variations, tags
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\uffff\u2028-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\U000e0000-\U0010ffff]"
)
_ALWAYS_FINE: Final = "\n\u200b\u200c\u200d\u00ad\u200e\u200f"
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


class Cleaner:
    """Knows which characters a set of fonts can show."""

    def __init__(self, covered: Iterable[int]) -> None:
        self._uncovered = re.compile(f"[^{_ALWAYS_FINE}{_ranges(covered)}]")

    def clean(self, text: str) -> str:
        """The text with everything replaced by □ that no font can show."""
        if not text.isascii() or not text.isprintable():
            text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
            text = _INVISIBLE.sub("", text)
            text = self._uncovered.sub(REPLACEMENT, text)
        return LONG_WORD.sub(_with_breaks, text)

    def clean_all(self, tree: Any, *, is_rtl: bool) -> Any:
        """Every text in a tree of lists and dicts.

        Each keeps its own direction, wherever it is put: a street number does not jump to the other side.
        """
        match tree:
            case str():
                cleaned = self.clean(tree)
                return isolate(cleaned) if is_rtl or _RTL.search(cleaned) else cleaned
            case list() | tuple():
                return [self.clean_all(item, is_rtl=is_rtl) for item in tree]
            case dict():
                return {key: self.clean_all(value, is_rtl=is_rtl) for key, value in tree.items()}
            case _:
                return tree


def isolate(text: str) -> str:
    """Each line set apart from the direction of what surrounds it (Unicode Bidirectional Algorithm, FSI … PDI)."""
    return "\n".join(f"{FIRST_STRONG_ISOLATE}{line}{POP_ISOLATE}" if line else "" for line in text.split("\n"))


def plain(text: str) -> str:
    """For a title that is shown by a program's window, not set in a font."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFC", " ".join(text.split())))


def _with_breaks(word: re.Match[str]) -> str:
    """A zero-width space now and then, so that a word of 600 letters stays in its column."""
    letters = word[0]
    return "\u200b".join(letters[start : start + BREAK_EVERY] for start in range(0, len(letters), BREAK_EVERY))


def _ranges(covered: Iterable[int]) -> str:
    """The inside of a character class; written as escapes, for ] and - mean something there."""
    points = sorted(point for point in covered if point >= 0x20 and not 0xD800 <= point < 0xE000)
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
