"""Whatever is asked in whatever order: both databases answer the same, and the laws of the lifecycle hold."""

import logging
import secrets

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from cleverinvo.settings import Settings
from tests.conftest import FakeClock
from tests.laws.books import Held
from tests.laws.machine import STARTS, STATUSES, WORK, Lifecycle
from tests.laws.pair import serving_both

logger = logging.getLogger("proof")

SHORT = settings(
    max_examples=16,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
"""The same steps each time: whether a change lands is no lottery."""

LONG = settings(SHORT, max_examples=100, stateful_step_count=60, derandomize=False, database=None, print_blob=True)


def test_the_laws_hold_at_every_step(
    sqlite_settings: Settings, postgres_settings: Settings, clock: FakeClock
) -> None:
    live(sqlite_settings, postgres_settings, clock, Lifecycle, SHORT)


def test_every_status_is_asked_for_from_every_other(
    sqlite_settings: Settings, postgres_settings: Settings, clock: FakeClock
) -> None:
    with serving_both(sqlite_settings, postgres_settings, clock) as servers:
        Lifecycle.servers, Lifecycle.clock = servers, clock
        machine = Lifecycle()
        machine.open(STARTS[0], "Pacific/Kiritimati", is_yearly=True, on_send=False)
        for now in STATUSES:
            for to in STATUSES:
                machine.ask_for(bring_about(machine, now), to)
                machine.the_books_are_right()
        machine.teardown()


def bring_about(machine: Lifecycle, status: str) -> Held:
    """A new invoice of this status; an overdue one is so since midnight where the account is, not yet in UTC."""
    machine.create([WORK], "USD", 0 if status == "OVERDUE" else 30, 0, "DRAFT" if status == "DRAFT" else "SENT")
    held = machine.held[-1]
    match status:
        case "VIEWED" | "VOID" | "PAID":
            machine.ask_for(held, status)
        case "PARTIALLY_PAID":
            machine.ask_for_part(held, "a third")
    machine.the_books_are_right()
    if status == "OVERDUE":
        machine.wait_for_midnight(0)
    assert held.bill.status(machine.today) == status
    return held


@pytest.mark.proof
def test_the_laws_hold_for_thousands_of_steps(
    sqlite_settings: Settings, postgres_settings: Settings, clock: FakeClock
) -> None:
    number = secrets.randbits(32)
    logger.info("the seed is %d", number)
    live(sqlite_settings, postgres_settings, clock, seed(number)(Lifecycle), LONG)


def live(one: Settings, other: Settings, clock: FakeClock, machine: type[Lifecycle], how_long: settings) -> None:
    with serving_both(one, other, clock) as servers:
        Lifecycle.servers, Lifecycle.clock = servers, clock
        run_state_machine_as_test(machine, settings=how_long)
