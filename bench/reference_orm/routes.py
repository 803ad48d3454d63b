"""What the reference does: it creates invoices, sends them and records payments."""

import secrets
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Body, HTTPException, Response
from sqlalchemy import update
from sqlalchemy.orm import Session

from bench.reference_orm.admission import AccountId, Key, SessionDep
from bench.reference_orm.shapes import (
    ChangeInvoice,
    CreateInvoice,
    InvoiceOut,
    PaymentOut,
    RecordPayment,
    answer_of,
    answered,
    invoice_of,
    payment_of,
)
from bench.reference_orm.tables import Account, Client, Event, IdempotencyKey, Invoice

router = APIRouter(prefix="/api/v1")


@router.post("/invoices", status_code=201, response_model=InvoiceOut)
def create_invoice(
    data: Annotated[CreateInvoice, Body()], session: SessionDep, account_id: AccountId, idempotency_key: Key
) -> Response:
    account = _lock_account(session, account_id, numbers=1, events=1)
    fingerprint = sha256(data.model_dump_json().encode()).hexdigest()
    kept = _find_kept(session, account_id, idempotency_key, fingerprint)
    if kept is not None:
        return answered(kept.body, 201)
    client = session.get(Client, data.client_id)
    if client is None or client.account_id != account_id:
        raise HTTPException(422, "No such client")
    invoice = invoice_of(account, data)
    session.add(invoice)
    body = answer_of(invoice).model_dump_json(by_alias=True)
    _tell(session, account, ("invoice.created", body))
    _keep(session, account_id, idempotency_key, fingerprint, body)
    session.commit()
    return answered(body, 201)


@router.patch("/invoices/{id}", response_model=InvoiceOut)
def send_invoice(
    id: str,
    data: Annotated[ChangeInvoice, Body()],
    session: SessionDep,
    account_id: AccountId,
    idempotency_key: Key,
) -> Response:
    account = _lock_account(session, account_id, events=1)
    fingerprint = sha256(f"{id} {data.model_dump_json()}".encode()).hexdigest()
    kept = _find_kept(session, account_id, idempotency_key, fingerprint)
    if kept is not None:
        return answered(kept.body, 200)
    invoice = _find_invoice(session, account_id, id)
    if invoice.status != "DRAFT":
        raise HTTPException(409, f"An invoice that is {invoice.status} cannot become SENT")
    client = session.get_one(Client, invoice.client_id)
    invoice.status, invoice.sent_at = "SENT", datetime.now(UTC)
    invoice.parties = {"seller": {"name": account.name}, "client": {"name": client.name}}
    invoice.page_sha256 = sha256(secrets.token_bytes(20)).hexdigest()
    body = answer_of(invoice).model_dump_json(by_alias=True)
    _tell(session, account, ("invoice.sent", body))
    _keep(session, account_id, idempotency_key, fingerprint, body)
    session.commit()
    return answered(body, 200)


@router.post("/invoices/{id}/payments", status_code=201, response_model=PaymentOut)
def record_payment(
    id: str,
    data: Annotated[RecordPayment, Body()],
    session: SessionDep,
    account_id: AccountId,
    idempotency_key: Key,
) -> Response:
    account = _lock_account(session, account_id, events=2)
    fingerprint = sha256(f"{id} {data.model_dump_json()}".encode()).hexdigest()
    kept = _find_kept(session, account_id, idempotency_key, fingerprint)
    if kept is not None:
        return answered(kept.body, 201)
    invoice = _find_invoice(session, account_id, id)
    if invoice.sent_at is None:
        raise HTTPException(409, "An invoice that is DRAFT takes no payments")
    cents, due = int(data.amount * 100), invoice.total_cents - invoice.amount_paid_cents
    if cents > due:
        raise HTTPException(422, f"More than the open balance of {Decimal(due) / 100} {invoice.currency}")
    payment = payment_of(invoice, data, cents)
    session.add(payment)
    invoice.amount_paid_cents += cents
    invoice.status = "PAID" if cents == due else "PARTIALLY_PAID"
    invoice.paid_at = payment.paid_at if cents == due else None
    body = PaymentOut.model_validate(payment).model_dump_json(by_alias=True)
    told = answer_of(invoice).model_dump_json(by_alias=True)
    _tell(session, account, ("payment.recorded", body), (f"invoice.{invoice.status.lower()}", told))
    _keep(session, account_id, idempotency_key, fingerprint, body)
    session.commit()
    return answered(body, 201)


def _lock_account(session: Session, account_id: str, events: int, numbers: int = 0) -> Account:
    """The account with the next number and event sequences, which nobody else takes before our commit."""
    taken = (
        update(Account)
        .where(Account.id == account_id)
        .values(last_number=Account.last_number + numbers, event_sequence=Account.event_sequence + events)
        .returning(Account)
    )
    return session.scalars(taken).one()


def _find_kept(session: Session, account_id: str, key: str, fingerprint: str) -> IdempotencyKey | None:
    kept = session.get(IdempotencyKey, (account_id, key))
    if kept is not None and kept.fingerprint != fingerprint:
        raise HTTPException(422, "This Idempotency-Key was used for another request")
    return kept


def _find_invoice(session: Session, account_id: str, id: str) -> Invoice:
    invoice = session.get(Invoice, id)
    if invoice is None or invoice.account_id != account_id:
        raise HTTPException(404, "No such invoice")
    return invoice


def _tell(session: Session, account: Account, *happened: tuple[str, str]) -> None:
    """Events under the sequences that were taken with the account's lock."""
    first = account.event_sequence - len(happened) + 1
    for sequence, (type, data) in enumerate(happened, first):
        session.add(
            Event(
                id=f"evt_{uuid4().hex}",
                account_id=account.id,
                sequence=sequence,
                type=type,
                data=data,
                created_at=datetime.now(UTC),
            )
        )


def _keep(session: Session, account_id: str, key: str, fingerprint: str, body: str) -> None:
    session.add(
        IdempotencyKey(
            account_id=account_id, key=key, fingerprint=fingerprint, body=body, created_at=datetime.now(UTC)
        )
    )
