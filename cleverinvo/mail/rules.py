"""What a mail is, and when it is tried again."""

from datetime import timedelta
from typing import Final, Literal

from cleverinvo.shapes import Noun

Kind = Literal["invoice", "reminder", "link"]
State = Literal["waiting", "sent", "failed", "cancelled"]

PERSON: Final = "person"
"""The kind of a mail to somebody who logs in, or wishes to: about no invoice, and shown to nobody else."""

PERSONAL_LIFE: Final = timedelta(hours=1)
"""After so long a mail to a person is not tried again: its link works no more."""

DAILY_QUOTA: Final = 500
"""Mails of one account in any 24 hours: enough for a large run, and the end of a program that runs amok."""

DELAYS: Final = tuple(
    timedelta(minutes=minutes) for minutes in (1, 5, 30, 2 * 60, 6 * 60, 12 * 60, 24 * 60, 24 * 60)
)
"""Between one attempt and the next; after the last the mail has failed, almost three days later."""

LEASE: Final = timedelta(minutes=5)
"""How long a mail that a worker has taken is its own; when the worker dies, the mail is due again."""


class Mail(Noun, frozen=True):
    """A letter on its way. `status` stays `waiting` while there is no mail server to take it."""

    id: str
    invoice_id: str
    kind: Kind
    status: State
    to: list[str]
    cc: list[str]
    subject: str
    text: str
    attaches_pdf: bool
    attempts: int
    due_at: str
    last_error: str | None
    """What the mail server said the last time, word for word; or why it was cancelled."""
    created_at: str
    sent_at: str | None


def delay(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts; None where there is no other."""
    return DELAYS[attempts - 1] if attempts <= len(DELAYS) else None
