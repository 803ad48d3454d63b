"""What may be asked by people at the door."""

import unicodedata
from typing import Self

from cleverinvo.scalars import Email
from cleverinvo.shapes import Form, Label, Text
from cleverinvo.users.rules import Role


class Password(Text):
    """Length is what counts (NIST SP 800-63B): no rules about which characters."""

    MIN = 10
    MAX = 200

    @classmethod
    def read(cls, raw: object) -> Self:
        if type(raw) is str and len(raw) < cls.MIN:
            raise ValueError(f"At least {cls.MIN} characters")
        # The same password typed on another keyboard may come as other code points.
        return cls(unicodedata.normalize("NFC", super().read(raw)))


class UserEmail(Email):
    """An address to log in with."""

    @classmethod
    def read(cls, raw: object) -> Self:
        email = super().read(raw)
        name, _, host = email.strip().rpartition("@")
        if not name or not host or " " in email.strip():
            raise ValueError("Expected an e-mail address such as you@example.com")
        return cls(email.strip())


class SignUp(Form, frozen=True):
    """A new business and its owner."""

    business: Label
    name: Label
    email: UserEmail
    password: Password


class LogIn(Form, frozen=True):
    """The password is not judged here: whatever it is, it fits or it does not."""

    email: Email
    password: Text


class Join(Form, frozen=True):
    """The new member behind an invitation. `business` only where the account has nobody yet."""

    name: Label
    email: UserEmail
    password: Password
    business: Label | None = None


class ResetPassword(Form, frozen=True):
    password: Password


class ChangePassword(Form, frozen=True):
    current: Text
    password: Password


class ChangeUser(Form, frozen=True):
    name: Label


class ChangeEmail(Form, frozen=True):
    """Another address to log in with, from somebody who knows the present password."""

    email: UserEmail
    current: Text


class GiveEmail(Form, frozen=True):
    """Where a link is mailed to."""

    email: UserEmail


class OpenAccount(Form, frozen=True):
    """A new business and its owner, whose address is known from the link."""

    business: Label
    name: Label
    password: Password


class Invite(Form, frozen=True):
    role: Role
    email: UserEmail | None = None
