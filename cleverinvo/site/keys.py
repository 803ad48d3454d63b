"""API keys: made, shown once, and taken back."""

from datetime import timedelta
from typing import Annotated, Final

import msgspec
from starlette.responses import Response

from cleverinvo import clock, faults
from cleverinvo.accounts import actions, store
from cleverinvo.accounts.rules import TIERS_WITH_API, ApiKey, NewApiKey, Scope
from cleverinvo.errors import Forbidden, Problem
from cleverinvo.shapes import Form, Label
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Visit

LIVES: Final = [("", "No end"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year")]

pages = Pages()


class CreateKey(Form, frozen=True):
    name: Label
    scope: Scope = "full"
    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] | None = None


@pages.get("/keys", role="owner")
async def show(visit: Visit) -> Response:
    return await _show(visit)


@pages.post("/keys", role="owner", is_once=True)
async def create(visit: Visit) -> Response:
    """A new key: this answer is the only place where it can be read."""
    try:
        if (await visit.account()).tier not in TIERS_WITH_API:
            raise Forbidden("The API is available on the Business tier.")
        days = visit.form.get("days")
        tree = {**visit.form.filled("name", "scope"), "days": int(days) if days.isdigit() else None}
        form = faults.filled(CreateKey, tree)
    except Problem as problem:
        return await _show(visit, 422, faults=Faults.of(problem))
    ends = visit.now + timedelta(days=form.days) if form.days else None
    new: NewApiKey = await visit.write(actions.create_key, form.name, form.scope, ends)
    return await _show(visit, new=new)


@pages.post("/keys/{id}/revoke", role="owner")
async def revoke(visit: Visit) -> Response:
    await visit.write(actions.revoke_key, visit.id)
    return visit.go("/keys", "The key is revoked. Within a second it stops working.")


async def _show(
    visit: Visit, status: int = 200, *, new: NewApiKey | None = None, faults: Faults | None = None
) -> Response:
    account = await visit.account()
    keys: list[ApiKey] = await visit.read(store.list_keys)
    now = clock.stamp(visit.now)
    return await visit.page(
        "keys.html",
        status,
        nav="keys",
        account=account,
        has_api=account.tier in TIERS_WITH_API,
        keys=[key for key in reversed(keys) if not key.revoked_at],
        revoked=[key for key in reversed(keys) if key.revoked_at],
        new=new,
        lives=LIVES,
        now=now,
        url=visit.house.links.public_url,
        faults=faults or Faults([]),
    )
