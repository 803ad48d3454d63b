"""Reference A: FastAPI, pydantic and the SQLAlchemy ORM, a session and a commit a request.

Creates invoices, sends them, and records payments.

Written as a good developer writes it in a day: the stack's documented idioms, and for each request all that our
server does, but for its search index and its line in a log. Lines are JSON in the invoice's row, as in ours.
Sending makes no document: ours is made after the answer, too, and by the worker.
"""

import json
import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Annotated, Any, Final, Literal
from uuid import uuid4

import uvicorn
from fastapi import APIRouter, Body, Depends, FastAPI, Header, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints
from pydantic.alias_generators import to_camel
from sqlalchemy import JSON, BigInteger, Engine, UniqueConstraint, create_engine, event, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

QUOTA: Final = 100_000_000
WINDOW_SECONDS: Final = 60
CENT: Final = Decimal("0.01")


# Tables ---------------------------------------------------------------------------------------------------------


class Base(DeclarativeBase):
    type_annotation_map = {int: BigInteger, dict[str, Any]: JSON, list[Any]: JSON}


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    tier: Mapped[str]
    last_number: Mapped[int] = mapped_column(default=0)
    event_sequence: Mapped[int] = mapped_column(default=0)


class ApiKey(Base):
    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)


class Client(Base):
    __tablename__ = "clients"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]


class Invoice(Base):
    __tablename__ = "invoices"
    __table_args__ = (UniqueConstraint("account_id", "number"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    client_id: Mapped[str] = mapped_column(index=True)
    number: Mapped[str]
    currency: Mapped[str]
    issue_date: Mapped[date]
    due_date: Mapped[date]
    line_items: Mapped[list[Any]]
    subtotal_cents: Mapped[int]
    tax_total_cents: Mapped[int]
    total_cents: Mapped[int]
    status: Mapped[str] = mapped_column(default="DRAFT")
    notes: Mapped[str | None]
    terms: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    amount_paid_cents: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    parties: Mapped[dict[str, Any] | None]
    page_sha256: Mapped[str | None] = mapped_column(unique=True)


class Payment(Base):
    __tablename__ = "payments"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    invoice_id: Mapped[str] = mapped_column(index=True)
    amount_cents: Mapped[int]
    currency: Mapped[str]
    method: Mapped[str | None]
    reference: Mapped[str | None]
    paid_at: Mapped[datetime]
    created_at: Mapped[datetime]

    @property
    def amount(self) -> Decimal:
        return Decimal(self.amount_cents) / 100


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("account_id", "sequence"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    sequence: Mapped[int]
    type: Mapped[str]
    data: Mapped[str]
    created_at: Mapped[datetime]


class IdempotencyKey(Base):
    __tablename__ = "idempotency_keys"
    account_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]


# Requests and answers -------------------------------------------------------------------------------------------

Number = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
Price = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=8)]
Quantity = Annotated[Decimal, Field(max_digits=18, decimal_places=6)]
Rate = Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
Description = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Currency = Annotated[str, StringConstraints(pattern="^[A-Z]{3}$")]


class Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Line(Shape):
    model_config = ConfigDict(extra="forbid")
    description: Description
    quantity: Quantity
    unit_price: Price
    tax_rate: Rate = Decimal(0)


class CreateInvoice(Shape):
    model_config = ConfigDict(extra="forbid")
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    currency: Currency = "USD"
    issue_date: date
    due_date: date
    line_items: Annotated[list[Line], Field(min_length=1, max_length=500)]
    notes: Annotated[str, StringConstraints(max_length=10_000)] | None = None
    terms: Annotated[str, StringConstraints(max_length=10_000)] | None = None


class PricedLine(Shape):
    description: str
    quantity: Number
    unit_price: Number
    tax_rate: Number
    amount: Number
    tax_amount: Number


class InvoiceOut(Shape):
    id: str
    invoice_number: str
    client_id: str
    currency: str
    issue_date: date
    due_date: date
    line_items: list[PricedLine]
    subtotal: Number
    tax_total: Number
    discount_total: Number
    total: Number
    status: str
    pdf_url: str
    notes: str | None
    terms: str | None
    created_at: datetime
    amount_paid: Number
    amount_due: Number
    sent_at: datetime | None
    paid_at: datetime | None


class ChangeInvoice(Shape):
    model_config = ConfigDict(extra="forbid")
    status: Literal["SENT"]


class RecordPayment(Shape):
    model_config = ConfigDict(extra="forbid")
    amount: Annotated[Decimal, Field(gt=0, max_digits=14, decimal_places=2)]
    method: Literal["bank_transfer", "card", "cash"] | None = None
    reference: Annotated[str, StringConstraints(max_length=200)] | None = None


class PaymentOut(Shape):
    model_config = ConfigDict(from_attributes=True)
    id: str
    invoice_id: str
    amount: Number
    currency: str
    paid_at: datetime
    method: str | None
    reference: str | None
    created_at: datetime


# The request ----------------------------------------------------------------------------------------------------


class RateLimiter:
    """A moving window for each account."""

    def __init__(self) -> None:
        self._accepted: dict[str, deque[float]] = {}

    def take(self, account_id: str) -> int:
        now = time.monotonic()
        accepted = self._accepted.setdefault(account_id, deque())
        while accepted and accepted[0] <= now - WINDOW_SECONDS:
            accepted.popleft()
        if len(accepted) >= QUOTA:
            raise HTTPException(429, "Too many requests", {"Retry-After": str(WINDOW_SECONDS)})
        accepted.append(now)
        return QUOTA - len(accepted)


def get_session(request: Request) -> Iterator[Session]:
    with Session(request.app.state.engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


def get_account_id(session: SessionDep, authorization: Annotated[str, Header()]) -> str:
    digest = sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    account_id = session.scalar(select(ApiKey.account_id).where(ApiKey.sha256 == digest))
    session.rollback()  # SQLite lets no transaction write that has read before another's commit
    if account_id is None:
        raise HTTPException(401, "This API key is not valid", {"WWW-Authenticate": "Bearer"})
    return account_id


async def limit(request: Request, response: Response, account_id: Annotated[str, Depends(get_account_id)]) -> str:
    remaining = request.app.state.limiter.take(account_id)
    response.headers["RateLimit"] = f'"business";r={remaining}'
    return account_id


router = APIRouter(prefix="/api/v1")


Key = Annotated[str, Header(max_length=255)]
AccountId = Annotated[str, Depends(limit)]


@router.post("/invoices", status_code=201, response_model=InvoiceOut)
def create_invoice(
    data: Annotated[CreateInvoice, Body()], session: SessionDep, account_id: AccountId, idempotency_key: Key
) -> Response:
    account = _lock_account(session, account_id, numbers=1, events=1)
    fingerprint = sha256(data.model_dump_json().encode()).hexdigest()
    kept = _find_kept(session, account_id, idempotency_key, fingerprint)
    if kept is not None:
        return _answered(kept.body, 201)
    client = session.get(Client, data.client_id)
    if client is None or client.account_id != account_id:
        raise HTTPException(422, "No such client")
    invoice = _invoice(account, data)
    session.add(invoice)
    body = _answer(invoice).model_dump_json(by_alias=True)
    _tell(session, account, ("invoice.created", body))
    _keep(session, account_id, idempotency_key, fingerprint, body)
    session.commit()
    return _answered(body, 201)


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
        return _answered(kept.body, 200)
    invoice = _find_invoice(session, account_id, id)
    if invoice.status != "DRAFT":
        raise HTTPException(409, f"An invoice that is {invoice.status} cannot become SENT")
    client = session.get_one(Client, invoice.client_id)
    invoice.status, invoice.sent_at = "SENT", datetime.now(UTC)
    invoice.parties = {"seller": {"name": account.name}, "client": {"name": client.name}}
    invoice.page_sha256 = sha256(secrets.token_bytes(20)).hexdigest()
    body = _answer(invoice).model_dump_json(by_alias=True)
    _tell(session, account, ("invoice.sent", body))
    _keep(session, account_id, idempotency_key, fingerprint, body)
    session.commit()
    return _answered(body, 200)


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
        return _answered(kept.body, 201)
    invoice = _find_invoice(session, account_id, id)
    if invoice.sent_at is None:
        raise HTTPException(409, "An invoice that is DRAFT takes no payments")
    cents, due = int(data.amount * 100), invoice.total_cents - invoice.amount_paid_cents
    if cents > due:
        raise HTTPException(422, f"More than the open balance of {Decimal(due) / 100} {invoice.currency}")
    payment = _payment(invoice, data, cents)
    session.add(payment)
    invoice.amount_paid_cents += cents
    invoice.status = "PAID" if cents == due else "PARTIALLY_PAID"
    invoice.paid_at = payment.paid_at if cents == due else None
    body = PaymentOut.model_validate(payment).model_dump_json(by_alias=True)
    told = _answer(invoice).model_dump_json(by_alias=True)
    _tell(session, account, ("payment.recorded", body), (f"invoice.{invoice.status.lower()}", told))
    _keep(session, account_id, idempotency_key, fingerprint, body)
    session.commit()
    return _answered(body, 201)


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


def _payment(invoice: Invoice, data: RecordPayment, cents: int) -> Payment:
    now = datetime.now(UTC)
    return Payment(
        id=f"pay_{uuid4().hex}",
        account_id=invoice.account_id,
        invoice_id=invoice.id,
        amount_cents=cents,
        currency=invoice.currency,
        method=data.method,
        reference=data.reference,
        paid_at=now,
        created_at=now,
    )


def _invoice(account: Account, data: CreateInvoice) -> Invoice:
    lines = [_priced(line) for line in data.line_items]
    subtotal, tax_total = sum(line.amount for line in lines), sum(line.tax_amount for line in lines)
    return Invoice(
        id=f"inv_{uuid4().hex}",
        account_id=account.id,
        client_id=data.client_id,
        number=f"INV-{account.last_number:04}",
        currency=data.currency,
        issue_date=data.issue_date,
        due_date=data.due_date,
        line_items=[line.model_dump(mode="json", by_alias=True) for line in lines],
        subtotal_cents=int(subtotal * 100),
        tax_total_cents=int(tax_total * 100),
        total_cents=int((subtotal + tax_total) * 100),
        status="DRAFT",
        amount_paid_cents=0,
        notes=data.notes,
        terms=data.terms,
        created_at=datetime.now(UTC),
    )


def _priced(line: Line) -> PricedLine:
    amount = (line.quantity * line.unit_price).quantize(CENT, ROUND_HALF_UP)
    tax_amount = (amount * line.tax_rate / 100).quantize(CENT, ROUND_HALF_UP)
    return PricedLine(**line.model_dump(), amount=amount, tax_amount=tax_amount)


def _answer(invoice: Invoice) -> InvoiceOut:
    return InvoiceOut(
        id=invoice.id,
        invoice_number=invoice.number,
        client_id=invoice.client_id,
        currency=invoice.currency,
        issue_date=invoice.issue_date,
        due_date=invoice.due_date,
        line_items=[PricedLine.model_validate(line) for line in invoice.line_items],
        subtotal=Decimal(invoice.subtotal_cents) / 100,
        tax_total=Decimal(invoice.tax_total_cents) / 100,
        discount_total=Decimal(0),
        total=Decimal(invoice.total_cents) / 100,
        status=invoice.status,
        pdf_url=f"/storage/invoices/{invoice.id}.pdf",
        notes=invoice.notes,
        terms=invoice.terms,
        created_at=invoice.created_at,
        amount_paid=Decimal(invoice.amount_paid_cents) / 100,
        amount_due=Decimal(invoice.total_cents - invoice.amount_paid_cents) / 100,
        sent_at=invoice.sent_at,
        paid_at=invoice.paid_at,
    )


def _answered(body: str, status: int) -> Response:
    """The body as it is kept: made once for the answer, the event and the idempotency record."""
    return Response(body, status, media_type="application/json")


# The server -----------------------------------------------------------------------------------------------------


def build_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=20, max_overflow=20)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return engine


def build_app(engine: Engine) -> FastAPI:
    app = FastAPI()
    app.state.engine = engine
    app.state.limiter = RateLimiter()
    app.include_router(router)
    return app


def seed(engine: Engine) -> tuple[str, str]:
    """An account with a key and a client; the key and the client's id."""
    Base.metadata.create_all(engine)
    key = f"key_{uuid4().hex}"
    client_id = f"cli_{uuid4().hex}"
    with Session(engine) as session:
        account = Account(id=f"acc_{uuid4().hex}", name="My business", tier="business")
        session.add(account)
        session.add(ApiKey(id=uuid4().hex, account_id=account.id, sha256=sha256(key.encode()).hexdigest()))
        session.add(Client(id=client_id, account_id=account.id, name="Acme Corporation"))
        session.commit()
    return key, client_id


def main() -> None:
    engine = build_engine(os.environ["REFERENCE_DATABASE_URL"])
    key, client_id = seed(engine)
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    print(json.dumps({"address": address, "key": key, "clientId": client_id}), flush=True)
    config = uvicorn.Config(
        build_app(engine), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
