"""Webhooks over HTTP."""

from cleverinvo.paging import Page
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes
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
from cleverinvo.webhooks.rules import Delivery, DeliveryWithAttempts, NewWebhook, Replayed, Webhook

routes = Routes("Webhooks")


@routes.post("/webhooks", takes=CreateWebhook, gives=NewWebhook, status=201, collection="/api/v1/webhooks")
async def create(request: Request) -> Answer:
    """Create a webhook. Its secret is shown only now."""
    return await request.write(actions.create, request.body, request.tool(Guard))


@routes.get("/webhooks", query=ListWebhooks, gives=Page[Webhook])
async def list_(request: Request) -> Page[Webhook]:
    """List webhooks."""
    return await request.read(store.list_page, request.query)  # type: ignore[no-any-return]


@routes.get("/webhooks/{id}", gives=Webhook)
async def get(request: Request) -> Webhook:
    """Get a webhook."""
    return await request.read(store.get, request.id)  # type: ignore[no-any-return]


@routes.put("/webhooks/{id}", takes=UpdateWebhook, gives=Webhook)
async def replace(request: Request) -> Answer:
    """Update a webhook. Only the fields that are sent change."""
    return await request.write(actions.update, request.id, request.body, request.tool(Guard), request.if_match)


@routes.patch("/webhooks/{id}", takes=UpdateWebhook, gives=Webhook)
async def update(request: Request) -> Answer:
    """Update a webhook, the same as PUT."""
    return await request.write(actions.update, request.id, request.body, request.tool(Guard), request.if_match)


@routes.delete("/webhooks/{id}")
async def delete(request: Request) -> Answer:
    """Delete a webhook with its log."""
    return await request.write(actions.delete, request.id, request.if_match)


@routes.post("/webhooks/{id}/rotate-secret", takes=RotateSecret, gives=NewWebhook)
async def rotate_secret(request: Request) -> Answer:
    """Give a webhook a new secret; for a while deliveries are signed with both."""
    return await request.write(actions.rotate_secret, request.id, request.body)


@routes.post("/webhooks/{id}/test", gives=Delivery, status=201, collection="/api/v1/deliveries")
async def test(request: Request) -> Answer:
    """Send a test event to a webhook."""
    return await request.write(actions.test, request.id)


@routes.post("/webhooks/{id}/replay", takes=Replay, gives=Replayed)
async def replay(request: Request) -> Answer:
    """Deliver events of a time again."""
    return await request.write(actions.replay, request.id, request.body)


@routes.get("/webhooks/{id}/deliveries", query=ListDeliveries, gives=Page[Delivery])
async def list_deliveries(request: Request) -> Page[Delivery]:
    """List what was delivered to a webhook, and what was not."""
    await request.read(store.get, request.id)
    return await request.read(deliveries.list_page, request.id, request.query)  # type: ignore[no-any-return]


@routes.get("/deliveries/{id}", gives=DeliveryWithAttempts)
async def get_delivery(request: Request) -> DeliveryWithAttempts:
    """Get a delivery with its event and every attempt."""
    return await request.read(actions.find, request.id)  # type: ignore[no-any-return]


@routes.post("/deliveries/{id}/retry", gives=Delivery)
async def retry(request: Request) -> Answer:
    """Deliver once more, now."""
    return await request.write(actions.retry, request.id)
