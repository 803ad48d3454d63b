"""Bringing a database to the schema of this version, one migration after another."""

from pathlib import Path
from typing import Final

from cleverinvo.db.driver import Driver

HEAD: Final = "0001"
"""The newest migration: the server compares it with the database's, and starts on no other."""

SCRIPTS: Final = Path(__file__).parent / "migrations"


class WrongVersion(Exception):
    """The database's schema is not the one that this version of the server knows."""


def find_version(driver: Driver) -> str | None:
    """The migration that the database is at; None where it has none."""
    connection = driver.connect()
    try:
        if not driver.has_table(connection, "alembic_version"):
            return None
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return None if row is None else str(row[0])
    finally:
        connection.close()


def require_head(driver: Driver) -> None:
    """Raises WrongVersion with one sentence that says what to do."""
    version = find_version(driver)
    if version is None:
        raise WrongVersion("The database has no tables yet; run: cleverinvo migrate")
    if version < HEAD:
        raise WrongVersion(
            f"The database is at schema {version}, this version needs {HEAD}; run: cleverinvo migrate"
        )
    if version > HEAD:
        raise WrongVersion(
            f"The database is at schema {version}, newer than the {HEAD} of this version of CleverInvo"
        )


def upgrade(driver: Driver) -> None:
    """Run the migrations that are missing, each whole or not at all. Raises WrongVersion on a newer schema."""
    version = find_version(driver)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        require_head(driver)
    # Imported here, for they take as long to load as all the rest of the server.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.attributes["driver"] = driver
    command.upgrade(config, "head")
