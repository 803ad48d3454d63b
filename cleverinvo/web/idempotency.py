"""The same request twice is done once: its answer is stored in the transaction of its effect."""

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, select

from cleverinvo import clock, shapes
from cleverinvo.db.schema import idempotency_keys
from cleverinvo.db.statements import among, insert_into
from cleverinvo.db.transaction import Asked, Call, Origin, Row, Together, Tx
from cleverinvo.errors import STATUS, BadRequest, Conflict, IdempotencyInProgress, IdempotencyKeyReused, Problem
from cleverinvo.naturalkey import Repeated
from cleverinvo.sealing import BrokenSeal, Confidential
from cleverinvo.web import answers
from cleverinvo.web.answers import Answer

KEPT_DAYS: Final = 30
FORGOTTEN_AT_ONCE: Final = 1_000
KEPT_STATUSES: Final = frozenset({404, 409, 412})
"""Refusals that the same request would meet again for a reason in the data; others may be tried again."""

_KEY = re.compile(r'"?([\x21\x23-\x5b\x5d-\x7e][\x20\x21\x23-\x5b\x5d-\x7e]{0,254})"?', re.ASCII)


class Attempt(NamedTuple):
    """A write as it came over HTTP: the verb, the status of its success, and the key that makes it unique."""

    verb: Callable[..., Any]
    arguments: tuple[Any, ...]
    status: int
    collection: str | None
    """Where the answer's object is found afterwards, such as `/api/v1/clients`."""
    key: str | None
    fingerprint: str
    origin: Origin


_FIND = select(idempotency_keys).where(
    idempotency_keys.c.account_id == bindparam("account_id"), among(idempotency_keys.c.key, "keys")
)
_INSERT = insert_into(idempotency_keys)
_FIRST = (
    select(idempotency_keys.c.seq, idempotency_keys.c.created_at)
    .order_by(idempotency_keys.c.seq)
    .limit(bindparam("most"))
    .subquery()
)
_OLDEST = select(_FIRST.c.seq).where(_FIRST.c.created_at < bindparam("before"))
_FORGET = idempotency_keys.delete().where(among(idempotency_keys.c.seq, "seqs"))


@Together
def once(tx: Tx, account_id: int, asked: Sequence[Asked]) -> list[Answer | Exception]:
    """Run attempts, or give the answers that attempts with the same keys were given before."""
    attempts: list[Attempt] = [one.form for one in asked]
    kept = _find(tx, account_id, [attempt.key for attempt in attempts if attempt.key])
    fresh = [attempt for attempt in attempts if attempt.key not in kept]
    calls = [Call(attempt.verb, account_id, attempt.arguments, attempt.origin) for attempt in fresh]
    results = iter(tx.each(calls))
    outcomes: list[Answer | Exception] = []
    records = []
    for attempt in attempts:
        if attempt.key in kept:
            outcomes.append(_replay(tx, attempt, kept[attempt.key]))
            continue
        result = next(results)
        outcome = _answer(tx, attempt, result)
        outcomes.append(outcome)
        if attempt.key and isinstance(outcome, Answer):
            record = _record(tx, account_id, attempt, outcome)
            if isinstance(result, Confidential):
                record["body"] = tx.seal.close(record["body"], attempt.key)
            records.append(record)
    tx.change_many(_INSERT, records)
    return outcomes


def forget_old(tx: Tx, _: int) -> None:
    """Delete some of the records that have been kept for 30 days."""
    before = clock.stamp(tx.now - timedelta(days=KEPT_DAYS))
    seqs = [row.seq for row in tx.rows(_OLDEST, before=before, most=FORGOTTEN_AT_ONCE)]
    if seqs:
        tx.change(_FORGET, seqs=seqs)


def read_key(header: str | None) -> str | None:
    """The key of an Idempotency-Key header, bare or in quotes."""
    if header is None:
        return None
    found = _KEY.fullmatch(header.strip())
    if found is None:
        raise BadRequest("An Idempotency-Key is 1 to 255 printable ASCII characters.")
    return found[1]


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same request."""
    return hashlib.blake2b(b"%b %b\n%b" % (method.encode(), path.encode(), body), digest_size=16).hexdigest()


class Running:
    """The keys of the requests that are being answered now."""

    def __init__(self) -> None:
        self._keys: set[tuple[int, str]] = set()

    @contextmanager
    def alone(self, account_id: int, key: str | None) -> Iterator[None]:
        """Raises IdempotencyInProgress while another request of the same key runs."""
        if key is None:
            yield
            return
        if (account_id, key) in self._keys:
            raise IdempotencyInProgress("A request with this Idempotency-Key is still running; try again shortly.")
        self._keys.add((account_id, key))
        try:
            yield
        finally:
            self._keys.discard((account_id, key))


def _find(tx: Tx, account_id: int, keys: list[str]) -> dict[str | None, Row]:
    if not keys:
        return {}
    return {row.key: row for row in tx.rows(_FIND, account_id=account_id, keys=keys)}


def _replay(tx: Tx, attempt: Attempt, row: Row) -> Answer | Exception:
    if row.fingerprint != attempt.fingerprint:
        return IdempotencyKeyReused("This Idempotency-Key was used for another request; use a new one.")
    replayed = [(b"idempotent-replayed", b"true")]
    text = row.body or ""
    if tx.seal.is_sealed(text):
        try:
            text = tx.seal.open(text, row.key)
        except BrokenSeal as error:
            return Conflict(f"{error}.")
    body = text.encode()
    return Answer(row.status, body, etag=_etag(row.status, body), location=row.location, headers=replayed)


def _answer(tx: Tx, attempt: Attempt, result: Any) -> Answer | Exception:
    match result:
        case Problem():
            if STATUS[result.code] in KEPT_STATUSES:
                return answers.of_problem(result, attempt.origin.request_id or "")
            return result
        case Exception():
            return result
        case None:
            return Answer(204)
        case Repeated(noun):
            status = 200
        case Confidential(noun):
            status = attempt.status
        case noun:
            status = attempt.status
    body = tx.encode(noun)
    location = f"{attempt.collection}/{noun.id}" if attempt.collection else None
    return Answer(status, body, etag=_etag(status, body), location=location)


def _etag(status: int, body: bytes) -> str | None:
    return shapes.etag(body) if status in (200, 201) else None


def _record(tx: Tx, account_id: int, attempt: Attempt, answer: Answer) -> dict[str, Any]:
    return {
        "account_id": account_id,
        "key": attempt.key,
        "fingerprint": attempt.fingerprint,
        "status": answer.status,
        "location": answer.location,
        "body": answer.body.decode(),
        "created_at": tx.stamp,
    }
