"""Everything that can be set, from the environment: each as NAME, or as NAME_FILE with the value in a file."""

import dataclasses
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

PREFIX: Final = "CLEVERINVO_"
SECRET_LENGTH_MIN: Final = 32


class WrongSetting(Exception):
    """A value that cannot be meant; its message is the one line that stops the start."""


class Rate(NamedTuple):
    """A quota of requests in any window of seconds."""

    quota: int
    window_seconds: int


def _setting(sentence: str, default: Any) -> Any:
    return field(default=default, metadata={"sentence": sentence})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one server. Read once and passed on; nothing else looks at the environment."""

    data_dir: Path = _setting(
        "Where the SQLite file, the documents and the generated secret are kept.", Path("data")
    )
    database_url: str | None = _setting(
        "`postgresql://user:password@host/name`; without it, SQLite in the data directory.", None
    )
    storage_url: str | None = _setting(
        "Where documents are kept, `s3://bucket/prefix?region=…`; without it, the data directory.", None
    )
    redis_url: str | None = _setting("What several servers share their limits through; none by default.", None)
    public_url: str | None = _setting(
        "The address under which people reach the server; without it, the address served.", None
    )
    smtp_url: str | None = _setting(
        "`smtp://user:password@host:587?from=billing@example.com`; without it, messages wait and nothing is lost.",
        None,
    )
    secret_key: str | None = _setting(
        "At least 32 characters that sign addresses; without it, one is generated in the data directory.", None
    )
    signup: Literal["open", "closed"] = _setting("Whether people may sign up: `open` or `closed`.", "open")
    signup_tier: Literal["free", "business"] = _setting(
        "The tier of new accounts, `free` or `business`; the first account is always `business`.", "free"
    )
    rate_limit_business: Rate | None = _setting(
        "Requests of an account on Business in any so many seconds, such as `100/60`, or `unlimited`.",
        Rate(100, 60),
    )
    allow_private_webhooks: bool = _setting(
        "Whether webhooks may go to private addresses, and over http: `true` or `false`.", False
    )
    event_retention_days: int = _setting("How many days events and the log of their deliveries are kept.", 90)
    request_retention_days: int = _setting("How many days the log of API requests is kept; 0 keeps none.", 7)


def read(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment gives. Raises WrongSetting."""
    _refuse_misspelt(environment)
    values: dict[str, Any] = {}
    for one in dataclasses.fields(Settings):
        name = PREFIX + one.name.upper()
        text = _text(environment, name)
        if text:
            try:
                values[one.name] = _READ.get(one.name, str)(text)
            except ValueError as error:
                raise WrongSetting(f"{name}: {error}") from None
    return Settings(**values)


def _text(environment: Mapping[str, str], name: str) -> str | None:
    path = environment.get(f"{name}_FILE")
    if path is None:
        return environment.get(name)
    if name in environment:
        raise WrongSetting(f"{name} and {name}_FILE are both set; set one of them")
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise WrongSetting(f"{name}_FILE: {path} cannot be read ({error.strerror})") from None


def _refuse_misspelt(environment: Mapping[str, str]) -> None:
    names = [PREFIX + one.name.upper() for one in dataclasses.fields(Settings)]
    known = {*names, *(f"{name}_FILE" for name in names)}
    for name in environment:
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            if close:
                raise WrongSetting(f"{name} is no setting; did you mean {close[0]}?")


def _database_url(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("expected postgresql://user:password@host/name (SQLite needs no address)")
    return text


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("expected an address such as https://invoices.example.com")
    return text.rstrip("/")


def _storage_url(text: str) -> str:
    parts = urlsplit(text)
    known = {"endpoint", "region", "virtual_hosted_style_request"}
    if parts.scheme != "s3" or not parts.hostname or not parse_qs(parts.query).keys() <= known:
        raise ValueError("expected s3://bucket/prefix?region=… (and endpoint=https://… where it is not Amazon's)")
    return text


def _smtp_url(text: str) -> str:
    if urlsplit(text).scheme not in ("smtp", "smtps") or not urlsplit(text).hostname:
        raise ValueError("expected smtp://user:password@host:587 or smtps://…")
    return text


def _secret_key(text: str) -> str:
    if len(text) < SECRET_LENGTH_MIN:
        raise ValueError(f"needs at least {SECRET_LENGTH_MIN} characters")
    return text


def _rate(text: str) -> Rate | None:
    if text == "unlimited":
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,4})", text, re.ASCII)
    if found is None:
        raise ValueError("expected requests/seconds such as 100/60, or unlimited")
    return Rate(int(found[1]), int(found[2]))


def _days(text: str) -> int:
    if re.fullmatch(r"[1-9][0-9]{0,4}", text, re.ASCII) is None:
        raise ValueError("expected a number of days such as 90")
    return int(text)


def _days_or_none(text: str) -> int:
    return 0 if text == "0" else _days(text)


def _one_of(*options: str) -> Any:
    def read_one(text: str) -> str:
        if text not in options:
            raise ValueError(f"expected {' or '.join(options)}")
        return text

    return read_one


def _not_yet(what: str) -> Any:
    def refuse(_: str) -> None:
        raise ValueError(f"{what} is not supported by this version")

    return refuse


_READ: Final[Mapping[str, Any]] = {
    "data_dir": Path,
    "database_url": _database_url,
    "storage_url": _storage_url,
    "redis_url": _not_yet("Redis"),
    "public_url": _public_url,
    "smtp_url": _smtp_url,
    "secret_key": _secret_key,
    "signup": _one_of("open", "closed"),
    "signup_tier": _one_of("free", "business"),
    "rate_limit_business": _rate,
    "event_retention_days": _days,
    "request_retention_days": _days_or_none,
    "allow_private_webhooks": lambda text: _one_of("true", "false")(text) == "true",
}
