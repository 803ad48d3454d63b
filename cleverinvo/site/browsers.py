"""Browsers by the names that people know them by, from what they say of themselves in User-Agent."""

from typing import Final

BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    *(("Firefox/", "Firefox"), ("FxiOS/", "Firefox")),
    *(("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
"""A sign and whose it is. Each pretends to be those below it: the first that is found counts."""

SYSTEMS: Final = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "Chromebook")),
    *(("Windows", "Windows"), ("Macintosh", "Mac"), ("Linux", "Linux")),
)
PHONES: Final = ("iPhone", "Android")

LENGTH_MAX: Final = 60


def name(user_agent: str) -> str:
    """Such as "Firefox on Linux"; what is no known browser as it calls itself, cut short."""
    browser = _first(BROWSERS, user_agent)
    system = _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or user_agent[:LENGTH_MAX] or "Unknown browser"


def icon(user_agent: str) -> str:
    """The picture of what it runs on."""
    return "smartphone" if _first(SYSTEMS, user_agent) in PHONES else "monitor"


def _first(signs: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for sign, name in signs if sign in user_agent), None)
