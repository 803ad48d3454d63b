"""The tables of the reference."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, BigInteger, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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
