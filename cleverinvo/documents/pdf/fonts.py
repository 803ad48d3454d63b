"""The fonts that documents are set in: found in their packages, and what they cover."""

import importlib
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

TEXT: Final = "Inter"
SLIP: Final = "Arimo"
"""The design of Liberation Sans, which the Swiss QR-bill asks for."""


class Package(NamedTuple):
    """A package with fonts; the last ones are an extra, for they are large: `cleverinvo[fonts]`."""

    module: str
    files: str
    families: tuple[str, ...]


CJK: Final = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "Noto Sans CJK TC")

PACKAGES: Final = (
    Package("cleverinvo.documents.pdf", "inter/*.ttf", (TEXT,)),
    Package("fontpkg_arimo", "files/Arimo[[]*", (SLIP,)),
    Package("fontpkg_noto_sans_arabic", "files/*.ttf", ("Noto Sans Arabic",)),
    Package("fontpkg_heebo", "files/*.ttf", ("Heebo",)),
    Package("fontpkg_noto_sans_thai", "files/*.ttf", ("Noto Sans Thai",)),
    Package("fontpkg_noto_sans_devanagari", "files/*.ttf", ("Noto Sans Devanagari",)),
    Package("noto_cjk_sans_otc", "*.ttc", CJK),
)
NEEDS: Final = {"ja": CJK[1], "zh": CJK[0], "ko": CJK[2], "th": "Noto Sans Thai", "hi": "Noto Sans Devanagari"}
"""The family without which a language's own words cannot be printed; the others are always there."""


class Fonts(NamedTuple):
    """The fonts of this installation."""

    files: tuple[Path, ...]
    families: tuple[str, ...]

    @property
    def text_files(self) -> tuple[Path, ...]:
        """Those in which any text is set; not that of the payment slip alone."""
        return tuple(path for path in self.files if not path.name.startswith(SLIP))

    def can_print(self, language: str) -> bool:
        return language not in NEEDS or NEEDS[language] in self.families

    def in_order(self, language: str, is_traditional: bool = False) -> list[str]:
        """All families, those first that the language wants: Han characters look different in each country."""
        wanted = CJK[3] if is_traditional else NEEDS.get(language)
        text = [family for family in self.families if family != SLIP]
        return sorted(text, key=lambda family: (family != TEXT, family != wanted))


@lru_cache(maxsize=1)
def find() -> Fonts:
    """The fonts that are installed; looked for once."""
    files: list[Path] = []
    families: list[str] = []
    for package in PACKAGES:
        try:
            module = importlib.import_module(package.module)
        except ImportError:
            continue
        assert module.__file__ is not None
        files += sorted(Path(module.__file__).parent.glob(package.files))
        families += package.families
    return Fonts(tuple(files), tuple(families))


def coverage(files: tuple[Path, ...]) -> set[int]:
    """The characters that at least one of the fonts can show."""
    from fontTools.ttLib import TTFont  # only when the first document is made: it takes long to load

    covered: set[int] = set()
    for path in files:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            covered |= set(font.getBestCmap() or {})
    return covered
