"""Fonts and the API reference's script, fetched from the npm registry as the lock file beside this one pins them.

Run by `scripts/install`; needs no Node.js. The registry is npm's own setting: npm_config_registry, or `registry=`
in .npmrc. Where it cannot be reached the pages do without: system fonts, and the plain API reference.
"""

import base64
import hashlib
import io
import json
import os
import ssl
import sys
import tarfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

LOCK: Final = Path(__file__).with_name("vendor.lock.json")
FOLDER: Final = Path(__file__).parent / "static" / "vendor"
DEFAULT_REGISTRY: Final = "https://registry.npmjs.org/"
TIMEOUT_SECONDS: Final = 30


class WrongPackage(Exception):
    """A package that is not the one that was pinned."""


def install() -> list[str]:
    """Fetch what is missing; what could not be fetched. Raises WrongPackage before anything is kept."""
    FOLDER.mkdir(exist_ok=True)
    settings = _npm_settings()
    missing = []
    for entry in json.loads(LOCK.read_text()):
        if _is_there(entry):
            continue
        try:
            _unpack(entry, _download(entry, settings))
        except OSError as error:
            missing.append(f"{entry['package']} ({error})")
    return missing


def check(entry: dict[str, Any], content: bytes) -> None:
    """Raises WrongPackage where the content is not what the lock pins."""
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if entry["integrity"] != f"sha512-{digest}":
        raise WrongPackage(f"{entry['package']} {entry['version']} is not the package that was pinned")


def _is_there(entry: dict[str, Any]) -> bool:
    """Whether the pinned version was unpacked before."""
    mark = FOLDER / _mark(entry)
    return mark.exists() and mark.read_text() == entry["integrity"]


def _mark(entry: dict[str, Any]) -> str:
    return f".{entry['package'].strip('@').replace('/', '-')}"


def _download(entry: dict[str, Any], settings: dict[str, str]) -> bytes:
    package, version = entry["package"], entry["version"]
    registry = settings.get("registry", DEFAULT_REGISTRY).rstrip("/")
    url = f"{registry}/{package}/-/{package.rpartition('/')[2]}-{version}.tgz"
    if not url.startswith(("https://", "http://")):
        raise OSError("the npm registry is no web address")
    context = ssl.create_default_context()
    if "cafile" in settings:
        context.load_verify_locations(settings["cafile"])
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS, context=context) as answer:
        content: bytes = answer.read()
    return content


def _unpack(entry: dict[str, Any], content: bytes) -> None:
    check(entry, content)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for source, name in entry["files"].items():
            file = archive.extractfile(f"package/{source}")
            assert file is not None
            unfinished = FOLDER / f".{name}.unfinished"
            unfinished.write_bytes(file.read())
            unfinished.rename(FOLDER / name)
    (FOLDER / _mark(entry)).write_text(entry["integrity"])


def _npm_settings() -> dict[str, str]:
    """What npm itself would be told; the environment before the project's .npmrc, the user's, the machine's."""
    settings: dict[str, str] = {}
    for path in (Path("/etc/npmrc"), Path.home() / ".npmrc", Path(".npmrc")):
        settings |= dict(_read(path))
    for name in ("registry", "cafile"):
        for variable in (f"NPM_CONFIG_{name.upper()}", f"npm_config_{name}"):
            if os.environ.get(variable):
                settings[name] = os.environ[variable]
    return settings


def _read(path: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        name, is_setting, value = line.partition("=")
        if is_setting and name.strip() in ("registry", "cafile"):
            yield name.strip(), value.strip().strip('"')


if __name__ == "__main__":
    for name in install():
        print(f"cleverinvo: not fetched, the pages do without: {name}", file=sys.stderr)  # noqa: T201
