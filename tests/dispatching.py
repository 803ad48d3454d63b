"""The worker's verbs run by hand: what is due is taken and settled, at a time that the test sets."""

from datetime import datetime

from cleverinvo.db.engine import Database
from cleverinvo.webhooks import dispatch
from cleverinvo.webhooks.dispatch import Parcel, Report, Taken
from cleverinvo.webhooks.rules import STANDARD, Outcome, ReceivedResponse
from tests.conftest import Person


def take(alice: Person, database: Database, in_hand: dict[str, int] | None = None) -> Taken:
    assert alice.http.portal is not None
    taken: Taken = alice.http.portal.call(database.write, dispatch.take, alice.account_id, in_hand or {}, STANDARD)
    return taken


def take_all(alice: Person, database: Database) -> list[Parcel]:
    """Everything that is due now."""
    parcels: list[Parcel] = []
    while True:
        taken = take(alice, database)
        parcels += taken.parcels
        if not taken.more_events and not taken.more_of:
            return parcels


def settle(alice: Person, database: Database, *parcels: Parcel, outcome: Outcome, chance: float = 0.5) -> None:
    """Note the same outcome for all parcels."""
    for parcel in parcels:
        alice.http.portal.call(  # type: ignore[union-attr]
            database.write, dispatch.record, parcel.account_id, Report(parcel, outcome, STANDARD, chance)
        )


def success(now: datetime) -> Outcome:
    return Outcome(now, 3, {"webhook-id": "evt_1"}, ReceivedResponse(status=204, headers=[], body=""))


def failure(now: datetime, status: int = 500, retry_after: float | None = None) -> Outcome:
    response = ReceivedResponse(status=status, headers=[("server", "x")], body="no")
    return Outcome(now, 3, {"webhook-id": "evt_1"}, response, f"The receiver answered {status}.", retry_after)
