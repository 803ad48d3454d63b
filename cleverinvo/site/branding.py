"""Settings of documents: defaults, looks and logo, with a preview that follows what is typed."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from cleverinvo import faults
from cleverinvo.accounts import actions as accounts
from cleverinvo.accounts import logo
from cleverinvo.accounts import store as account_store
from cleverinvo.accounts.forms import UpdateAccount
from cleverinvo.accounts.rules import Logo
from cleverinvo.documents import actions as documents
from cleverinvo.documents import labels
from cleverinvo.errors import Fault, Invalid, NotFound, Problem
from cleverinvo.site import settings
from cleverinvo.site.routing import Pages
from cleverinvo.site.settings import DOCUMENTS
from cleverinvo.site.visit import Visit
from cleverinvo.web.body import receive_body

SHOWN: Final = ("currency", "locale", "paymentTermsDays", "layout", "accentColor", "footer")
"""The fields that a document shows."""

pages = Pages()


@pages.get("/settings/documents")
async def show_documents(visit: Visit) -> Response:
    return await _show(visit)


@pages.post("/settings/documents", role="owner")
async def save_documents(visit: Visit) -> Response:
    return await settings.save(visit, "documents", DOCUMENTS, **_context())


@pages.post("/settings/documents/preview", role="owner")
async def preview_typed(visit: Visit) -> Response:
    """The page again with what was typed, and a preview of it: for browsers without a script."""
    preview = {name: visit.form.get(name) for name in SHOWN}
    try:
        faults.filled(UpdateAccount, settings.typed(visit.form.tree(*DOCUMENTS)))
    except Problem as problem:
        return await settings.show(visit, "documents", DOCUMENTS, problem, **_context())
    return await settings.show(visit, "documents", DOCUMENTS, is_typed=True, **_context(preview))


@pages.get("/settings/preview.png")
async def preview(visit: Visit) -> Response:
    """A sample invoice as it would look with the fields in the address, as a picture."""
    return await _draw(visit, None)


@pages.upload("/settings/preview.png", role="owner")
async def preview_logo(visit: Visit) -> Response:
    """The same with the logo that is sent, which is not stored."""
    return await _draw(visit, await _receive_logo(visit))


@pages.get("/logo/{id}")
async def show_logo(visit: Visit) -> Response:
    """A logo that stands on some document of the account."""
    found = await visit.read(account_store.find_logo, visit.id)
    if found is None:
        raise NotFound("There is no such logo.")
    return visit.answer(
        found.content,
        found.media_type,
        content_security_policy="sandbox; default-src 'none'",
        cache_control="private, max-age=31536000, immutable",
    )


@pages.upload("/settings/logo", role="owner")
async def set_logo(visit: Visit) -> Response:
    """The image itself, as a script sends it."""
    await visit.write(accounts.set_logo, await _receive_logo(visit))
    return visit.answer(b"{}", "application/json")


@pages.post("/settings/logo/remove", role="owner")
async def remove_logo(visit: Visit) -> Response:
    await visit.write(accounts.set_logo, None)
    return visit.go("/settings/documents", "Documents carry no logo any more. Those already sent keep theirs.")


async def _receive_logo(visit: Visit) -> Logo:
    body = await receive_body(visit.request.receive, dict(visit.request.headers.raw), logo.BYTES_MAX)
    media_type = visit.request.headers.get("content-type", "").partition(";")[0]
    if media_type not in logo.MEDIA_TYPES:
        raise Invalid([Fault("logo", "Expected a PNG, JPEG, WebP or SVG image")])
    return await visit.aside(logo.make_safe, media_type, body)


async def _draw(visit: Visit, chosen: Logo | None) -> Response:
    text = visit.request.scope["query_string"].decode("latin-1")
    fields = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=20))
    found = faults.unprintable(fields)
    if found:
        raise Invalid(found)
    tree = settings.typed({name: value or None for name, value in fields.items() if name in SHOWN})
    form = faults.filled(UpdateAccount, tree)
    document = await visit.scan(documents.sample, form, chosen)
    return visit.answer(await visit.house.renderer.draw(document), "image/png")


async def _show(visit: Visit) -> Response:
    return await settings.show(visit, "documents", DOCUMENTS, **_context())


def _context(preview: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """What the page needs beside the account; `preview` are fields that the picture shall follow already."""
    return {"languages": labels.LANGUAGES, "preview": urlencode(preview), "shown": " ".join(SHOWN)}
