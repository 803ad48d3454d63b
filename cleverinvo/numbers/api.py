"""Numbers over HTTP."""

from cleverinvo.numbers import actions
from cleverinvo.numbers.forms import StartNumbers
from cleverinvo.numbers.rules import NumberingAudit
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Numbering")


@routes.get("/numbering/audit", gives=NumberingAudit)
async def audit(request: Request) -> NumberingAudit:
    """Prove that numbers have no gaps: every one, and what became of it."""
    return await request.scan(actions.audit)  # type: ignore[no-any-return]


@routes.post("/numbering/start", takes=StartNumbers, gives=NumberingAudit)
async def start(request: Request) -> Answer:
    """Say where a series begins that has no number yet."""
    return await request.write(actions.start, request.body)
