"""QR codes as drawings."""

from itertools import groupby
from typing import Final

MASK: Final = 4
"""Every mask can be read; trying all eight for the best costs five times the drawing."""

_INK: Final = "#1b1f1d"


def draw(text: str, color: str = _INK) -> str:
    """The code as SVG, one unit a module, with error correction M and no quiet zone."""
    import segno  # only when the first code is drawn

    code = segno.make(text, error="m", boost_error=False, micro=False, mask=MASK, encoding="utf-8")
    size = len(code.matrix)
    path = "".join(
        f"M{start} {y}h{length}v1h-{length}z" for y, row in enumerate(code.matrix) for start, length in _runs(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges">'
        f'<path fill="{color}" d="{path}"/></svg>'
    )


def _runs(row: bytearray) -> list[tuple[int, int]]:
    """Where dark modules follow each other: the first, and how many."""
    runs, place = [], 0
    for is_dark, modules in groupby(row):
        length = len(list(modules))
        if is_dark:
            runs.append((place, length))
        place += length
    return runs
