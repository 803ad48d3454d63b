"""Letters about invoices, in the document's language and the seller's colour; and our own to people who log in."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import jinja2

from cleverinvo.documents import colors
from cleverinvo.documents.rules import Document
from cleverinvo.documents.words import Words

TEMPLATES: Final = Path(__file__).parent / "templates"

Sentence = Literal["mail_invoice", "mail_before", "mail_overdue"]
"""What a letter says where nobody has written anything else: the name of a label."""

SUBJECTS: Final[Mapping[Sentence, str]] = {
    "mail_invoice": "mail_subject",
    "mail_before": "mail_reminder_subject",
    "mail_overdue": "mail_reminder_subject",
}

OURSELVES: Final = "CleverInvo"
ACCENT: Final = "#0d5c46"


class Letter(NamedTuple):
    """What a mail says."""

    subject: str
    text: str
    html: str


def write(
    document: Document,
    url: str,
    *,
    sentence: Sentence = "mail_invoice",
    subject: str | None = None,
    message: str | None = None,
    attaches_pdf: bool = False,
) -> Letter:
    """The letter about an invoice; `message` stands instead of our own sentence, `url` is where it can be seen."""
    words = Words(document.locale, document.currency)
    said = _Said(words.labels, names(document))
    body = message or said.of(sentence)
    values: dict[str, Any] = {
        "lang": words.language,
        "rtl": words.is_rtl,
        "accent": colors.readable(document.branding.accent_color)[0],
        "seller": document.seller.name,
        "hello": None if message else said.of("mail_hello"),
        "paragraphs": [part for part in body.split("\n\n") if part.strip()],
        "facts": [
            (words.kind(document), document.name),
            (words.labels["amount_due"], words.money(document.due)),
            (words.labels["due_date"], words.date(document.due_date)),
        ],
        "attached": said.of("mail_attached") if attaches_pdf else None,
        "view": said.of("mail_view"),
        "url": url,
        "regards": None if message else said.of("mail_regards"),
        "contact": [part for part in (document.seller.email, document.seller.phone) if part],
    }
    return _written(subject or said.of(SUBJECTS[sentence]), values)


def to_person(subject: str, paragraphs: Sequence[str], link: tuple[str, str] | None = None) -> Letter:
    """A letter from the server itself, in the language of its pages; `link` is words and address."""
    view, url = link or ("", "")
    values: dict[str, Any] = {
        "lang": "en",
        "rtl": False,
        "accent": ACCENT,
        "seller": OURSELVES,
        "paragraphs": paragraphs,
        "facts": [],
        "view": view,
        "url": url,
        "contact": [],
        **dict.fromkeys(("hello", "attached", "regards")),
    }
    return _written(subject, values)


def _written(subject: str, values: Mapping[str, Any]) -> Letter:
    return Letter(
        subject,
        _environment().get_template("letter.txt").render(values).strip() + "\n",
        _environment().get_template("letter.html").render(values),
    )


def language(document: Document) -> str:
    """The language that a document is asked for in, whether or not there are labels in it: `cs`."""
    return str(Words(document.locale, document.currency).locale.language)


class _Said(NamedTuple):
    """Labels with the names of this letter put in."""

    labels: Mapping[str, str]
    names: Mapping[str, str]

    def of(self, label: str) -> str:
        return self.labels[label].format_map(self.names)


def names(document: Document) -> dict[str, str]:
    """What a letter calls things by, as it is written in the document's language."""
    words = Words(document.locale, document.currency)
    return {
        "number": document.name,
        "seller": document.seller.name,
        "client": document.client.name,
        "amount": words.money(document.due),
        "due": words.date(document.due_date),
    }


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
