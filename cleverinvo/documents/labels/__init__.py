"""The words printed on documents, a file for each language."""

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

FOLDER: Final = Path(__file__).parent
FALLBACK: Final = "en"

LANGUAGES: Final = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


@cache
def of(language: str) -> dict[str, str]:
    """The labels of a language that is among LANGUAGES."""
    return msgspec.json.decode((FOLDER / f"{language}.json").read_bytes(), type=dict[str, str])
