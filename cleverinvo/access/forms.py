"""What may be asked of the second factor."""

from cleverinvo.shapes import Form, Label, Text


class Code(Label):
    """A code of six digits, or a recovery code."""

    MAX = 40


class EnterCode(Form, frozen=True):
    code: Code


class ProvePassword(Form, frozen=True):
    """The present password, before something changes that would let somebody else in."""

    current: Text
