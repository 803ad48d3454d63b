"""Imports in the database, and the clients that their rows may be about: rows in, nouns out."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import msgspec
from sqlalchemy import bindparam, select

from cleverinvo import clock
from cleverinvo.db.schema import clients, imports
from cleverinvo.db.statements import among, insert_into
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import NotFound
from cleverinvo.imports.rules import Failure, Import, Known, Match, Plan, fold

KEPT: Final = 10
"""Lists of one account that are kept at a time."""

_MINE = imports.c.account_id == bindparam("account")
_THIS = (_MINE, imports.c.id == bindparam("import"))
_BY_ID = select(imports).where(*_THIS)
_IDS = select(imports.c.id).where(_MINE).order_by(imports.c.id.desc())
_INSERT = insert_into(imports)
_BEGIN = imports.update().where(*_THIS, imports.c.plan.is_(None)).values(plan=bindparam("chosen"))
_COUNTS = ("position", "created_clients", "updated_clients", "skipped_rows", "failures")
_NOTE = imports.update().where(*_THIS).values({name: bindparam(name) for name in _COUNTS})
_DELETE = imports.delete().where(*_THIS)
_FORGET = imports.delete().where(imports.c.created_at < bindparam("before"))
_COLUMNS = select(clients.c.id, clients.c.external_id, clients.c.email_folded, clients.c.deleted_at).where(
    clients.c.account_id == bindparam("account")
)
_BY_EXTERNAL_ID = _COLUMNS.where(among(clients.c.external_id, "external_ids"))
_BY_EMAIL = _COLUMNS.where(among(clients.c.email_folded, "emails"), clients.c.deleted_at.is_(None))


def get(tx: Tx, account_id: int, import_id: str) -> Import:
    row = tx.row(_BY_ID, account=account_id, **{"import": import_id})
    if row is None:
        raise NotFound("This list is no longer kept; upload it again.")
    return Import(
        id=row.id,
        name=row.name,
        content=bytes(row.content),
        plan=_plan.decode(row.plan) if row.plan else None,
        position=row.position,
        created=row.created_clients,
        updated=row.updated_clients,
        skipped=row.skipped_rows,
        failures=_failures.decode(row.failures),
    )


def insert(tx: Tx, account_id: int, user_id: str, import_id: str, name: str, content: bytes) -> None:
    """Keep a list; the oldest of too many are forgotten."""
    for row in tx.rows(_IDS, account=account_id)[KEPT - 1 :]:
        tx.change(_DELETE, account=account_id, **{"import": row.id})
    counts = dict.fromkeys(_COUNTS, 0) | {"failures": "[]"}
    fields = {"account_id": account_id, "id": import_id, "user_id": user_id, "name": name, "content": content}
    tx.change(_INSERT, **fields, **counts, plan=None, created_at=tx.stamp)


def begin(tx: Tx, account_id: int, import_id: str, plan: Plan) -> None:
    """Note how the list is read, unless that was chosen before."""
    tx.change(_BEGIN, account=account_id, chosen=msgspec.json.encode(plan).decode(), **{"import": import_id})


def note(tx: Tx, account_id: int, now: Import) -> None:
    """How far it has come."""
    tx.change(
        _NOTE,
        account=account_id,
        position=now.position,
        created_clients=now.created,
        updated_clients=now.updated,
        skipped_rows=now.skipped,
        failures=msgspec.json.encode(now.failures).decode(),
        **{"import": now.id},
    )


def forget_old(tx: Tx, _: int, age: timedelta) -> None:
    """Delete lists that were uploaded before; of any account."""
    tx.change(_FORGET, before=clock.stamp(tx.now - age))


def add_known(tx: Tx, account_id: int, known: Known, external_ids: Iterable[str], emails: Iterable[str]) -> None:
    """Add the clients on file that have one of these external ids or addresses."""
    rows = [
        *tx.rows(_BY_EXTERNAL_ID, account=account_id, external_ids=list(external_ids)),
        *tx.rows(_BY_EMAIL, account=account_id, emails=list(map(fold, emails))),
    ]
    for row in rows:
        known.add(Match(row.id, row.external_id, row.deleted_at is not None), row.email_folded)


_plan = msgspec.json.Decoder(Plan)
_failures = msgspec.json.Decoder(list[Failure])
