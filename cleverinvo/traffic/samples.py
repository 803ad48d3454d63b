"""A logged request as code that sends it again, with a key that is still to be put in."""

import json
import shlex
from collections.abc import Mapping
from typing import Final

from cleverinvo.traffic.rules import LoggedRequest

KEY: Final = "Bearer YOUR_API_KEY"


def all_of(request: LoggedRequest, public_url: str) -> dict[str, str]:
    """The same request for curl, Python and JavaScript."""
    url = f"{public_url}{request.path}" + (f"?{request.query}" if request.query else "")
    headers = {"Authorization": KEY}
    if request.body:
        headers["Content-Type"] = request.content_type or "application/json"
    return {
        "curl": _curl(request, url, headers),
        "Python": _python(request, url, headers),
        "JavaScript": _javascript(request, url, headers),
    }


def _curl(request: LoggedRequest, url: str, headers: Mapping[str, str]) -> str:
    lines = [f"curl -X {request.method} {shlex.quote(url)}"]
    lines += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    lines += [f"--data-binary {shlex.quote(request.body)}"] if request.body else []
    return " \\\n  ".join(lines)


def _python(request: LoggedRequest, url: str, headers: Mapping[str, str]) -> str:
    content = f"    content={request.body!r}.encode(),\n" if request.body else ""
    named = "".join(f"        {name!r}: {value!r},\n" for name, value in headers.items())
    return (
        "import httpx\n\n"
        f"answer = httpx.request(\n    {request.method!r},\n    {url!r},\n"
        f"    headers={{\n{named}    }},\n{content})\n"
        "print(answer.status_code, answer.text)"
    )


def _javascript(request: LoggedRequest, url: str, headers: Mapping[str, str]) -> str:
    named = "".join(f"    {json.dumps(name)}: {json.dumps(value)},\n" for name, value in headers.items())
    body = f"  body: {json.dumps(request.body)},\n" if request.body else ""
    return (
        f"const answer = await fetch({json.dumps(url)}, {{\n  method: {json.dumps(request.method)},\n"
        f"  headers: {{\n{named}  }},\n{body}}});\nconsole.log(answer.status, await answer.text());"
    )
