"""How Alembic reaches the database: over the server's own driver, each migration in one transaction."""

from alembic import context
from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from cleverinvo.db.schema import metadata

driver = context.config.attributes["driver"]
engine = create_engine(driver.sqlalchemy_url, creator=driver.connect, poolclass=NullPool)


@event.listens_for(engine, "begin")
def _begin(connection) -> None:  # type: ignore[no-untyped-def]
    """The driver's connections leave transactions to their user, so that DDL is part of them too."""
    connection.exec_driver_sql(driver.begin_sql)


with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
