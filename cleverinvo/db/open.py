"""Opening the database that the settings name."""

from cleverinvo.db.driver import Driver
from cleverinvo.settings import Settings


def choose_driver(settings: Settings) -> Driver:
    """The driver for the settings. On SQLite the data directory is made if it is not there."""
    if settings.database_url:
        # Imported here: a server on SQLite never needs it, nor waits for it to load.
        from cleverinvo.db.postgres import PostgresDriver

        return PostgresDriver(settings.database_url)
    from cleverinvo.db.sqlite import SqliteDriver

    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return SqliteDriver(settings.data_dir / "cleverinvo.sqlite3")
