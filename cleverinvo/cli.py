"""The command line: serve, and everything an operator does beside it."""

import asyncio
import contextlib
import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cleverinvo import __version__, settings
from cleverinvo.backup import Contents
from cleverinvo.cli_people import user_app as user_app
from cleverinvo.console import (
    AccountId,
    AsJson,
    errors_in_one_line,
    find_account,
    run,
    say,
    say_json,
    tell_progress,
)
from cleverinvo.db.engine import Database

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
account_app = typer.Typer(no_args_is_help=True, help="Open accounts, list them, and say what they may use.")
key_app = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")
app.add_typer(account_app, name="account")
app.add_typer(user_app, name="user")
app.add_typer(key_app, name="key")


class Tier(StrEnum):
    free = "free"
    business = "business"


class Scope(StrEnum):
    full = "full"
    read = "read"


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that serve (PostgreSQL).")] = 1,
    worker: Annotated[bool, typer.Option(help="Do due work here, or leave it to `cleverinvo worker`.")] = True,
) -> None:
    """Serve the API and the pages; on an empty data directory, set everything up first."""
    from cleverinvo import serve

    with errors_in_one_line():
        serve.serve(host, port, workers, with_worker=worker)


@app.command()
def worker() -> None:
    """Do the work that is due, beside servers that run with --no-worker."""
    from cleverinvo import worker
    from cleverinvo.app import KEPT
    from cleverinvo.documents import storage
    from cleverinvo.documents.renderer import Renderer
    from cleverinvo.web import log

    async def work(database: Database) -> None:
        chosen = settings.read(os.environ)
        renderer = Renderer(database, storage.choose(chosen), KEPT)
        try:
            await worker.run_alone(database, renderer, chosen)
        finally:
            renderer.close()

    log.start()
    with contextlib.suppress(KeyboardInterrupt):
        run(work)


@app.command()
def migrate() -> None:
    """Bring the database to the schema of this version."""
    from cleverinvo.db import migrate
    from cleverinvo.db.open import choose_driver

    with errors_in_one_line():
        driver = choose_driver(settings.read(os.environ))
        before = migrate.find_version(driver)
        migrate.upgrade(driver)
    say(f"The database is at schema {migrate.HEAD}" + (" already." if before == migrate.HEAD else " now."))


@account_app.command("create")
def create_account(
    name: Annotated[str, typer.Option(help="The business that bills.")],
    email: Annotated[str, typer.Option(help="Its e-mail address.")],
    tier: Annotated[Tier, typer.Option(help="What the account may use.")] = Tier.business,
    as_json: AsJson = False,
) -> None:
    """Open an account and print its first API key, which is shown only now."""
    from cleverinvo.accounts import actions

    async def work(database: Database) -> Any:
        return await database.write(actions.open_account, actions.NO_ACCOUNT, name, email, tier.value)

    _, account, key = run(work)
    if as_json:
        say_json({"accountId": account.id, "apiKey": key.secret})
    else:
        say(f"Account  {account.id}\nAPI key  {key.secret}\nThe key is not shown again.")


@account_app.command("list")
def list_accounts(as_json: AsJson = False) -> None:
    """List the accounts of this server."""
    from cleverinvo.accounts import store

    async def work(database: Database) -> Any:
        return await database.scan(store.list_all)

    accounts = run(work)
    if as_json:
        say_json(accounts)
        return
    for account in accounts:
        say(f"{account.id}  {account.tier:8}  {account.email}  {account.name}")


@account_app.command("tier")
def change_tier(
    tier: Annotated[Tier, typer.Argument(help="free or business")],
    account: AccountId = None,
) -> None:
    """Change what an account may use; within a second its API keys work, or work no more."""
    from cleverinvo.accounts import actions

    async def work(database: Database) -> Any:
        return await database.write(actions.change_tier, await find_account(database, account), tier.value)

    changed = run(work)
    say(f"{changed.id} is on {changed.tier}.")


@key_app.command("create")
def create_key(
    account: AccountId = None,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "API key",
    scope: Annotated[Scope, typer.Option(help="Whether the key may write.")] = Scope.full,
    expires: Annotated[datetime | None, typer.Option(help="The UTC day or moment it ends.")] = None,
    as_json: AsJson = False,
) -> None:
    """Create an API key and print it, only now."""
    from cleverinvo.accounts import actions

    ends = expires.replace(tzinfo=UTC) if expires else None

    async def work(database: Database) -> Any:
        account_id = await find_account(database, account)
        return await database.write(actions.create_key, account_id, name, scope.value, ends)

    key = run(work)
    if as_json:
        say_json({"keyId": key.key.id, "apiKey": key.secret})
    else:
        say(f"Key      {key.key.id}\nAPI key  {key.secret}\nThe key is not shown again.")


@key_app.command("list")
def list_keys(account: AccountId = None, as_json: AsJson = False) -> None:
    """List an account's API keys."""
    from cleverinvo.accounts import store

    async def work(database: Database) -> Any:
        return await database.scan(store.list_keys, await find_account(database, account))

    keys = run(work)
    if as_json:
        say_json(keys)
        return
    for key in keys:
        state = "revoked" if key.revoked_at else f"used {key.last_used_at}" if key.last_used_at else "never used"
        say(f"{key.id}  {key.prefix}…{key.last4}  {key.scope:4}  {state}  {key.name}")


@key_app.command("revoke")
def revoke_key(key: Annotated[str, typer.Argument(help="The key's id: key_…")], account: AccountId = None) -> None:
    """Revoke an API key; within a second it stops working."""
    from cleverinvo.accounts import actions

    async def work(database: Database) -> Any:
        return await database.write(actions.revoke_key, await find_account(database, account), key)

    run(work)
    say(f"{key} is revoked.")


@app.command()
def demo() -> None:
    """Open an account with a year of invoices to look at, and print how to log in."""
    import secrets

    from cleverinvo import clock, demo, serve
    from cleverinvo.db.open import choose_driver
    from cleverinvo.users.passwords import Passwords

    password, calendar = secrets.token_urlsafe(12), demo.Calendar(clock.now())
    now = calendar.moment

    async def work(database: Database) -> Any:
        return await demo.fill(database, calendar, now, await Passwords().hash(password))

    with errors_in_one_line():
        chosen = settings.read(os.environ)
        serve.prepare(choose_driver(chosen), chosen)
        filled = asyncio.run(serve.with_database(chosen, work, calendar))
    say(f"{filled.invoices} invoices. Log in as {demo.EMAIL} with the password {password}")


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Work out again what can be worked out, and compare; exit code 1 where something is wrong. Only reads."""
    from cleverinvo.verify import everything

    with errors_in_one_line():
        report = everything.look(settings.read(os.environ), tell_progress)
    tell_progress("")
    if as_json:
        say_json(report._asdict())
    else:
        for finding in report.findings:
            say(f"{finding.account}  {finding.what}")
        for head in report.heads:
            say(f"{head.account}  ledger entry {head.sequence}  {head.hash}")
        looked = (
            f"{report.accounts} account(s), {report.invoices} invoice(s), {report.events} event(s), "
            f"{report.documents} document(s), {report.entries} ledger entries, {report.rows} rows"
        )
        say(f"{looked}: " + (f"{len(report.findings)} fault(s)." if report.findings else "everything is sound."))
    sys.exit(1 if report.findings else 0)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write: backup.zip")]) -> None:
    """Write everything into one file, while the server runs; exit code 1 where a stored document is damaged."""
    from cleverinvo import backup
    from cleverinvo.db.open import choose_driver

    with errors_in_one_line():
        chosen = settings.read(os.environ)
        contents = backup.write(choose_driver(chosen), chosen, file)
    for sentence in contents.lacking:
        say(sentence)
    say(f"{file} holds {_summary(contents)}.")
    sys.exit(1 if contents.lacking else 0)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="A file that `backup` wrote")]) -> None:
    """Fill an empty database, of either kind, from a backup."""
    from cleverinvo import backup
    from cleverinvo.db.open import choose_driver

    with errors_in_one_line():
        chosen = settings.read(os.environ)
        contents = backup.restore(choose_driver(chosen), chosen, file)
    say(f"Restored {_summary(contents)}.")


Url = Annotated[str, typer.Option(help="The server.")]
Key = Annotated[str, typer.Option(envvar="CLEVERINVO_API_KEY", help="An API key of the account.")]


@app.command()
def listen(
    forward_to: Annotated[str, typer.Option(help="Where to: http://localhost:3000/hooks")],
    key: Key,
    url: Url = "http://127.0.0.1:8000",
    events: Annotated[str, typer.Option(help="Which: invoice.paid,client.*")] = "*",
    after: Annotated[int | None, typer.Option(min=0, help="The sequence number to begin after.")] = None,
    secret: Annotated[str | None, typer.Option(envvar="WEBHOOK_SECRET", help="whsec_… to sign with.")] = None,
) -> None:
    """Pass the events of a server on to this machine, as a webhook would, without a public address."""
    from cleverinvo import remote

    with contextlib.suppress(KeyboardInterrupt), errors_in_one_line():
        remote.listen(remote.Remote(url, key), forward_to, events, after, secret, say)


@app.command()
def trigger(
    event: Annotated[str, typer.Argument(help="The type of event: invoice.paid")],
    key: Key,
    url: Url = "http://127.0.0.1:8000",
) -> None:
    """Make an event happen, with a client and an invoice of its own, to see what it sets in motion."""
    from cleverinvo import remote

    with errors_in_one_line():
        remote.trigger(remote.Remote(url, key), event, say)


@app.command()
def version() -> None:
    """Print the version."""
    say(__version__)


def _summary(contents: Contents) -> str:
    rows = contents.rows
    return (
        f"{sum(rows.values())} rows: {rows['invoices']} invoices, {rows['clients']} clients; "
        f"{contents.documents} documents"
    )
