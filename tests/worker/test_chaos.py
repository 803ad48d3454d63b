"""No event is lost, whatever receivers do and however often the worker dies; `make proof` does it with 10,000."""

import logging

import pytest

from cleverinvo.settings import Settings
from tests import chaos

logger = logging.getLogger(__name__)


def environment(settings: Settings) -> dict[str, str]:
    url = {"CLEVERINVO_DATABASE_URL": settings.database_url} if settings.database_url else {}
    return {"CLEVERINVO_DATA_DIR": str(settings.data_dir), **url}


def test_everything_arrives_though_the_worker_is_killed_again_and_again(settings: Settings) -> None:
    report = chaos.run(environment(settings), 4, 20, chaos.LIFE_SECONDS)
    assert (report.delivered, report.lost) == (80, 0)
    assert (report.unheard_of, report.changed) == (0, 0)
    assert report.kills >= 2


@pytest.mark.parametrize("kind", ["sqlite"])
def test_nothing_is_repeated_while_nothing_is_killed(settings: Settings) -> None:
    report = chaos.run(environment(settings), 4, 20, chaos.CALM)
    assert (report.delivered, report.lost) == (80, 0)
    assert report.repeats == 0
    assert report.requests > 90  # nearly half of them were refused at first


@pytest.mark.proof
def test_ten_thousand_events_arrive_though_the_worker_is_killed_every_two_seconds(settings: Settings) -> None:
    report = chaos.run(environment(settings), 20, 500, chaos.LIFE_SECONDS)
    logger.info("%s", report)
    assert (report.delivered, report.lost) == (10_000, 0)
    assert (report.unheard_of, report.changed) == (0, 0)
    assert report.kills >= 10


@pytest.mark.proof
def test_of_ten_thousand_events_hardly_one_is_repeated_while_nothing_is_killed(settings: Settings) -> None:
    report = chaos.run(environment(settings), 20, 500, chaos.CALM)
    logger.info("%s", report)
    assert (report.delivered, report.lost) == (10_000, 0)
    assert report.repeats <= 100
