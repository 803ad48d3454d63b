"""For developers: the log of requests, one of them as code, and how much of the rate limit is used."""

import json
from datetime import timedelta
from typing import Any, Final, NamedTuple

from starlette.responses import Response

from cleverinvo.accounts.rules import TIERS_WITH_API
from cleverinvo.site import asking
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Visit
from cleverinvo.traffic import samples, store
from cleverinvo.traffic.forms import SPANS, ListRequests
from cleverinvo.traffic.rules import Hour, LoggedRequest

HOURS: Final = 24
DAYS: Final = 14

pages = Pages()


@pages.get("/developers/requests", role="owner")
async def list_(visit: Visit) -> Response:
    context = {
        **await asking.find(visit, ListRequests, store.list_page),
        "nav": "requests",
        "tab": "requests",
        "statuses": list(SPANS),
        "days": visit.house.settings.request_retention_days,
    }
    return visit.part("requests_found.html" if visit.is_fetch else "requests.html", **context)


@pages.get("/developers/requests/{id}", role="owner")
async def show(visit: Visit) -> Response:
    request: LoggedRequest = await visit.read(store.get, visit.id)
    return await visit.page(
        "request.html",
        nav="requests",
        request=request,
        body=_indented(request.body),
        refusal=_indented(request.refusal),
        samples=samples.all_of(request, visit.house.links.public_url),
    )


@pages.get("/developers/usage", role="owner")
async def usage(visit: Visit) -> Response:
    """Requests of the last hours and days, those that were let in and those that were too many."""
    account = await visit.account()
    start = visit.now.replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    known = {one.hour: one for one in await visit.scan(store.list_hours, start.isoformat()[:10])}
    hours = [(start + timedelta(days=DAYS, hours=ago - HOURS + 1)).isoformat()[:13] for ago in range(HOURS)]
    days = [(start + timedelta(days=place + 1)).isoformat()[:10] for place in range(DAYS)]
    of_days = [_sum(day, [one for hour, one in known.items() if hour.startswith(day)]) for day in days]
    of_hours = [known.get(hour, Hour(hour, 0, 0, 0)) for hour in hours]
    return await visit.page(
        "usage.html",
        nav="requests",
        tab="usage",
        account=account,
        has_api=account.tier in TIERS_WITH_API,
        rate=visit.house.settings.rate_limit_business,
        charts=[
            (
                "hours",
                "The last 24 hours",
                "Hour",
                *_charts([(f"{one.hour[11:]}:00", one) for one in of_hours], 6),
            ),
            ("days", f"The last {DAYS} days", "Day", *_charts([(one.hour[5:], one) for one in of_days], 7)),
        ],
    )


class Bar(NamedTuple):
    """One span of time, in the units of the drawing."""

    words: str
    hour: Hour
    x: float
    accepted_y: float
    accepted_height: float
    refused_y: float
    refused_height: float


class Chart:
    """Bars of requests, drawn here as SVG; a table beside it says the same."""

    HEIGHT: Final = 160
    FOOT: Final = 20
    GAP: Final = 4

    def __init__(self, counts: list[tuple[str, Hour]], width: int, labels: int) -> None:
        """`labels` is how many of the spans are named below their bars."""
        self.width = width
        self.labelled_every = len(counts) // labels
        self.most = max([one.accepted + one.refused for _, one in counts] + [1])
        self.step = width / len(counts)
        self.bars = [self._bar(place, words, one) for place, (words, one) in enumerate(counts)]
        self.accepted = sum(one.accepted for _, one in counts)
        self.refused = sum(one.refused for _, one in counts)
        self.unlogged = sum(one.unlogged for _, one in counts)

    def _bar(self, place: int, words: str, count: Hour) -> Bar:
        scale = (self.HEIGHT - self.FOOT) / self.most
        accepted, refused, base = count.accepted * scale, count.refused * scale, self.HEIGHT - self.FOOT
        heights = [round(height, 1) for height in (base - accepted, accepted, base - accepted - refused, refused)]
        return Bar(words, count, round(place * self.step + self.GAP / 2, 1), *heights)


def _charts(counts: list[tuple[str, Hour]], labels: int) -> tuple[Chart, Chart]:
    """For wide windows and for phones."""
    return Chart(counts, 620, labels), Chart(counts, 320, labels // 2)


def _sum(day: str, hours: list[Hour]) -> Hour:
    sums: list[Any] = [sum(getattr(one, name) for one in hours) for name in Hour._fields[1:]]
    return Hour(day, *sums)


def _indented(body: str | None) -> str | None:
    """JSON as it is read most easily; whatever else it is, as it is."""
    try:
        return body and json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
