"""The documentation as pages: the API reference with and without a script, guides, and a list for machines."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import Response

from cleverinvo.errors import NotFound
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import POLICY, Visit

PACKAGED: Final = Path(__file__).parent / "docs"
CHECKOUT: Final = Path(__file__).parent.parent.parent / "docs"
SECTIONS: Final = ("guides", "reference")

SCALAR_POLICY: Final = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "img-src 'self' data:", "img-src 'self' data: blob:"
)
"""Scalar writes styles into the page; scripts are held to our own all the same, and so are its requests."""

pages = Pages()


@pages.get("/docs", role=None)
async def start(visit: Visit) -> Response:
    return visit.go("/docs/api")


@pages.get("/docs/api", role=None)
async def reference(visit: Visit) -> Response:
    """The reference to try things in, where its script is installed; the plain one elsewhere."""
    if not visit.house.assets.has("vendor/scalar.js"):
        return visit.go("/docs/api/reference")
    html = visit.house.templates.get_template("docs_api.html")
    body = html.render(assets=visit.house.assets, theme="", person=visit.person)
    return visit.answer(body.encode(), "text/html; charset=utf-8", content_security_policy=SCALAR_POLICY)


@pages.get("/docs/api/openapi.json", role=None)
async def description(visit: Visit) -> Response:
    """The description of the API, for programs."""
    return visit.answer(visit.house.description.json, "application/json", cache_control="no-cache")


@pages.get("/docs/api/reference", role=None)
async def plain(visit: Visit) -> Response:
    """Every operation on one page."""
    about = visit.house.description
    return visit.part(
        "docs_reference.html",
        operations=about.operations,
        about=Markup(_render(about.tree["info"]["description"])),
        base=about.tree["servers"][0]["url"],
        articles=_articles(),
    )


@pages.get("/docs/{section}/{name}", role=None)
async def article(visit: Visit) -> Response:
    """A guide, or a page of the reference."""
    section, name = visit.request.path_params["section"], visit.request.path_params["name"]
    text = _read(section, name)
    return visit.part(
        "docs_article.html",
        title=text.partition("\n")[0].strip("# "),
        article=Markup(_render(text)),
        articles=_articles(),
        here=f"/docs/{section}/{name}",
    )


@pages.get("/llms.txt", role=None)
async def brief(visit: Visit) -> Response:
    """What there is to read, for programs that read (llmstxt.org)."""
    about, url = visit.house.description, visit.house.links.public_url
    lines = ["# CleverInvo API", "", "> " + " ".join(about.tree["info"]["description"].split()), ""]
    lines += ["## Reference", "", f"- [OpenAPI 3.1]({url}/docs/api/openapi.json): everything, for programs"]
    lines += [f"- [All operations]({url}/docs/api/reference): the same as one page", ""]
    for section, found in _articles().items():
        lines += [f"## {section.capitalize()}", ""]
        lines += [f"- [{title}]({url}{path})" for path, title in found] + [""]
    lines += ["## Operations", ""]
    for operations in about.operations.values():
        lines += [f"- `{one.method} /api/v1{one.path}`: {one.summary}" for one in operations]
    return visit.answer("\n".join(lines).encode() + b"\n", "text/plain; charset=utf-8")


def _folder() -> Path:
    """Where the articles are: in the package, or beside it in a checkout."""
    return PACKAGED if PACKAGED.is_dir() else CHECKOUT


@lru_cache(maxsize=1)
def _articles() -> dict[str, list[tuple[str, str]]]:
    """The articles' addresses and titles, by section."""
    found: dict[str, list[tuple[str, str]]] = {}
    for section in SECTIONS:
        paths = sorted(path for path in (_folder() / section).glob("*.md") if path.stem != "README")
        found[section] = [
            (f"/docs/{section}/{path.stem}", path.read_text().partition("\n")[0].strip("# ")) for path in paths
        ]
    return found


def _read(section: str, name: str) -> str:
    if section not in SECTIONS or not re.fullmatch(r"[a-z-]{1,40}", name):
        raise NotFound("There is no page at this address.")
    path = _folder() / section / f"{name}.md"
    if not path.is_file():
        raise NotFound("There is no page at this address.")
    return path.read_text()


@lru_cache(maxsize=64)
def _render(text: str) -> str:
    """Our own Markdown as HTML; links to other articles lead to their pages."""
    html: str = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    html = re.sub(r'href="(?:\.\./)?(guides|reference)/([a-z-]+)\.md', r'href="/docs/\1/\2', html)
    html = re.sub(r'href="([a-z-]+)\.md', r'href="\1', html)
    html = html.replace("<th></th>", "<td></td>")  # what heads nothing is no heading
    html = html.replace("<pre>", '<pre class="code" tabindex="0">')
    return html.replace(
        "<table>", '<div class="scroller" tabindex="0" role="group" aria-label="Table"><table class="table">'
    ).replace("</table>", "</table></div>")
