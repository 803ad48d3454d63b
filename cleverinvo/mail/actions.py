"""The verbs of mail: send an invoice, take what is due, and note what became of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cleverinvo import clock, ids
from cleverinvo.db.transaction import Tx
from cleverinvo.documents import actions as documents
from cleverinvo.documents import rules as document_rules
from cleverinvo.documents.rules import Document
from cleverinvo.errors import Conflict, Fault, Invalid, RateLimited
from cleverinvo.invoices import store as invoice_store
from cleverinvo.invoices.rules import Invoice
from cleverinvo.mail import headers, letters, rules, store
from cleverinvo.mail.forms import Recipients, SendInvoice
from cleverinvo.mail.letters import Letter
from cleverinvo.mail.rules import Kind, Mail
from cleverinvo.mail.store import Envelope

DAY = timedelta(days=1)
UNNUMBERED = "\N{HORIZONTAL ELLIPSIS}"
AT_ONCE: Final = timedelta(0)
WITHDRAWN: Final = "Withdrawn before it went out."
SETTLED: Final = "Nothing is due any more."


def send(tx: Tx, account_id: int, invoice_id: str, form: SendInvoice) -> Invoice:
    """Send an invoice by mail: it is frozen, and its mail queued, in this transaction. Sent ones may go again."""
    invoice, _ = _send(tx, account_id, invoice_id, form)
    return invoice


def send_after(tx: Tx, account_id: int, invoice_id: str, form: SendInvoice, pause: timedelta) -> Mail:
    """Send an invoice whose mail waits for a pause in which it can be withdrawn. The invoice is frozen now."""
    _, mail = _send(tx, account_id, invoice_id, form, pause)
    return mail


def withdraw(tx: Tx, account_id: int, mail_id: str) -> bool:
    """Let a mail not go out any more; whether that was still possible. The invoice stays sent."""
    store.get(tx, account_id, mail_id)
    return store.withdraw(tx, account_id, mail_id, WITHDRAWN)


def preview(tx: Tx, account_id: int, invoice_id: str, form: SendInvoice) -> Letter:
    """The letter that sending would queue. A draft's has the address that its page will have.

    Where numbers come on sending, it has dots instead of the number that is not taken yet.
    """
    invoice = invoice_store.get(tx, account_id, invoice_id)
    document = document_of_today(tx, account_id, invoice)
    draft_url = tx.links.page(invoice.id, invoice_store.FIRST_PAGE)
    url = (invoice.hosted_url or invoice.pdf_url) if invoice.sent_at else draft_url
    return _letter(document._replace(number=document.number or UNNUMBERED), url, form)


def document_of_today(tx: Tx, account_id: int, invoice: Invoice) -> Document:
    """What a letter speaks of: the invoice as it was sent, and what is open of it now."""
    return document_rules.copy_of_today(documents.of_invoice(tx, account_id, invoice), invoice)


def post(
    tx: Tx,
    account_id: int,
    invoice_id: str,
    kind: Kind,
    document: Document,
    letter: Letter,
    to: Recipients,
    cc: Recipients | None = None,
    *,
    attaches_pdf: bool = False,
    pause: timedelta = AT_ONCE,
) -> Mail:
    """Put a letter into the queue. Raises RateLimited where the account has sent too many in a day."""
    if store.count_since(tx, account_id, DAY) >= rules.DAILY_QUOTA:
        raise RateLimited(int(DAY.total_seconds()))
    mail = _waiting(tx, invoice_id, kind, letter, to, cc or [], attaches_pdf=attaches_pdf, pause=pause)
    reply_to = headers.address(document.seller.email or "") or ""
    store.insert(tx, Envelope(account_id, mail, letter.html, document.seller.name, reply_to))
    return mail


def post_to_person(tx: Tx, account_id: int, email: str, letter: Letter) -> None:
    """Put a letter into the queue to somebody who logs in, or wishes to; without any place to answer it."""
    to = headers.address(email)
    if to is not None:  # else it is an address to log in with, but none that a mail server knows
        mail = _waiting(tx, "", "link", letter, [to], [])
        store.insert(tx, Envelope(account_id, mail, letter.html, letters.OURSELVES, reply_to=""))


def retry(tx: Tx, account_id: int, mail_id: str) -> Mail:
    """Try a mail that failed or waits again, at once."""
    mail = store.get(tx, account_id, mail_id)
    if mail.status == "sent":
        raise Conflict("The mail was sent already; send the invoice again with POST /invoices/{id}/send.")
    store.note(tx, account_id, mail_id, "waiting", attempts=0, due_at=tx.stamp, error=mail.last_error)
    return store.get(tx, account_id, mail_id)


def claim(tx: Tx, _: int, most: int) -> list[Envelope]:
    """Take mails that are due, of any account, for this worker alone, but for reminders of what was paid since."""
    taken = store.claim(tx, most, rules.LEASE)
    return [envelope for envelope in taken if not _cancel_if_settled(tx, envelope)]


def cancel(tx: Tx, account_id: int, invoice_id: str, kind: Kind, why: str) -> None:
    """Let an invoice's mails of a kind not go out that still wait."""
    store.cancel_waiting(tx, account_id, invoice_id, kind, why)


def note_sent(tx: Tx, account_id: int, mail_id: str, refused: str | None) -> None:
    """Note that the mail server has taken a mail, perhaps not for all of its recipients."""
    mail = store.recall(tx, account_id, mail_id)
    store.note(tx, account_id, mail_id, "sent", attempts=mail.attempts + 1, due_at=mail.due_at, error=refused)


def note_failure(tx: Tx, account_id: int, mail_id: str, error: str, is_final: bool) -> None:
    """Keep what the mail server said, and try again later unless that is of no use."""
    mail = store.recall(tx, account_id, mail_id)
    attempts = mail.attempts + 1
    is_late = not mail.invoice_id and mail.created_at < clock.stamp(tx.now - rules.PERSONAL_LIFE)
    pause = None if is_final or is_late else rules.delay(attempts)
    due_at = mail.due_at if pause is None else clock.stamp(tx.now + pause)
    state: rules.State = "failed" if pause is None else "waiting"
    store.note(tx, account_id, mail_id, state, attempts=attempts, due_at=due_at, error=error)


def _send(
    tx: Tx, account_id: int, invoice_id: str, form: SendInvoice, pause: timedelta = AT_ONCE
) -> tuple[Invoice, Mail]:
    invoice = documents.send(tx, account_id, invoice_id)
    document = document_of_today(tx, account_id, invoice)
    letter = _letter(document, invoice.hosted_url or invoice.pdf_url, form)
    to = form.to or _address_of(document)
    mail = post(
        tx,
        account_id,
        invoice.id,
        "invoice",
        document,
        letter,
        to,
        form.cc,
        attaches_pdf=form.attach_pdf,
        pause=pause,
    )
    return invoice, mail


def _letter(document: Document, url: str, form: SendInvoice) -> Letter:
    return letters.write(document, url, subject=form.subject, message=form.message, attaches_pdf=form.attach_pdf)


def _cancel_if_settled(tx: Tx, envelope: Envelope) -> bool:
    """Whether a reminder has nothing to remind of any more; it may have waited for days."""
    account_id, mail = envelope.account_id, envelope.mail
    if mail.kind != "reminder":
        return False
    invoice = invoice_store.get(tx, account_id, mail.invoice_id)
    if invoice.amount_due and not invoice.voided_at:
        return False
    store.note(tx, account_id, mail.id, "cancelled", attempts=mail.attempts, due_at=mail.due_at, error=SETTLED)
    return True


def _waiting(
    tx: Tx,
    invoice_id: str,
    kind: Kind,
    letter: Letter,
    to: Sequence[str],
    cc: Sequence[str],
    *,
    attaches_pdf: bool = False,
    pause: timedelta = AT_ONCE,
) -> Mail:
    return Mail(
        id=ids.new("mail", tx.now),
        invoice_id=invoice_id,
        kind=kind,
        status="waiting",
        to=list(to),
        cc=list(cc),
        subject=letter.subject,
        text=letter.text,
        attaches_pdf=attaches_pdf,
        attempts=0,
        due_at=clock.stamp(tx.now + pause),
        last_error=None,
        created_at=tx.stamp,
        sent_at=None,
    )


def _address_of(document: Document) -> Recipients:
    """Where the client of an invoice has its mail."""
    known = headers.address(document.client.email or "")
    if known is None:
        raise Invalid([Fault("to", "The client has no e-mail address; say where to send it")])
    return Recipients([known])
