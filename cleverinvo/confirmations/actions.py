"""The verbs of links that are mailed: offered to whoever asks, alike whether an address is known or not."""

from cleverinvo.accounts import store as accounts
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.accounts.rules import Tier
from cleverinvo.confirmations import letters
from cleverinvo.db.transaction import Tx
from cleverinvo.mail import actions as mail
from cleverinvo.users import actions as users
from cleverinvo.users import rules, store
from cleverinvo.users.actions import Entered
from cleverinvo.users.forms import Invite, OpenAccount, SignUp, UserEmail
from cleverinvo.users.rules import MAILED_LIFE, Ticket

NOBODY = Ticket(NO_ACCOUNT, "nobody", None, None, None)
"""Issued, to no one, where there is nothing to offer: both answers then wait for the same disk."""


def offer_password(tx: Tx, _: int, email: str) -> None:
    """Mail a link by which somebody chooses a new password, if anybody logs in with the address.

    Where nobody does, the same is written and the letter thrown away: time tells as little as the answer.
    """
    found = store.find_by_email(tx, email)
    ticket = Ticket(found.account_id, "reset", None, found.user_id, None) if found else NOBODY
    letter = letters.new_password(_link(tx, "reset", ticket))
    if found:
        known = store.get(tx, found.account_id, found.user_id)
        mail.post_to_person(tx, found.account_id, known.email, letter)


def offer_email(tx: Tx, account_id: int, user_id: str, email: str) -> None:
    """Mail a link to the new address, and word of it to the old one. Nothing changes before it is used."""
    before = store.get(tx, account_id, user_id)
    if rules.fold_email(email) == rules.fold_email(before.email):
        users.change_email(tx, account_id, user_id, email)  # the same, in other capitals
        return
    mail.post_to_person(tx, account_id, before.email, letters.leaving(email))
    if not _mail_if_known(tx, email):
        url = _link(tx, "confirm", Ticket(account_id, "email", None, user_id, email))
        mail.post_to_person(tx, account_id, email, letters.new_address(url))


def confirm_email(tx: Tx, _: int, token: str) -> None:
    """Change the address to the one that a link was mailed to."""
    ticket = users.use(tx, token, "email")
    assert ticket.user_id is not None
    assert ticket.email is not None
    users.change_email(tx, ticket.account_id, ticket.user_id, ticket.email)


def invite(tx: Tx, account_id: int, form: Invite, by: str) -> str:
    """The token of a link by which somebody joins the account, mailed to them, too; `by` is who asks them in."""
    token = users.invite(tx, account_id, form)
    if form.email is not None:
        business = accounts.get(tx, account_id).name
        letter = letters.invitation(by, business, f"{tx.links.public_url}/join/{token}")
        mail.post_to_person(tx, account_id, form.email, letter)
    return token


def offer_account(tx: Tx, _: int, email: str) -> None:
    """Mail a link by which somebody opens an account; or word that there is one already, to its owner alone."""
    if not _mail_if_known(tx, email):
        url = _link(tx, "signup", Ticket(NO_ACCOUNT, "signup", None, None, email))
        mail.post_to_person(tx, NO_ACCOUNT, email, letters.new_account(url))


def open_account(
    tx: Tx, _: int, token: str, form: OpenAccount, password_hash: str, tier: Tier, browser: str
) -> Entered:
    """The account and its owner, whose address is confirmed by the link, logged in."""
    ticket = users.use(tx, token, "signup")
    assert ticket.email is not None
    owner = SignUp(business=form.business, name=form.name, email=UserEmail(ticket.email), password=form.password)
    return users.sign_up(tx, NO_ACCOUNT, owner, password_hash, tier, browser)


def _mail_if_known(tx: Tx, email: str) -> bool:
    """Tell the owner of an address that it is in use, where it is."""
    found = store.find_by_email(tx, email)
    if found is None:
        return False
    users.issue(tx, NOBODY, MAILED_LIFE)
    known = store.get(tx, found.account_id, found.user_id)
    mail.post_to_person(tx, found.account_id, known.email, letters.known_already(f"{tx.links.public_url}/login"))
    return True


def _link(tx: Tx, path: str, ticket: Ticket) -> str:
    return f"{tx.links.public_url}/{path}/{users.issue(tx, ticket, MAILED_LIFE)}"
