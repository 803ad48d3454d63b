"""What may be asked of reminders."""

from typing import Annotated, Final

import msgspec

from cleverinvo.mail.forms import Recipients
from cleverinvo.reminders import rules
from cleverinvo.shapes import Form, Label, Pattern, Text

STEPS_MAX: Final = 5
LANGUAGES_MAX: Final = 20
DAYS_BEFORE_MAX: Final = 60
DAYS_AFTER_MAX: Final = 365

HELP: Final = "Placeholders: {number}, {amount}, {due}, {client}, {seller}, {days}; two braces are one"


class Message(Text):
    """What a reminder says; a blank line begins a paragraph."""

    MIN = 1
    MAX = 5_000

    @classmethod
    def read(cls, raw: object) -> "Message":
        text = super().read(raw)
        _refuse_wrong(text)
        return text


class Subject(Label):
    """What stands above it, on one line."""

    @classmethod
    def read(cls, raw: object) -> "Subject":
        text = super().read(raw)
        _refuse_wrong(text)
        return text


class Language(Pattern):
    """A language without a region."""

    MAX = 3
    PATTERN = "[a-z]{2,3}"
    SENTENCE = "Expected a language such as en or de"


class SetReminderText(Form, frozen=True):
    """What a step says in one language, with placeholders such as `{number}` and `{amount}`."""

    language: Language
    subject: Subject | None = None
    message: Message | None = None


class SetReminderStep(Form, frozen=True):
    """A day on which clients are reminded, negative before the due date."""

    days: Annotated[int, msgspec.Meta(ge=-DAYS_BEFORE_MAX, le=DAYS_AFTER_MAX)]
    texts: Annotated[list[SetReminderText], msgspec.Meta(max_length=LANGUAGES_MAX)] = []


class SetReminders(Form, frozen=True):
    """When clients are reminded; without steps, never by itself."""

    steps: Annotated[list[SetReminderStep], msgspec.Meta(max_length=STEPS_MAX)]
    attach_pdf: bool = False


class Remind(Form, frozen=True):
    """How to remind now; without anything, as the step says that the invoice has come to."""

    to: Recipients | None = None
    cc: Recipients | None = None
    subject: Subject | None = None
    message: Message | None = None
    attach_pdf: bool | None = None


def _refuse_wrong(text: str) -> None:
    """Raises ValueError where a letter could not be written: never when it is to be sent."""
    if found := rules.complaint(text):
        raise ValueError(found)
