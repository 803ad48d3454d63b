"""Mails in the database: rows in, nouns out."""

from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, exists, func, null, select

from cleverinvo import clock, shapes
from cleverinvo.db.listing import Listing
from cleverinvo.db.schema import demos, mails
from cleverinvo.db.statements import among, insert_into
from cleverinvo.db.transaction import Row, Tx
from cleverinvo.errors import NotFound
from cleverinvo.mail.forms import ListMails
from cleverinvo.mail.rules import PERSON, Kind, Mail, State
from cleverinvo.paging import Page, Window
from cleverinvo.sealing import BrokenSeal

_MINE = mails.c.account_id == bindparam("account_id")
_IS_SHOWN = mails.c.invoice_id.is_not(None)
"""Mails to people hold links that let them in: they are in no list and no answer."""

_ANY_BY_ID = select(mails).where(_MINE, mails.c.id == bindparam("id"))
_BY_ID = _ANY_BY_ID.where(_IS_SHOWN)
_COUNT = select(func.count().label("count")).select_from(mails).where(_MINE, _IS_SHOWN)
_SINCE = _COUNT.where(mails.c.created_at > bindparam("since"))
_LINKS_SINCE = _SINCE.where(mails.c.invoice_id == bindparam("invoice_id"), mails.c.kind == "link")
_INSERT = insert_into(mails)
_IS_FREE = mails.c.claimed_until.is_(None) | (mails.c.claimed_until < bindparam("now"))
_IS_DEMO = exists().where(demos.c.demo_account_id == mails.c.account_id)
_DUE = (
    select(mails)
    .where(mails.c.status == "waiting", mails.c.due_at <= bindparam("now"), _IS_FREE, ~_IS_DEMO)
    .order_by(mails.c.due_at, mails.c.seq)
    .limit(bindparam("most"))
)
_CLAIM = (
    mails.update()
    .where(among(mails.c.id, "ids"), mails.c.status == "waiting", _IS_FREE)
    .values(claimed_until=bindparam("until"))
    .returning(mails.c.id)
)
_NOTE = (
    mails.update()
    .where(mails.c.account_id == bindparam("account"), mails.c.id == bindparam("mail"))
    .values(
        status=bindparam("state"),
        attempts=bindparam("tried"),
        due_at=bindparam("due"),
        last_error=bindparam("error"),
        sent_at=bindparam("sent"),
        claimed_until=null(),
    )
)
_CANCEL = (
    mails.update()
    .where(
        mails.c.account_id == bindparam("account"),
        mails.c.invoice_id == bindparam("invoice"),
        mails.c.kind == bindparam("of_kind"),
        mails.c.status == "waiting",
        _IS_FREE,
    )
    .values(status="cancelled", last_error=bindparam("why"), claimed_until=null())
)
_WITHDRAW = (
    mails.update()
    .where(
        mails.c.account_id == bindparam("account"),
        mails.c.id == bindparam("mail"),
        mails.c.status == "waiting",
        _IS_FREE,
    )
    .values(status="cancelled", last_error=bindparam("why"), claimed_until=null())
)
_FORGET_WORDS = (
    mails.update()
    .where(mails.c.account_id == bindparam("account"), mails.c.id == bindparam("mail"), mails.c.kind == PERSON)
    .values(text="", html="")
)


class Envelope(NamedTuple):
    """A mail ready to be sent, with what is in no answer. One to a person is about no invoice: its id is empty."""

    account_id: int
    mail: Mail
    html: str
    sender_name: str
    reply_to: str


def get(tx: Tx, account_id: int, mail_id: str) -> Mail:
    row = tx.row(_BY_ID, account_id=account_id, id=mail_id)
    if row is None:
        raise NotFound("No such mail.")
    return _noun(tx, row)


def find_html(tx: Tx, account_id: int, mail_id: str) -> str:
    """The letter as it is sent, which no answer of the API has."""
    row = tx.row(_BY_ID, account_id=account_id, id=mail_id)
    if row is None:
        raise NotFound("No such mail.")
    return str(row.html)


def recall(tx: Tx, account_id: int, mail_id: str) -> Mail:
    """A mail of any kind, to note what became of it."""
    row = tx.row(_ANY_BY_ID, account_id=account_id, id=mail_id)
    if row is None:
        raise NotFound("No such mail.")
    return _noun(tx, row)


def list_page(tx: Tx, account_id: int, form: ListMails) -> Page[Mail]:
    counted = tx.row(_COUNT, account_id=account_id)
    assert counted is not None
    return _LISTING.page(tx, account_id, form, {"status": form.status}, {}, int(counted.count))


def list_page_of_invoice(tx: Tx, account_id: int, invoice_id: str, window: Window) -> Page[Mail]:
    return _LISTING.page(tx, account_id, window, {"invoice_id": invoice_id}, {}, 0)


def count_since(tx: Tx, account_id: int, ago: timedelta) -> int:
    """How many mails were queued in the time before now."""
    row = tx.row(_SINCE, account_id=account_id, since=clock.stamp(tx.now - ago))
    assert row is not None
    return int(row.count)


def has_link_since(tx: Tx, account_id: int, invoice_id: str, ago: timedelta) -> bool:
    """Whether somebody was mailed a fresh link to the invoice's page in the time before now."""
    since = clock.stamp(tx.now - ago)
    row = tx.row(_LINKS_SINCE, account_id=account_id, invoice_id=invoice_id, since=since)
    return row is not None and row.count > 0


def insert(tx: Tx, envelope: Envelope) -> None:
    """Put a mail into the queue. What one to a person says is kept sealed until it is sent."""
    mail, html = envelope.mail, envelope.html
    fields = {name: getattr(mail, name) for name in mail.__struct_fields__}
    fields |= {"to": shapes.encode(mail.to).decode(), "cc": shapes.encode(mail.cc).decode()}
    if not mail.invoice_id:
        fields |= {"kind": PERSON, "invoice_id": None, "text": tx.seal.close(mail.text, mail.id)}
        html = tx.seal.close(html, mail.id)
    tx.change(
        _INSERT,
        account_id=envelope.account_id,
        html=html,
        sender_name=envelope.sender_name,
        reply_to=envelope.reply_to,
        claimed_until=None,
        **fields,
    )


def claim(tx: Tx, most: int, lease: timedelta) -> list[Envelope]:
    """Take mails of any account that are due: they are the taker's own until the lease ends.

    Nothing is ever mailed from an account that is there to look around in.
    """
    rows = {row.id: row for row in tx.rows(_DUE, now=tx.stamp, most=most)}
    until = clock.stamp(tx.now + lease)
    taken = tx.rows(_CLAIM, ids=list(rows), now=tx.stamp, until=until) if rows else []
    return [envelope for row in taken if (envelope := _envelope(tx, rows[row.id]))]


def note(
    tx: Tx, account_id: int, mail_id: str, state: State, *, attempts: int, due_at: str, error: str | None
) -> None:
    """Write down what became of an attempt."""
    sent_at = tx.stamp if state == "sent" else None
    fields: dict[str, Any] = {"state": state, "tried": attempts, "due": due_at, "error": error, "sent": sent_at}
    tx.change(_NOTE, account=account_id, mail=mail_id, **fields)
    if state != "waiting":
        tx.change(_FORGET_WORDS, account=account_id, mail=mail_id)


def cancel_waiting(tx: Tx, account_id: int, invoice_id: str, kind: Kind, why: str) -> None:
    """Let mails that wait not go out; one that is on its way this moment does."""
    tx.change(_CANCEL, account=account_id, invoice=invoice_id, of_kind=kind, why=why, now=tx.stamp)


def withdraw(tx: Tx, account_id: int, mail_id: str, why: str) -> bool:
    """Let one mail that waits not go out; False where it is on its way, or has gone."""
    return tx.change(_WITHDRAW, account=account_id, mail=mail_id, why=why, now=tx.stamp) > 0


def _envelope(tx: Tx, row: Row) -> Envelope | None:
    """None where it was sealed under another secret: nobody can read it any more, so it has failed."""
    mail, html = _noun(tx, row), row.html
    if row.kind == PERSON:
        try:
            mail = msgspec.structs.replace(mail, text=tx.seal.open(mail.text, mail.id))
            html = tx.seal.open(html, mail.id)
        except BrokenSeal as broken:
            note(tx, row.account_id, row.id, "failed", attempts=row.attempts, due_at=row.due_at, error=str(broken))
            return None
    return Envelope(row.account_id, mail, html, row.sender_name, row.reply_to)


def _noun(_: Tx, row: Row) -> Mail:
    fields = {name: getattr(row, name) for name in Mail.__struct_fields__}
    fields["invoice_id"] = row.invoice_id or ""
    fields |= {"to": _addresses.decode(row.to), "cc": _addresses.decode(row.cc)}
    return Mail(**{**fields, "attaches_pdf": bool(row.attaches_pdf)})


_CLAUSES = {
    "status": mails.c.status == bindparam("status"),
    "invoice_id": mails.c.invoice_id == bindparam("invoice_id"),
}
_LISTING = Listing(mails, clause=_CLAUSES.__getitem__, sorts={"createdAt": None}, noun=_noun, always=_IS_SHOWN)
_addresses = msgspec.json.Decoder(list[str])
