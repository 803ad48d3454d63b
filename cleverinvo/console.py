"""What all commands share: the database of the settings, one line for an error, and words on the terminal."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any

import msgspec
import typer

from cleverinvo import settings
from cleverinvo.backup import WrongBackup
from cleverinvo.db.engine import Database
from cleverinvo.db.migrate import WrongVersion
from cleverinvo.errors import NotFound, Problem
from cleverinvo.settings import WrongSetting

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
AccountId = Annotated[str | None, typer.Option("--account", help="acc_…, where there are several.")]


def run(work: Callable[[Database], Awaitable[Any]]) -> Any:
    """Do one piece of work on the database of the settings, which must have this version's schema."""
    from cleverinvo import serve
    from cleverinvo.db.open import choose_driver

    with errors_in_one_line():
        chosen = settings.read(os.environ)
        serve.prepare(choose_driver(chosen), chosen)
        return asyncio.run(serve.with_database(chosen, work))


async def find_account(database: Database, public_id: str | None) -> int:
    """The account that is named, or the only one there is."""
    from cleverinvo.accounts import store

    if public_id is not None:
        return await database.scan(store.find_id, public_id)
    known = await database.scan(store.list_ids)
    if len(known) != 1:
        raise NotFound(f"There are {len(known)} accounts; name one with --account acc_…")
    return known[0][0]


@contextlib.contextmanager
def errors_in_one_line() -> Iterator[None]:
    try:
        yield
    except (WrongSetting, WrongVersion, WrongBackup, Problem, OSError) as error:
        typer.echo(f"cleverinvo: {error}", err=True)
        sys.exit(1)


def say_link(kind: str, token: str) -> None:
    address = settings.read(os.environ).public_url or "http://127.0.0.1:8000"
    say(f"{address}/{kind}/{token}")


def tell_progress(text: str) -> None:
    """One line on the terminal that is written over; none where nobody looks."""
    if sys.stderr.isatty():
        typer.echo(f"\r\x1b[K{text}", nl=False, err=True)


def say(text: str) -> None:
    typer.echo(text)


def say_json(content: Any) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(content)).decode())
