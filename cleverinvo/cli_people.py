"""The commands about people: invite them, list them, and let them in again."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from cleverinvo.console import AccountId, AsJson, find_account, run, say, say_json, say_link
from cleverinvo.db.engine import Database

user_app = typer.Typer(no_args_is_help=True, help="Invite people, list them, and let them in again.")


class Role(StrEnum):
    owner = "owner"
    member = "member"
    reader = "reader"


@user_app.command("invite")
def invite_user(
    account: AccountId = None,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.owner,
    email: Annotated[str | None, typer.Option(help="Their address, if it is known.")] = None,
) -> None:
    """Print a one-time link by which somebody joins an account; it is good for 48 hours."""
    from cleverinvo import faults
    from cleverinvo.users import actions
    from cleverinvo.users.forms import Invite

    async def work(database: Database) -> Any:
        form = faults.filled(Invite, {"role": role.value, "email": email})
        return await database.write(actions.invite, await find_account(database, account), form)

    say_link("join", run(work))


@user_app.command("reset")
def reset_user(email: Annotated[str, typer.Option(help="What they log in with.")]) -> None:
    """Print a one-time link by which somebody chooses a new password; it is good for 48 hours."""
    from cleverinvo.accounts.actions import NO_ACCOUNT
    from cleverinvo.users import actions

    async def work(database: Database) -> Any:
        return await database.write(actions.offer_reset, NO_ACCOUNT, email)

    say_link("reset", run(work))


@user_app.command("reset-totp")
def reset_second_factor(email: Annotated[str, typer.Option(help="What they log in with.")]) -> None:
    """Switch the second factor off for somebody who has lost their device and their recovery codes."""
    from cleverinvo.access import actions
    from cleverinvo.accounts.actions import NO_ACCOUNT

    async def work(database: Database) -> Any:
        return await database.write(actions.reset, NO_ACCOUNT, email)

    run(work)
    say(f"{email} logs in with the password alone.")


@user_app.command("list")
def list_users(account: AccountId = None, as_json: AsJson = False) -> None:
    """List the people of an account."""
    from cleverinvo.users import store

    async def work(database: Database) -> Any:
        return await database.scan(store.list_all, await find_account(database, account))

    people = run(work)
    if as_json:
        say_json(people)
        return
    for user in people:
        say(f"{user.id}  {user.role:6}  {user.email}  {user.name}")
