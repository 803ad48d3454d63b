"""Users, sessions and one-time links in the database: rows in, nouns out."""

from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from cleverinvo.db.schema import recovery_codes, second_factors, sessions, tickets, users
from cleverinvo.db.statements import insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.users.rules import Invitation, Session, Ticket, User, Visitor, fold_email


class Credentials(NamedTuple):
    """What is compared at the door."""

    account_id: int
    user_id: str
    password_hash: str


_MINE = users.c.account_id == bindparam("account_id")
_USER = select(users).where(_MINE, users.c.id == bindparam("id"))
_USERS = select(users).where(_MINE).order_by(users.c.id)
_OWNERS = select(func.count().label("count")).select_from(users).where(_MINE, users.c.role == "owner")
_CREDENTIALS = select(users.c.account_id, users.c.id, users.c.password_hash)
_BY_EMAIL = _CREDENTIALS.where(users.c.email_folded == bindparam("email_folded"))
_OF_USER = _CREDENTIALS.where(_MINE, users.c.id == bindparam("id"))
_INSERT_USER = insert_into(users)
_CHANGED = ("name", "email", "email_folded", "role", "updated_at", "last_login_at")
_THIS_USER = (users.c.account_id == bindparam("account"), users.c.id == bindparam("user"))
_UPDATE_USER = users.update().where(*_THIS_USER).values({name: bindparam(name) for name in _CHANGED})
_SET_PASSWORD = users.update().where(*_THIS_USER).values(password_hash=bindparam("hash"))
_DELETE_USER = users.delete().where(*_THIS_USER)
_DELETE_FACTORS = [
    table.delete().where(table.c.account_id == bindparam("account"), table.c.user_id == bindparam("user"))
    for table in (second_factors, recovery_codes)
]

_VISITOR = (
    select(
        sessions.c.id.label("session_id"),
        sessions.c.account_id,
        sessions.c.user_id,
        users.c.name,
        users.c.email,
        users.c.role,
        sessions.c.last_seen_at,
    )
    .join(users, (users.c.account_id == sessions.c.account_id) & (users.c.id == sessions.c.user_id))
    .where(
        sessions.c.sha256 == bindparam("sha256"),
        sessions.c.expires_at > bindparam("now"),
        sessions.c.last_seen_at > bindparam("seen_after"),
    )
)
_SESSIONS = (
    select(sessions)
    .where(
        sessions.c.account_id == bindparam("account_id"),
        sessions.c.user_id == bindparam("user_id"),
        sessions.c.expires_at > bindparam("now"),
        sessions.c.last_seen_at > bindparam("seen_after"),
    )
    .order_by(sessions.c.last_seen_at.desc())
)
_INSERT_SESSION = insert_into(sessions)
_THIS_SESSION = (
    sessions.c.account_id == bindparam("account"),
    sessions.c.user_id == bindparam("user"),
    sessions.c.id == bindparam("session"),
)
_TOUCH = sessions.update().where(*_THIS_SESSION).values(last_seen_at=bindparam("now"))
_DELETE_SESSION = sessions.delete().where(*_THIS_SESSION)
_DELETE_OTHER_SESSIONS = sessions.delete().where(*_THIS_SESSION[:2], sessions.c.id != bindparam("session"))
_FORGET_SESSIONS = sessions.delete().where(
    (sessions.c.expires_at < bindparam("now")) | (sessions.c.last_seen_at < bindparam("seen_before"))
)

_TICKET = select(tickets).where(tickets.c.sha256 == bindparam("sha256"), tickets.c.expires_at > bindparam("now"))
_INSERT_TICKET = insert_into(tickets)
_DELETE_TICKET = tickets.delete().where(tickets.c.sha256 == bindparam("digest"))
_DELETE_JOIN_TICKETS = tickets.delete().where(
    tickets.c.account_id == bindparam("account"), tickets.c.kind == "join", tickets.c.role == "owner"
)
_INVITATIONS = (
    select(tickets.c.sha256, tickets.c.role, tickets.c.email, tickets.c.created_at, tickets.c.expires_at)
    .where(
        tickets.c.account_id == bindparam("account_id"),
        tickets.c.kind == "join",
        tickets.c.expires_at > bindparam("now"),
    )
    .order_by(tickets.c.created_at, tickets.c.sha256)
)
_DELETE_INVITATION = tickets.delete().where(
    tickets.c.account_id == bindparam("account"), tickets.c.kind == "join", tickets.c.sha256 == bindparam("digest")
)
_DELETE_TICKETS = tickets.delete().where(
    tickets.c.account_id == bindparam("account"), tickets.c.user_id == bindparam("user")
)
_FORGET_TICKETS = tickets.delete().where(tickets.c.expires_at < bindparam("now"))


def get(tx: Tx, account_id: int, user_id: str) -> User:
    row = tx.row(_USER, account_id=account_id, id=user_id)
    if row is None:
        raise NotFound("No such person.")
    return _user(row)


def list_all(tx: Tx, account_id: int) -> list[User]:
    return [_user(row) for row in tx.rows(_USERS, account_id=account_id)]


def count_owners(tx: Tx, account_id: int) -> int:
    row = tx.row(_OWNERS, account_id=account_id)
    assert row is not None
    return int(row.count)


def find_by_email(tx: Tx, email: str) -> Credentials | None:
    """Who logs in with this address; asked without an account, for it is how one is found."""
    row = tx.row(_BY_EMAIL, email_folded=fold_email(email))
    return None if row is None else Credentials(*row)


def find_credentials(tx: Tx, account_id: int, user_id: str) -> Credentials | None:
    row = tx.row(_OF_USER, account_id=account_id, id=user_id)
    return None if row is None else Credentials(*row)


def insert(tx: Tx, account_id: int, user: User, password_hash: str) -> None:
    tx.change(
        _INSERT_USER,
        account_id=account_id,
        id=user.id,
        password_hash=password_hash,
        created_at=user.created_at,
        **_columns(user),
    )


def update(tx: Tx, account_id: int, user: User) -> None:
    tx.change(_UPDATE_USER, account=account_id, user=user.id, **_columns(user))


def set_password(tx: Tx, account_id: int, user_id: str, password_hash: str) -> None:
    tx.change(_SET_PASSWORD, account=account_id, user=user_id, hash=password_hash)


def delete(tx: Tx, account_id: int, user_id: str) -> None:
    """Remove a user and all that would let them in."""
    delete_other_sessions(tx, account_id, user_id, kept="")
    delete_tickets(tx, account_id, user_id)
    for statement in _DELETE_FACTORS:
        tx.change(statement, account=account_id, user=user_id)
    tx.change(_DELETE_USER, account=account_id, user=user_id)


def find_visitor(tx: Tx, sha256: str, seen_after: str) -> Visitor | None:
    """Who stands behind a session that is still good; asked without an account, for the session names it."""
    row = tx.row(_VISITOR, sha256=sha256, now=tx.stamp, seen_after=seen_after)
    return None if row is None else Visitor(*row)


def list_sessions(tx: Tx, account_id: int, user_id: str, seen_after: str) -> list[Session]:
    rows = tx.rows(_SESSIONS, account_id=account_id, user_id=user_id, now=tx.stamp, seen_after=seen_after)
    return [Session(**{name: getattr(row, name) for name in Session.__struct_fields__}) for row in rows]


def insert_session(tx: Tx, account_id: int, session: Session, sha256: str) -> None:
    fields = {name: getattr(session, name) for name in Session.__struct_fields__}
    tx.change(_INSERT_SESSION, account_id=account_id, sha256=sha256, **fields)


def touch_session(tx: Tx, account_id: int, user_id: str, session_id: str) -> None:
    tx.change(_TOUCH, account=account_id, user=user_id, session=session_id, now=tx.stamp)


def delete_session(tx: Tx, account_id: int, user_id: str, session_id: str) -> None:
    tx.change(_DELETE_SESSION, account=account_id, user=user_id, session=session_id)


def delete_other_sessions(tx: Tx, account_id: int, user_id: str, kept: str) -> None:
    tx.change(_DELETE_OTHER_SESSIONS, account=account_id, user=user_id, session=kept)


def find_ticket(tx: Tx, sha256: str) -> Ticket | None:
    """What a one-time link allows, while it is good; asked without an account, for the link names it."""
    row = tx.row(_TICKET, sha256=sha256, now=tx.stamp)
    return None if row is None else Ticket(row.account_id, row.kind, row.role, row.user_id, row.email)


def insert_ticket(tx: Tx, account_id: int, ticket: Ticket, sha256: str, expires_at: str) -> None:
    tx.change(
        _INSERT_TICKET,
        account_id=account_id,
        sha256=sha256,
        kind=ticket.kind,
        role=ticket.role,
        user_id=ticket.user_id,
        email=ticket.email,
        created_at=tx.stamp,
        expires_at=expires_at,
    )


def delete_ticket(tx: Tx, sha256: str) -> bool:
    """Whether there was such a link: of two who use it at once, one comes too late."""
    return tx.change(_DELETE_TICKET, digest=sha256) == 1


def list_invitations(tx: Tx, account_id: int) -> list[Invitation]:
    """The links by which somebody may still join, the oldest first."""
    return [Invitation(*row) for row in tx.rows(_INVITATIONS, account_id=account_id, now=tx.stamp)]


def delete_invitation(tx: Tx, account_id: int, invitation_id: str) -> bool:
    """Whether there was such an invitation."""
    return tx.change(_DELETE_INVITATION, account=account_id, digest=invitation_id) == 1


def delete_tickets(tx: Tx, account_id: int, user_id: str) -> None:
    """Take the worth from every link that was made for a user."""
    tx.change(_DELETE_TICKETS, account=account_id, user=user_id)


def delete_owner_tickets(tx: Tx, account_id: int) -> None:
    tx.change(_DELETE_JOIN_TICKETS, account=account_id)


def forget_old(tx: Tx, seen_before: str) -> None:
    """Delete sessions and links that are no longer good."""
    tx.change(_FORGET_SESSIONS, now=tx.stamp, seen_before=seen_before)
    tx.change(_FORGET_TICKETS, now=tx.stamp)


def _user(row: Row) -> User:
    return User(**{name: getattr(row, name) for name in User.__struct_fields__})


def _columns(user: User) -> dict[str, str | None]:
    return {
        "name": user.name,
        "email": user.email,
        "email_folded": fold_email(user.email),
        "role": user.role,
        "updated_at": user.updated_at,
        "last_login_at": user.last_login_at,
    }
