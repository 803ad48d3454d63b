"""Colours that stay readable: an accent is darkened until text in it, and on it, has enough contrast."""

from typing import Final

CONTRAST_MIN: Final = 4.5
"""Of text against its ground, as WCAG 2.1 asks at level AA (success criterion 1.4.3)."""

TINT: Final = 0.93
"""How much white a tinted ground holds; the accent is also the colour of text on it."""

_STEP: Final = 0.96

Rgb = tuple[int, int, int]


def readable(color: str) -> tuple[str, str]:
    """An accent close to `color`, dark enough for text, and the light ground that goes with it."""
    accent = _read(color)
    while contrast(accent, _tint(accent)) < CONTRAST_MIN:
        accent = _scale(accent)
    return _write(accent), _write(_tint(accent))


def contrast(one: Rgb, other: Rgb) -> float:
    """The ratio of two colours' luminances, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _tint(color: Rgb) -> Rgb:
    red, green, blue = (round(255 * TINT + channel * (1 - TINT)) for channel in color)
    return red, green, blue


def _scale(color: Rgb) -> Rgb:
    red, green, blue = (int(channel * _STEP) for channel in color)
    return red, green, blue


def _luminance(color: Rgb) -> float:
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (channel / 255 for channel in color)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _read(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _write(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
