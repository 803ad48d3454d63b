"""Reminders over HTTP."""

from cleverinvo.reminders import actions
from cleverinvo.reminders.forms import Remind, SetReminders
from cleverinvo.reminders.rules import ReminderPolicy, Reminders
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Reminders")


@routes.get("/account/reminders", gives=ReminderPolicy)
async def get_policy(request: Request) -> ReminderPolicy:
    """Get when clients are reminded."""
    return await request.read(actions.get_policy)  # type: ignore[no-any-return]


@routes.put("/account/reminders", takes=SetReminders, gives=ReminderPolicy)
async def set_policy(request: Request) -> Answer:
    """Set when clients are reminded, and in which words."""
    return await request.write(actions.set_policy, request.body, request.if_match)


@routes.get("/invoices/{id}/reminders", gives=Reminders)
async def get(request: Request) -> Reminders:
    """Get an invoice's reminders: sent, skipped, and still to come."""
    return await request.read(actions.get, request.id)  # type: ignore[no-any-return]


@routes.post("/invoices/{id}/reminders/pause", gives=Reminders)
async def pause(request: Request) -> Answer:
    """Pause an invoice's reminders."""
    return await request.write(actions.pause, request.id)


@routes.post("/invoices/{id}/reminders/resume", gives=Reminders)
async def resume(request: Request) -> Answer:
    """Resume an invoice's reminders."""
    return await request.write(actions.resume, request.id)


@routes.post("/invoices/{id}/remind", takes=Remind, gives=Reminders)
async def remind(request: Request) -> Answer:
    """Remind an invoice's client now."""
    return await request.write(actions.remind, request.id, request.body)
