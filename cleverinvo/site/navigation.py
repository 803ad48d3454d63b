"""Where the menu leads, in its order; an empty entry is a gap."""

from typing import Final

from cleverinvo.users.rules import Role

NAVIGATION: Final[list[tuple[str, str, str, str, Role]]] = [
    ("overview", "/overview", "Overview", "layout-dashboard", "reader"),
]
