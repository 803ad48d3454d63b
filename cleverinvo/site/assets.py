"""Style sheets, scripts and fonts: read once, compressed once, kept by browsers under names that tell versions."""

import gzip
import hashlib
import mimetypes
from functools import cached_property
from pathlib import Path
from typing import Final, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from cleverinvo.errors import NotFound

FOLDER: Final = Path(__file__).parent / "static"
STYLES: Final = ("tokens", "base", "controls", "shell", "tables", "paper", "builder", "pages", "desk", "phone")
"""The parts of app.css, in the order in which they are put together."""

SQUEEZED: Final = frozenset({".css", ".js", ".svg"})
FOR_EVER: Final = "public, max-age=31536000, immutable"


class Asset(NamedTuple):
    content: bytes
    squeezed: bytes | None
    media_type: str


class Assets:
    """Everything below /static. What stands in the folder when the server starts is what is served."""

    def __init__(self) -> None:
        self._assets: dict[str, Asset] = {}

    def url(self, name: str) -> str:
        """The address of an asset; it changes with the content of any of them."""
        return f"/static/{self.version}/{name}"

    def has(self, name: str) -> bool:
        return name == "app.css" or (FOLDER / name).is_file()

    @cached_property
    def version(self) -> str:
        digest = hashlib.blake2b(digest_size=6)
        for path in sorted(FOLDER.rglob("*")):
            if path.is_file():
                digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()

    async def serve(self, request: Request) -> Response:
        """An asset by its name, whatever version stands before it: only the present one is kept."""
        asset = self._find(request.path_params["name"])
        headers = {"cache-control": "no-cache", "x-content-type-options": "nosniff"}
        if request.path_params["version"] == self.version:
            headers["cache-control"] = FOR_EVER
        content = asset.content
        if asset.squeezed is not None:
            headers["vary"] = "accept-encoding"
            if "gzip" in request.headers.get("accept-encoding", ""):
                headers["content-encoding"] = "gzip"
                content = asset.squeezed
        return Response(content, media_type=asset.media_type, headers=headers)

    def _find(self, name: str) -> Asset:
        asset = self._assets.get(name)
        if asset is None:
            asset = self._assets[name] = self._read(name)
        return asset

    def _read(self, name: str) -> Asset:
        path = (FOLDER / name).resolve()
        if name == "app.css":
            content = b"\n".join((FOLDER / "css" / f"{part}.css").read_bytes() for part in STYLES)
        elif path.is_relative_to(FOLDER) and path.is_file() and not path.name.startswith("."):
            content = path.read_bytes()
        else:
            raise NotFound("There is nothing at this address.")
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        squeezed = gzip.compress(content, 9, mtime=0) if path.suffix in SQUEEZED else None
        return Asset(content, squeezed, media_type)
