"""The verbs of imports: upload a list, try it without effect, and take its rows in, some at a time."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cleverinvo import faults, ids
from cleverinvo.clients import actions as clients
from cleverinvo.clients.forms import UpdateClient
from cleverinvo.db.transaction import Tx
from cleverinvo.errors import Fault, Invalid, Problem
from cleverinvo.imports import rules, sheets, store
from cleverinvo.imports.rules import Failure, Import, Known, Match, Plan, Row, Verdict

BATCH: Final = 200
"""Rows in one transaction: others wait for it no longer than for a batch of invoices."""

NAME_MAX: Final = 100


class Tried(NamedTuple):
    """What would become of a row."""

    row: Row
    verdict: Verdict
    faults: list[Fault]


def upload(tx: Tx, account_id: int, user_id: str, name: str, content: bytes) -> str:
    """Keep a list for a day, while it is looked at and taken in."""
    import_id = ids.new("imp", tx.now)
    store.insert(tx, account_id, user_id, import_id, name[:NAME_MAX], content)
    return import_id


def try_out(tx: Tx, account_id: int, content: bytes, plan: Plan) -> list[Tried]:
    """What would become of every row. Nothing is changed."""
    rules.refuse_unclear(plan)
    numbered, known = rules.rows_of(sheets.read(content), plan), Known()
    tried: list[Tried] = []
    for start in range(0, len(numbered), BATCH):
        rows = _read(tx, account_id, numbered[start : start + BATCH], plan, known)
        tried += [_try_row(row, plan, known) for row in rows]
    return tried


def begin(tx: Tx, account_id: int, import_id: str, plan: Plan) -> None:
    """Choose how the list is read, once: what follows is read the same way."""
    rules.refuse_unclear(plan)
    store.get(tx, account_id, import_id)
    store.begin(tx, account_id, import_id, plan)


def take_in(tx: Tx, account_id: int, import_id: str, numbered: Sequence[tuple[int, list[str]]]) -> Import:
    """Take in the next rows of all the list's rows. Whoever asks twice, or two at once, take in none twice."""
    now = store.get(tx, account_id, import_id)
    plan, known = now.plan, Known()
    assert plan is not None
    rows = _read(tx, account_id, numbered[now.position : now.position + BATCH], plan, known)
    for row in rows:
        now = _take_in_row(tx, account_id, now, plan, row, known)
    now = now._replace(position=now.position + len(rows))
    store.note(tx, account_id, now)
    return now


def _read(
    tx: Tx, account_id: int, numbered: Sequence[tuple[int, list[str]]], plan: Plan, known: Known
) -> list[Row]:
    """The rows, after everybody was looked up whom they may be about."""
    rows = [rules.read_row(number, cells, plan) for number, cells in numbered]
    forms = [row.form for row in rows if row.form]
    external_ids = {form.external_id for form in forms if form.external_id}
    emails = {form.email for form in forms if form.email}
    store.add_known(tx, account_id, known, external_ids, emails)
    return rows


def _try_row(row: Row, plan: Plan, known: Known) -> Tried:
    if row.form is None:
        return Tried(row, "fail", row.faults)
    try:
        match = known.find(row.form)
    except Invalid as problem:
        return Tried(row, "fail", problem.details)
    if match is not None:
        return Tried(row, plan.duplicates, [])
    known.add(Match("", row.form.external_id), rules.fold(row.form.email))
    return Tried(row, "create", [])


def _take_in_row(tx: Tx, account_id: int, now: Import, plan: Plan, row: Row, known: Known) -> Import:
    if row.form is None:
        return _failed(now, row, row.faults)
    try:
        match = known.find(row.form)
        if match is None:
            client = clients.create(tx, account_id, row.form)
            known.add(Match(getattr(client, "id", ""), row.form.external_id), rules.fold(row.form.email))
            return now._replace(created=now.created + 1)
        if plan.duplicates == "skip":
            return now._replace(skipped=now.skipped + 1)
        changes = {field: value for field, value in row.tree.items() if field != "externalId"}
        after = clients.update(tx, account_id, match.id, faults.filled(UpdateClient, changes))
    except Problem as problem:
        return _failed(now, row, problem.details or [Fault("row", problem.message)])
    is_changed = after.updated_at == tx.stamp
    return now._replace(updated=now.updated + is_changed, skipped=now.skipped + (not is_changed))


def _failed(now: Import, row: Row, found: list[Fault]) -> Import:
    now.failures.append(Failure(row.number, found))
    return now
