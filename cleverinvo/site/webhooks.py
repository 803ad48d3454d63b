"""Webhooks: endpoints, what was delivered to them and what was not, and sending it again."""

from typing import Any, Final

import msgspec
from starlette.responses import Response

from cleverinvo import events, faults
from cleverinvo.errors import NotFound, Problem
from cleverinvo.sealing import Confidential
from cleverinvo.site import asking
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Said, Visit
from cleverinvo.webhooks import actions, deliveries, store
from cleverinvo.webhooks.addresses import Guard
from cleverinvo.webhooks.forms import (
    CreateWebhook,
    ListDeliveries,
    ListWebhooks,
    Replay,
    RotateSecret,
    UpdateWebhook,
)
from cleverinvo.webhooks.rules import Delivery, DeliveryWithAttempts, NewWebhook

STATUSES: Final = ("PENDING", "SUCCEEDED", "FAILED")
OVERLAP_HOURS: Final = 24

pages = Pages()


@pages.get("/webhooks", role="owner")
async def list_(visit: Visit) -> Response:
    return await _list(visit)


@pages.post("/webhooks", role="owner")
async def create(visit: Visit) -> Response:
    """A new endpoint: this answer is the only place where its secret can be read."""
    try:
        form = faults.filled(CreateWebhook, _typed(visit))
        new: Confidential = await visit.write(actions.create, form, _guard(visit))
    except Problem as problem:
        return await _list(visit, problem)
    return await _list(visit, new=new.noun)


@pages.get("/webhooks/{id}", role="owner")
async def show(visit: Visit) -> Response:
    return await _show(visit)


@pages.post("/webhooks/{id}/test", role="owner")
async def test(visit: Visit) -> Response:
    return await _try(visit, lambda: visit.write(actions.test, visit.id), "A test event is on its way.")


@pages.post("/webhooks/{id}/replay", role="owner")
async def replay(visit: Visit) -> Response:
    """Deliver again what was given up."""
    form = Replay(only_failed=True)
    return await _try(visit, lambda: visit.write(actions.replay, visit.id, form), "What failed goes out again.")


@pages.post("/webhooks/{id}/switch", role="owner")
async def switch(visit: Visit) -> Response:
    """On or off. An endpoint that is switched on again goes on where it had stopped."""
    form = UpdateWebhook(is_active=visit.form.get("isActive") == "true")
    return await _try(visit, lambda: visit.write(actions.update, visit.id, form, _guard(visit)), "Done.")


@pages.post("/webhooks/{id}/rotate", role="owner")
async def rotate(visit: Visit) -> Response:
    """A new secret, shown this once; for a day deliveries are signed with the old one, too."""
    form = RotateSecret(overlap_hours=OVERLAP_HOURS)
    new: Confidential = await visit.write(actions.rotate_secret, visit.id, form)
    return await _show(visit, new=new.noun)


@pages.post("/webhooks/{id}/delete", role="owner")
async def delete(visit: Visit) -> Response:
    await visit.write(actions.delete, visit.id)
    return visit.go("/webhooks", "The endpoint is gone, and its log with it.")


@pages.get("/deliveries/{id}", role="owner")
async def show_delivery(visit: Visit) -> Response:
    """One delivery: what was sent, and what came back."""
    found: DeliveryWithAttempts = await visit.read(actions.find, visit.id)
    body = msgspec.json.format(msgspec.json.encode(found.event), indent=2).decode()
    return await visit.page("delivery.html", nav="webhooks", delivery=found, body=body)


@pages.post("/deliveries/{id}/retry", role="owner")
async def retry(visit: Visit) -> Response:
    delivery: Delivery = await visit.write(actions.retry, visit.id)
    return visit.go(f"/deliveries/{delivery.id}", "It is on its way once more.")


async def _try(visit: Visit, work: Any, notice: str) -> Response:
    try:
        await work()
    except NotFound:
        raise
    except Problem as problem:
        return await _show(visit, problem=problem)
    return visit.go(f"/webhooks/{visit.id}", notice)


async def _list(visit: Visit, problem: Problem | None = None, new: NewWebhook | None = None) -> Response:
    return await visit.page(
        "webhooks.html",
        422 if problem else 200,
        nav="webhooks",
        found=await visit.read(store.list_page, ListWebhooks(limit=100)),
        new=new,
        types=events.TYPES,
        faults=Faults.of(problem) if problem else Faults([]),
    )


async def _show(visit: Visit, problem: Problem | None = None, new: NewWebhook | None = None) -> Response:
    webhook = await visit.read(store.get, visit.id)
    query, fields, wrong = asking.ask(visit, ListDeliveries)
    return await visit.page(
        "webhook.html",
        409 if problem else 200,
        nav="webhooks",
        webhook=webhook,
        new=new,
        query=Said(fields),
        statuses=STATUSES,
        found=await visit.read(deliveries.list_page, visit.id, query),
        faults=Faults.of(problem) if problem else wrong,
    )


def _typed(visit: Visit) -> dict[str, Any]:
    """Endpoint and filters as the API takes them; filters stand one on a line, or with commas between them."""
    filters = visit.form.get("events").replace(",", "\n").split()
    return {**visit.form.filled("url", "description"), **({"events": filters} if filters else {})}


def _guard(visit: Visit) -> Guard:
    return Guard(allow_private=visit.house.settings.allow_private_webhooks)
