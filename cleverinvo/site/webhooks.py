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
from cleverinvo.webhooks import actions, deliveries, rules, store
from cleverinvo.webhooks.addresses import Guard
from cleverinvo.webhooks.forms import (
    CreateWebhook,
    ListDeliveries,
    ListWebhooks,
    Replay,
    RotateSecret,
    UpdateWebhook,
)
from cleverinvo.webhooks.rules import Delivery, DeliveryWithAttempts, NewWebhook, Replayed, Webhook

STATUSES: Final = ("PENDING", "SUCCEEDED", "FAILED")
OVERLAP_HOURS: Final = 24

TYPES: Final = [type for type in events.TYPES if type != actions.TEST]
"""A test goes to the endpoint that it was made for, whatever that one wants."""

pages = Pages()


@pages.get("/webhooks", role="owner")
async def list_(visit: Visit) -> Response:
    return await _list(visit)


@pages.post("/webhooks", role="owner", is_once=True)
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


@pages.post("/webhooks/{id}", role="owner")
async def change(visit: Visit) -> Response:
    """Another address or other events. What is due already goes where the endpoint is now."""
    await visit.read(store.get, visit.id)
    try:
        form = faults.filled(UpdateWebhook, {"description": None, **_typed(visit)})
        await visit.write(actions.update, visit.id, form, _guard(visit))
    except Problem as problem:
        return await _show(visit, problem, is_editing=True)
    return visit.go(f"/webhooks/{visit.id}", "Saved.")


@pages.post("/webhooks/{id}/test", role="owner")
async def test(visit: Visit) -> Response:
    return await _try(visit, lambda: visit.write(actions.test, visit.id), "A test event is on its way.")


@pages.post("/webhooks/{id}/replay", role="owner")
async def replay(visit: Visit) -> Response:
    """Deliver again what was given up."""
    try:
        again: Replayed = await visit.write(actions.replay, visit.id, Replay(only_failed=True))
    except NotFound:
        raise
    except Problem as problem:
        return await _show(visit, problem=problem)
    return visit.go(f"/webhooks/{visit.id}", _notice_of(again))


@pages.post("/webhooks/{id}/switch", role="owner")
async def switch(visit: Visit) -> Response:
    """On or off. An endpoint that is switched on again goes on where it had stopped."""
    form = UpdateWebhook(is_active=visit.form.get("isActive") == "true")
    return await _try(visit, lambda: visit.write(actions.update, visit.id, form, _guard(visit)), "Done.")


@pages.post("/webhooks/{id}/rotate", role="owner", is_once=True)
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


def _notice_of(again: Replayed) -> str:
    if not again.replayed:
        return "Nothing was given up: what is pending is tried again by itself."
    return f"{again.replayed:,} event{'' if again.replayed == 1 else 's'} that had failed go out again."


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
        faults=Faults.of(problem) if problem else Faults([]),
        **_fields(visit, ["*"] if new or not problem else None),
    )


async def _show(
    visit: Visit, problem: Problem | None = None, new: NewWebhook | None = None, *, is_editing: bool = False
) -> Response:
    webhook = await visit.read(store.get, visit.id)
    query, fields, wrong = asking.ask(visit, ListDeliveries)
    return await visit.page(
        "webhook.html",
        (422 if is_editing else 409) if problem else 200,
        nav="webhooks",
        webhook=webhook,
        new=new,
        query=Said(fields),
        statuses=STATUSES,
        found=await visit.read(deliveries.list_page, visit.id, query),
        faults=Faults.of(problem) if problem else wrong,
        is_editing=is_editing,
        **_fields(visit, None if is_editing else webhook.events, webhook),
    )


def _typed(visit: Visit) -> dict[str, Any]:
    """Endpoint and filters as the API takes them."""
    every = visit.form.get("every") != "no"
    return {**visit.form.filled("url", "description"), "events": ["*"] if every else visit.form.all("events")}


def _fields(visit: Visit, chosen: list[str] | None, webhook: Webhook | None = None) -> dict[str, Any]:
    """What stands in the form of an endpoint: what was typed where `chosen` is not known, else what is stored.

    A pattern such as `invoice.*` is shown as the events that it lets through now.
    """
    typed = _typed(visit) if chosen is None else {}
    stored = {"url": webhook.url, "description": webhook.description} if webhook and not typed else {}
    filters: list[str] = typed.get("events", chosen or [])
    families = [(family, [type for type in TYPES if type.startswith(f"{family}.")]) for family in events.FAMILIES]
    return {
        "typed": Said({name: text for name, text in {**stored, **typed}.items() if text}),
        "chosen": filters if filters == ["*"] else [type for type in TYPES if rules.lets_through(filters, type)],
        "families": [(family, types) for family, types in families if types],
    }


def _guard(visit: Visit) -> Guard:
    return Guard(allow_private=visit.house.settings.allow_private_webhooks)
