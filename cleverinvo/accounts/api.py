"""The account over HTTP."""

import asyncio

from cleverinvo.accounts import actions, logo, store
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.accounts.rules import Account
from cleverinvo.errors import NotFound
from cleverinvo.web import answers
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


@routes.put("/account/logo", media_types=logo.MEDIA_TYPES, body_bytes_max=logo.BYTES_MAX, gives=Account)
async def set_logo(request: Request) -> Answer:
    """Print a logo on documents: the image itself as PNG, JPEG, WebP or SVG."""
    safe = await asyncio.to_thread(logo.make_safe, request.body.media_type, request.body.content)
    return await request.write(actions.set_logo, safe, request.if_match)


@routes.get("/account/logo", gives=bytes, media_type="image/*", raises=("NOT_FOUND",))
async def get_logo(request: Request) -> Answer:
    """Get the logo as it is printed."""
    account = await request.read(store.get)
    found = await request.read(store.find_logo, account.logo_sha256 or "")
    if found is None:
        raise NotFound("There is no logo.")
    answer = answers.of_file(found.content, found.media_type, "logo", request.header(b"if-none-match"))
    return answer._replace(headers=[*answer.headers, (b"content-security-policy", b"sandbox; default-src 'none'")])


@routes.delete("/account/logo")
async def remove_logo(request: Request) -> Answer:
    """Print no logo any more. Documents already sent keep theirs."""
    answer = await request.write(actions.set_logo, None, request.if_match)
    return Answer(204, headers=answer.headers)
