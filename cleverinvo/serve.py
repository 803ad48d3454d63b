"""Serving: the database made ready, a first account opened, the addresses printed, and the loop run."""

import asyncio
import functools
import gc
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvicorn
from uvicorn.supervisors import Multiprocess

from cleverinvo import __version__, app, clock, secret, settings
from cleverinvo.accounts import actions as accounts
from cleverinvo.accounts import store as account_store
from cleverinvo.accounts.actions import NO_ACCOUNT
from cleverinvo.clock import Clock
from cleverinvo.db import migrate
from cleverinvo.db.driver import Driver
from cleverinvo.db.engine import Database
from cleverinvo.db.open import choose_driver
from cleverinvo.links import Links
from cleverinvo.sealing import Seal
from cleverinvo.settings import Settings, WrongSetting
from cleverinvo.users import actions as users
from cleverinvo.users.rules import LINK_LIFE
from cleverinvo.web import log
from cleverinvo.web.deadlines import DEADLINES, Deadlines
from cleverinvo.web.guard import GuardedProtocol

BACKLOG: Final = 2048
SHUTDOWN_SECONDS_MAX: Final = 15

COLLECTED_AFTER: Final = 50_000
"""New objects between two looks for cycles; with Python's 700, looking is a tenth of the work."""

FIRST_NAME: Final = "My business"
FIRST_EMAIL: Final = "owner@localhost"

INVITATION_HOURS: Final = int(LINK_LIFE.total_seconds() // 3600)


def serve(host: str, port: int, processes: int, *, with_worker: bool, deadlines: Deadlines = DEADLINES) -> None:
    """Serve until told to stop. Raises WrongSetting or WrongVersion before anything is listened to."""
    _end_well_when_told_to_stop()
    chosen = settings.read(os.environ)
    driver = choose_driver(chosen)
    _check_processes(chosen, processes)
    prepare(driver, chosen)
    listener = _listen(host, port)
    public_url = chosen.public_url or _address(host, listener)
    _greet(chosen, driver, public_url)
    config = uvicorn.Config(
        functools.partial(make_app, chosen, public_url, with_worker),
        factory=True,
        workers=processes,
        loop="uvloop",
        http=functools.partial(GuardedProtocol, deadlines),  # type: ignore[arg-type]
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=deadlines.idle,  # type: ignore[arg-type]  # uvicorn's type, not its use
        timeout_graceful_shutdown=SHUTDOWN_SECONDS_MAX,
        backlog=BACKLOG,
    )
    _raise_file_limit()
    if processes > 1:
        Multiprocess(config, sockets=[listener]).run()
    else:
        uvicorn.Server(config).run(sockets=[listener])


def make_app(chosen: Settings, public_url: str, with_worker: bool) -> app.App:
    """The application of one process, of which there may be several."""
    log.start()
    _spare_collector()
    return app.App(chosen, public_url, with_worker=with_worker)


def prepare(driver: Driver, chosen: Settings) -> None:
    """The schema of this version: brought about on SQLite, required on PostgreSQL, where migrating is explicit."""
    if chosen.database_url:
        migrate.require_head(driver)
    else:
        migrate.upgrade(driver)


async def with_database(
    chosen: Settings, work: Callable[[Database], Awaitable[Any]], now: Clock = clock.now
) -> Any:
    """Open the database for one piece of work."""
    own_secret = secret.find(chosen)
    links = Links(chosen.public_url or "http://localhost", own_secret)
    database = Database(choose_driver(chosen), links, Seal(own_secret), now)
    database.by = "command_line"
    try:
        return await work(database)
    finally:
        await database.close()


def _end_well_when_told_to_stop() -> None:
    """Exit code 0 after SIGTERM and SIGINT: uvicorn, once it has stopped, raises them again, here to be met."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))


def _check_processes(chosen: Settings, processes: int) -> None:
    if processes > 1 and not chosen.database_url:
        raise WrongSetting("Several processes need PostgreSQL; on SQLite one process serves (--workers 1)")
    if processes > 1 and chosen.rate_limit_business is not None:
        raise WrongSetting(
            "Each process counts requests for itself; with --workers set CLEVERINVO_RATE_LIMIT_BUSINESS=unlimited"
        )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise WrongSetting(f"Cannot listen on {host}:{port}: {error.strerror}") from None


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    name = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"


def _greet(chosen: Settings, driver: Driver, public_url: str) -> None:
    """Say where everything is; on an empty database open the first account and show its key, this once.

    Until somebody has set up the first account, each start prints a new link for its owner.
    """
    lines = [
        f"CleverInvo {__version__} is running.",
        "",
        f"  Dashboard  {public_url}/",
        f"  API        {public_url}/api/v1",
        f"  Data       {driver.where}",
        "",
    ]
    key, invitation = asyncio.run(with_database(chosen, _open_first_account))
    if invitation:
        lines += [
            f"  Set up your account in a browser, within {INVITATION_HOURS} hours:",
            "",
            f"    {public_url}/join/{invitation}",
            "",
        ]
    if key:
        lines += [
            "  Your first API key (it is not shown again):",
            "",
            f"    {key}",
            "",
            "  Try it:",
            "",
            f'    curl -H "Authorization: Bearer {key}" {public_url}/api/v1/clients',
            "",
        ]
    else:
        lines += ["  For another API key: cleverinvo key create", ""]
    print("\n".join(lines), flush=True)  # noqa: T201


async def _open_first_account(database: Database) -> tuple[str | None, str | None]:
    """The first key, where there was no account yet; and an invitation, where nobody belongs to the first one."""
    key: str | None = None
    if not await database.scan(account_store.count):
        _, _, new = await database.write(accounts.open_account, NO_ACCOUNT, FIRST_NAME, FIRST_EMAIL, "business")
        key = new.secret
    first, *_ = await database.scan(account_store.list_ids)
    invitation: str | None = await database.write(users.invite_first_owner, first[0])
    return key, invitation


def _spare_collector() -> None:
    """What is there at the start stays: it need not be searched for cycles again, and the rest less often."""
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)


def _raise_file_limit() -> None:
    """Every connection is a file: as many as the system lets this process have."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
