"""The account over HTTP."""

from cleverinvo.accounts import actions, store
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.accounts.rules import Account
from cleverinvo.web.answers import Answer
from cleverinvo.web.request import Request
from cleverinvo.web.routes import Routes

routes = Routes("Account")


@routes.get("/account", gives=Account)
async def get(request: Request) -> Account:
    """Get the account that the key belongs to."""
    return await request.read(store.get)  # type: ignore[no-any-return]


@routes.patch("/account", takes=UpdateAccount, gives=Account)
async def update(request: Request) -> Answer:
    """Change the account: what stands on documents, and the defaults of new ones."""
    return await request.write(actions.update, request.body, request.if_match)
