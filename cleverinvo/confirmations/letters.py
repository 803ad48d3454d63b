"""Letters to people who log in, or wish to."""

from typing import Final

from cleverinvo.mail import letters
from cleverinvo.mail.letters import Letter
from cleverinvo.users.rules import LINK_LIFE

INVITED_HOURS: Final = int(LINK_LIFE.total_seconds() // 3600)
GOOD: Final = "The link works once, within one hour."
NOT_YOU: Final = "If it was not you, do nothing: without the link nothing changes."


def new_password(url: str) -> Letter:
    return letters.to_person(
        "Choose a new password",
        ["Somebody, probably you, has forgotten the password of this address.", f"{GOOD} {NOT_YOU}"],
        ("Choose a new password", url),
    )


def new_address(url: str) -> Letter:
    """To the new address."""
    return letters.to_person(
        "Confirm your new address",
        ["Somebody, probably you, wishes to log in with this address from now on.", f"{GOOD} {NOT_YOU}"],
        ("Confirm the address", url),
    )


def leaving(email: str) -> Letter:
    """To the old address, which can still do something about it."""
    return letters.to_person(
        "Your address is about to change",
        [
            f"You, or somebody with your password, asked to log in as {email} from now on.",
            "As soon as that address is confirmed, this one is no longer known. If it was not you, log in, "
            "change your password and log out everywhere else.",
        ],
    )


def new_account(url: str) -> Letter:
    return letters.to_person(
        "Open your account",
        ["Somebody, probably you, wishes to open an account with this address.", f"{GOOD} {NOT_YOU}"],
        ("Open the account", url),
    )


def invitation(by: str, business: str, url: str) -> Letter:
    return letters.to_person(
        f"{by} invites you to {business}",
        [
            f"With CleverInvo, {business} writes its invoices. Follow the link to choose a password and join.",
            f"The link works once, within {INVITED_HOURS} hours. If you do not know {by}, do nothing.",
        ],
        ("Join", url),
    )


def known_already(url: str) -> Letter:
    """To an address that somebody wished to use who did not know that it is in use, or was not its owner."""
    return letters.to_person(
        "You have an account already",
        [
            "Somebody, probably you, wished to use this address. It is known already: log in with it, or choose "
            "a new password if you have forgotten yours.",
            "If it was not you, there is nothing to do.",
        ],
        ("Log in", url),
    )
