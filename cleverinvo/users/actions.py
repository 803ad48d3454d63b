"""The verbs of people: sign up, log in and out, invite, join, and choose another password."""

import secrets
from datetime import timedelta
from typing import NamedTuple

import msgspec

from cleverinvo import clock, ids
from cleverinvo.accounts import actions as accounts
from cleverinvo.accounts import store as account_store
from cleverinvo.accounts.rules import Tier
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import Conflict, Fault, Invalid, NotFound
from cleverinvo.users import rules, store
from cleverinvo.users.forms import ChangeUser, Invite, Join, SignUp
from cleverinvo.users.rules import Role, Session, Ticket, User, Visitor

TAKEN = Fault("email", "Somebody logs in with this address already")
USED_UP = "This link has been used, or is too old. Ask for a new one."


class Entered(NamedTuple):
    """Somebody who has just come in, and the token of their new session, which is known only now."""

    account_id: int
    user_id: str
    token: str


def sign_up(tx: Tx, _: int, form: SignUp, password_hash: str, tier: Tier, browser: str) -> Entered:
    """A new account with its owner, logged in."""
    refuse_taken(tx, form.email)
    account_id, _account = accounts.found_account(tx, form.business, form.email, tier)
    user = _add(tx, account_id, form.name, form.email, "owner", password_hash)
    return log_in(tx, account_id, user.id, browser)


def log_in(tx: Tx, account_id: int, user_id: str, browser: str) -> Entered:
    """A new session, whatever sessions there were: nobody can be given one that somebody else knows."""
    user = store.get(tx, account_id, user_id)
    store.update(tx, account_id, msgspec.structs.replace(user, last_login_at=tx.stamp))
    token = secrets.token_urlsafe(rules.LINK_BYTES)
    session = Session(
        id=ids.new("ses", tx.now),
        user_id=user_id,
        browser=browser,
        created_at=tx.stamp,
        last_seen_at=tx.stamp,
        expires_at=clock.stamp(tx.now + rules.LIFE),
    )
    store.insert_session(tx, account_id, session, rules.digest(token))
    return Entered(account_id, user_id, token)


def find_visitor(tx: Tx, token: str) -> Visitor | None:
    """Who stands behind a session's token."""
    return store.find_visitor(tx, rules.digest(token), _seen_after(tx))


def list_sessions(tx: Tx, account_id: int, user_id: str) -> list[Session]:
    return store.list_sessions(tx, account_id, user_id, _seen_after(tx))


def log_out(tx: Tx, account_id: int, user_id: str, session_id: str) -> None:
    store.delete_session(tx, account_id, user_id, session_id)


def log_out_elsewhere(tx: Tx, account_id: int, user_id: str, session_id: str) -> None:
    store.delete_other_sessions(tx, account_id, user_id, kept=session_id)


def invite(tx: Tx, account_id: int, form: Invite) -> str:
    """The token of a one-time link by which somebody joins the account."""
    return issue(tx, Ticket(account_id, "join", form.role, None, form.email))


def invite_first_owner(tx: Tx, account_id: int) -> str | None:
    """A one-time link for the owner of an account that nobody belongs to yet; links before it lose their worth."""
    if store.list_all(tx, account_id):
        return None
    store.delete_owner_tickets(tx, account_id)
    return invite(tx, account_id, Invite(role="owner"))


def withdraw(tx: Tx, account_id: int, invitation_id: str) -> None:
    """Take the worth from an invitation."""
    if not store.delete_invitation(tx, account_id, invitation_id):
        raise NotFound("This invitation was used, or is too old.")


def join(tx: Tx, _: int, token: str, form: Join, password_hash: str, browser: str) -> Entered:
    """The new member that an invitation made, logged in. The first one of an account gives it their name."""
    ticket = use(tx, token, "join")
    refuse_taken(tx, form.email)
    is_first = not store.list_all(tx, ticket.account_id)
    if is_first and form.business is not None:
        account = account_store.get(tx, ticket.account_id)
        renamed = msgspec.structs.replace(account, name=form.business, email=form.email, updated_at=tx.stamp)
        account_store.update(tx, ticket.account_id, renamed)
    user = _add(tx, ticket.account_id, form.name, form.email, ticket.role or "reader", password_hash)
    return log_in(tx, ticket.account_id, user.id, browser)


def offer_reset(tx: Tx, _: int, email: str) -> str:
    """The token of a one-time link by which somebody chooses a new password."""
    found = store.find_by_email(tx, email)
    if found is None:
        raise NotFound(f"Nobody logs in as {email}.")
    return issue(tx, Ticket(found.account_id, "reset", None, found.user_id, None))


def reset_password(tx: Tx, _: int, token: str, password_hash: str) -> Ticket:
    """A new password by one-time link. Every session ends, and every other link that would change it."""
    ticket = use(tx, token, "reset")
    assert ticket.user_id is not None
    store.set_password(tx, ticket.account_id, ticket.user_id, password_hash)
    store.delete_other_sessions(tx, ticket.account_id, ticket.user_id, kept="")
    store.delete_tickets(tx, ticket.account_id, ticket.user_id)
    return ticket


def change_password(tx: Tx, account_id: int, user_id: str, session_id: str, password_hash: str) -> None:
    """A new password. Every other session ends, and every link that would change it."""
    store.set_password(tx, account_id, user_id, password_hash)
    store.delete_other_sessions(tx, account_id, user_id, kept=session_id)
    store.delete_tickets(tx, account_id, user_id)


def rename(tx: Tx, account_id: int, user_id: str, form: ChangeUser) -> None:
    before = store.get(tx, account_id, user_id)
    store.update(tx, account_id, msgspec.structs.replace(before, name=form.name, updated_at=tx.stamp))


def change_email(tx: Tx, account_id: int, user_id: str, email: str) -> User:
    """Another address to log in with. Links that were mailed to the old one lose their worth."""
    before = store.get(tx, account_id, user_id)
    if rules.fold_email(email) != rules.fold_email(before.email):
        refuse_taken(tx, email)
    after = msgspec.structs.replace(before, email=email, updated_at=tx.stamp)
    store.update(tx, account_id, after)
    store.delete_tickets(tx, account_id, user_id)
    return after


def change_role(tx: Tx, account_id: int, user_id: str, role: Role) -> User:
    before = store.get(tx, account_id, user_id)
    if before.role == "owner" and role != "owner":
        _refuse_last_owner(tx, account_id)
    after = msgspec.structs.replace(before, role=role, updated_at=tx.stamp)
    store.update(tx, account_id, after)
    return after


def remove(tx: Tx, account_id: int, user_id: str) -> None:
    """Take somebody out of the account; they are logged out at once."""
    if store.get(tx, account_id, user_id).role == "owner":
        _refuse_last_owner(tx, account_id)
    store.delete(tx, account_id, user_id)


def forget_old(tx: Tx, _: int) -> None:
    """Delete the sessions and links that are no longer good."""
    store.forget_old(tx, _seen_after(tx))


def refuse_taken(tx: Tx, email: str) -> None:
    if store.find_by_email(tx, email) is not None:
        raise Invalid([TAKEN])


def issue(tx: Tx, ticket: Ticket, life: timedelta = rules.LINK_LIFE) -> str:
    """The token of a one-time link, which is nowhere else."""
    token = secrets.token_urlsafe(rules.LINK_BYTES)
    store.insert_ticket(tx, ticket.account_id, ticket, rules.digest(token), clock.stamp(tx.now + life))
    return token


def use(tx: Tx, token: str, kind: rules.TicketKind) -> Ticket:
    """What a one-time link allows, this once. Raises NotFound where it is used up, too old or another kind's."""
    sha256 = rules.digest(token)
    ticket = store.find_ticket(tx, sha256)
    if ticket is None or ticket.kind != kind or not store.delete_ticket(tx, sha256):
        raise NotFound(USED_UP)
    return ticket


def _add(tx: Tx, account_id: int, name: str, email: str, role: Role, password_hash: str) -> User:
    user = User(
        id=ids.new("usr", tx.now),
        name=name,
        email=email,
        role=role,
        created_at=tx.stamp,
        updated_at=tx.stamp,
        last_login_at=None,
    )
    store.insert(tx, account_id, user, password_hash)
    return user


def _seen_after(tx: Tx) -> str:
    return clock.stamp(tx.now - rules.IDLE)


def _refuse_last_owner(tx: Tx, account_id: int) -> None:
    if store.count_owners(tx, account_id) == 1:
        raise Conflict("An account needs an owner; make somebody else owner first.")
