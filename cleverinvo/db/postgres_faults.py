"""What may be wrong with a PostgreSQL database itself: guards that were taken off, and what search finds.

Its files are PostgreSQL's own to check, which it does as it reads where data checksums are on.
"""

from collections.abc import Iterator
from typing import Final

from cleverinvo.db.driver import Connection

NAMED_MAX: Final = 20

GUARDS: Final = (
    *("client_words", "client_words_changed", "invoice_words"),
    *("numbered_invoice_stays", "ledger_stays"),
)
"""Triggers without which the database would let through what it must refuse, or hide what is there from search."""

_TRIGGERS: Final = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
_CLIENTS: Final = """
    SELECT id FROM clients WHERE search IS DISTINCT FROM array_to_tsvector(string_to_array(words, ' '))
"""
_INVOICES: Final = """
    SELECT invoices.id FROM invoices LEFT JOIN clients ON clients.id = invoices.client_id
    WHERE invoices.search IS DISTINCT FROM
        array_to_tsvector(string_to_array(concat_ws(' ', invoices.words, clients.words), ' '))
"""


def find(connection: Connection) -> Iterator[str]:
    """Everything that differs from a database as its migrations made it."""
    found = {name for (name,) in connection.execute(_TRIGGERS).fetchall()}
    for name in GUARDS:
        if name not in found:
            yield f"the trigger {name} is missing or switched off"
    for sql in (_CLIENTS, _INVOICES):
        for (id,) in connection.execute(f"{sql} LIMIT {NAMED_MAX}").fetchall():
            yield f"search does not find {id} by its words"
