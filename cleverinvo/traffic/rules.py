"""What is kept of a request, and what never is: keys, secrets, and more of a body than can be looked at."""

import json
import re
from typing import Any, Final, NamedTuple

BODY_MAX: Final = 4_000
"""Characters of a body that are kept."""

SCANNED_BYTES_MAX: Final = 16_000
"""A longer body is not kept at all where it might hold a secret: cut in two, it cannot be read and cleared."""

QUERY_MAX: Final = 500
PATH_MAX: Final = 300
HIDDEN: Final = "[hidden]"

_KEYS = re.compile(r"(ci_live_|whsec_|whsk_)[A-Za-z0-9+/=_-]{4,}")
_SIGNATURES = re.compile(r"([?&]sig=)[^&\s\"]+")
_RISKY: Final = ("secret", "passw", "token", "key", "auth", "headers", "credential")
_HARMLESS_NAMES: Final = frozenset({"idempotencyKey"})


class Entry(NamedTuple):
    """One request on its way into the log."""

    account_id: int
    request_id: str
    key_id: str
    method: str
    path: str
    query: str
    status: int
    microseconds: int
    content_type: str | None
    body: str | None
    refusal: str | None
    created_at: str


class LoggedRequest(NamedTuple):
    """One line of the log, with the key that asked, as far as a key is ever shown."""

    id: str
    request_id: str
    key_name: str
    key_shown: str
    """Its beginning and its end: `ci_live_…x9Qz`."""
    method: str
    path: str
    query: str
    status: int
    microseconds: int
    content_type: str | None
    body: str | None
    refusal: str | None
    created_at: str


class Hour(NamedTuple):
    """How many requests there were in an hour of UTC, such as `2026-03-01T10`."""

    hour: str
    accepted: int
    refused: int
    unlogged: int


class Count(NamedTuple):
    """What is to be added to an hour."""

    account_id: int
    hour: Hour


def clear_body(body: bytes, content_type: str | None, size: int) -> str | None:
    """A body as it may be kept. `body` is its beginning, of at most SCANNED_BYTES_MAX + 1 bytes."""
    if not body:
        return None
    if "json" not in (content_type or ""):
        return f"[{size:,} bytes]"
    text = body.decode(errors="replace")
    if _is_risky(text) or "\\u" in text:
        text = _clear_json(text) if size <= SCANNED_BYTES_MAX else f"[{size:,} bytes, which may hold a secret]"
    return _short(clear(text), BODY_MAX)


def clear(text: str) -> str:
    """Text without keys, signing secrets and signatures, wherever they stand."""
    text = text.replace("\0", "\ufffd")
    if "ci_live_" in text or "whs" in text:
        text = _KEYS.sub(lambda found: found[1] + HIDDEN, text)
    return _SIGNATURES.sub(lambda found: found[1] + HIDDEN, text) if "sig=" in text else text


def clear_line(text: str, most: int) -> str:
    return _short(clear(text), most)


def _clear_json(text: str) -> str:
    try:
        return json.dumps(_without_secrets(json.loads(text)), ensure_ascii=False)
    except (ValueError, RecursionError):
        return f"[{len(text):,} characters that are not JSON, and may hold a secret]"


def _without_secrets(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {
            name: HIDDEN if _is_risky(name) and name not in _HARMLESS_NAMES else _without_secrets(value)
            for name, value in tree.items()
        }
    return [_without_secrets(item) for item in tree] if isinstance(tree, list) else tree


def _is_risky(text: str) -> bool:
    """Looks for each word by itself: ten times as fast as one pattern of all."""
    lowered = text.lower()
    return any(word in lowered for word in _RISKY)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
