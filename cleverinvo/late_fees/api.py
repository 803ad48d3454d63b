"""Late fees over HTTP."""

from cleverinvo.invoices.rules import Invoice
from cleverinvo.late_fees import actions
from cleverinvo.late_fees.forms import SetLateFees
from cleverinvo.late_fees.rules import LateFee, LateFeePolicy
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Late fees")


@routes.get("/account/late-fees", gives=LateFeePolicy)
async def get_policy(request: Request) -> LateFeePolicy:
    """Get what lateness costs."""
    return await request.read(actions.get_policy)  # type: ignore[no-any-return]


@routes.put("/account/late-fees", takes=SetLateFees, gives=LateFeePolicy)
async def set_policy(request: Request) -> Answer:
    """Set what lateness costs, and whether fees are drafted by themselves."""
    return await request.write(actions.set_policy, request.body, request.if_match)


@routes.get("/invoices/{id}/late-fee", gives=LateFee)
async def propose(request: Request) -> LateFee:
    """Work out an invoice's late fee, without billing it."""
    return await request.read(actions.propose, request.id)  # type: ignore[no-any-return]


@routes.post("/invoices/{id}/late-fee", gives=Invoice, status=201, collection="/api/v1/invoices")
async def bill(request: Request) -> Answer:
    """Bill an invoice's late fee by a draft of its own."""
    return await request.write(actions.bill, request.id)
