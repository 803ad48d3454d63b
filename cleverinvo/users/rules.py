"""What a user is, what each role may do, and how long a session or a one-time link lives."""

import hashlib
from datetime import timedelta
from typing import Final, Literal, NamedTuple

from cleverinvo.shapes import Noun

Role = Literal["owner", "member", "reader"]
ROLES: Final[tuple[Role, ...]] = ("reader", "member", "owner")
"""From the least to the most: each may do what those before it may."""

IDLE: Final = timedelta(days=14)
"""A session that nobody uses for so long ends."""

LIFE: Final = timedelta(days=60)
"""A session ends after so long, however busy it is."""

SEEN_EVERY: Final = timedelta(minutes=10)
"""How exactly it is known when a session was last used: every note of it is a write."""

LINK_LIFE: Final = timedelta(hours=48)
LINK_BYTES: Final = 32

MAILED_LIFE: Final = timedelta(hours=1)
"""Of a link that anybody could ask for: whoever asked is waiting for it."""

TicketKind = Literal["join", "reset", "email", "signup", "code", "nobody"]


class User(Noun, frozen=True):
    """Somebody who logs in. An address belongs to one user of one account."""

    id: str
    name: str
    email: str
    role: Role
    created_at: str
    updated_at: str
    last_login_at: str | None


class Session(Noun, frozen=True):
    """A browser in which somebody is logged in."""

    id: str
    user_id: str
    browser: str
    created_at: str
    last_seen_at: str
    expires_at: str


class Visitor(NamedTuple):
    """Who stands behind a session's cookie."""

    session_id: str
    account_id: int
    user_id: str
    name: str
    email: str
    role: Role
    last_seen_at: str


class Invitation(NamedTuple):
    """A link by which nobody has joined yet. Its id is all that is stored of its token."""

    id: str
    role: Role
    email: str | None
    created_at: str
    expires_at: str


class Ticket(NamedTuple):
    """What a one-time link allows: to join an account, to choose a new password, to log in with another address,

    or to open an account. A `code` is somebody between password and second factor; `nobody` allows nothing.
    """

    account_id: int
    kind: TicketKind
    role: Role | None
    user_id: str | None
    email: str | None


def may(role: Role, needed: Role) -> bool:
    """Whether a role includes what another one may do."""
    return ROLES.index(role) >= ROLES.index(needed)


def digest(token: str) -> str:
    """What is stored of a session's or a link's token. SHA-256 suffices: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def fold_email(email: str) -> str:
    return email.strip().casefold()
