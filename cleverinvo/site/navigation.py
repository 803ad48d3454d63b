"""Where the menu leads, in its order; an entry without a name is a gap."""

from typing import Final

from cleverinvo.users.rules import Role

NAVIGATION: Final[list[tuple[str, str, str, str, Role]]] = [
    ("overview", "/overview", "Overview", "layout-dashboard", "reader"),
    ("invoices", "/invoices", "Invoices", "file-text", "reader"),
    ("clients", "/clients", "Clients", "users", "reader"),
    ("payments", "/payments", "Payments", "landmark", "reader"),
    ("reports", "/reports", "Reports", "chart-column", "reader"),
    ("", "", "", "", "reader"),
    ("keys", "/keys", "API keys", "key-round", "owner"),
    ("requests", "/developers/requests", "Requests", "activity", "owner"),
    ("webhooks", "/webhooks", "Webhooks", "webhook", "owner"),
    ("settings", "/settings", "Settings", "settings-2", "reader"),
    ("docs", "/docs/api", "API docs", "book-open", "reader"),
]
"""Name, address, words, icon, and the least role that sees it."""
