"""The verbs of the second factor: set it up, ask for it at the door, and do without a lost device."""

import secrets
from typing import Final, NamedTuple

from cleverinvo.access import rules, store
from cleverinvo.access.rules import Standing
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import Conflict, Fault, Invalid, NotFound
from cleverinvo.sealing import BrokenSeal
from cleverinvo.users import actions as users
from cleverinvo.users import rules as user_rules
from cleverinvo.users import store as user_store
from cleverinvo.users.actions import Entered
from cleverinvo.users.rules import Ticket

WRONG_CODE: Final = Fault("code", "This code is not right, or was used already")


class Halfway(NamedTuple):
    """Somebody whose password was right, and who is asked for a code. The token is known only now."""

    token: str


def look(tx: Tx, account_id: int, user_id: str) -> Standing:
    factor = store.find(tx, account_id, user_id)
    is_on = factor is not None and factor.is_confirmed
    return Standing(is_on, store.count_recovery_codes(tx, account_id, user_id) if is_on else 0)


def begin(tx: Tx, account_id: int, user_id: str) -> bytes:
    """A new secret for somebody's device. Nothing is asked of anybody before a first code was right."""
    factor = store.find(tx, account_id, user_id)
    if factor is not None and factor.is_confirmed:
        raise Conflict("A second factor is on already; switch it off first.")
    secret = secrets.token_bytes(rules.SECRET_BYTES)
    store.insert(tx, account_id, user_id, tx.seal.close(rules.spell(secret), user_id))
    return secret


def find_begun(tx: Tx, account_id: int, user_id: str) -> bytes:
    """The secret that is being set up, to be shown once more after a wrong code."""
    factor = store.find(tx, account_id, user_id)
    if factor is None or factor.is_confirmed:
        raise Conflict("Nothing is being set up; begin again.")
    return rules.unspell(tx.seal.open(factor.secret, user_id))


def confirm(tx: Tx, account_id: int, user_id: str, typed: str) -> list[str]:
    """Switch the second factor on with a first code; the recovery codes, which are known only now."""
    counter = rules.find_counter(find_begun(tx, account_id, user_id), rules.fold(typed), tx.now, last=0)
    if counter is None:
        raise Invalid([WRONG_CODE])
    store.use(tx, account_id, user_id, counter)
    store.confirm(tx, account_id, user_id)
    return renew_recovery_codes(tx, account_id, user_id)


def renew_recovery_codes(tx: Tx, account_id: int, user_id: str) -> list[str]:
    """New recovery codes; those before them work no more."""
    if not look(tx, account_id, user_id).is_on:
        raise Conflict("There is no second factor that could be lost.")
    codes = [
        rules.write_recovery_code(secrets.token_bytes(rules.RECOVERY_BYTES)) for _ in range(rules.RECOVERY_CODES)
    ]
    store.keep_recovery_codes(tx, account_id, user_id, map(rules.digest_recovery_code, codes))
    return codes


def switch_off(tx: Tx, account_id: int, user_id: str) -> None:
    store.delete(tx, account_id, user_id)


def reset(tx: Tx, _: int, email: str) -> None:
    """Switch the second factor off for somebody who has lost device and recovery codes."""
    found = user_store.find_by_email(tx, email)
    if found is None or not store.delete(tx, found.account_id, found.user_id):
        raise NotFound(f"Nobody logs in as {email} with a second factor.")


def come_in(tx: Tx, account_id: int, user_id: str, browser: str) -> Entered | Halfway:
    """Let somebody in whose password was right, or ask for the second factor first."""
    if not look(tx, account_id, user_id).is_on:
        return users.log_in(tx, account_id, user_id, browser)
    ticket = Ticket(account_id, "code", None, user_id, None)
    return Halfway(users.issue(tx, ticket, rules.PAUSE))


def reset_password(tx: Tx, no_account: int, token: str, password_hash: str, browser: str) -> Entered | Halfway:
    """A new password by one-time link. It does not stand in for the second factor."""
    ticket = users.reset_password(tx, no_account, token, password_hash)
    assert ticket.user_id is not None
    return come_in(tx, ticket.account_id, ticket.user_id, browser)


def enter(tx: Tx, _: int, token: str, typed: str, browser: str) -> Entered:
    """Let somebody in by a code, or by a recovery code. Raises Invalid for a wrong one, NotFound when too late."""
    ticket = user_store.find_ticket(tx, user_rules.digest(token))
    if ticket is None or ticket.kind != "code" or ticket.user_id is None:
        raise NotFound("This took too long; log in again.")
    account_id, user_id = ticket.account_id, ticket.user_id
    if not _use_code(tx, account_id, user_id, typed) and not store.use_recovery_code(
        tx, account_id, user_id, rules.digest_recovery_code(typed)
    ):
        raise Invalid([WRONG_CODE])
    users.use(tx, token, "code")
    return users.log_in(tx, account_id, user_id, browser)


def _use_code(tx: Tx, account_id: int, user_id: str, typed: str) -> bool:
    """Whether it was a code of the device, which then works no more. A broken seal leaves the recovery codes."""
    factor = store.find(tx, account_id, user_id)
    if factor is None or not factor.is_confirmed:
        return False
    try:
        secret = rules.unspell(tx.seal.open(factor.secret, user_id))
    except BrokenSeal:
        return False
    counter = rules.find_counter(secret, rules.fold(typed), tx.now, factor.last_counter)
    if counter is not None:
        store.use(tx, account_id, user_id, counter)
    return counter is not None
