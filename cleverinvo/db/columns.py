"""What the tables are made of: the columns that most of them have, and where all of them are known."""

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, MetaData, Text

metadata: Final = MetaData()

SEQ = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY is SQLite's own row number


def seq_column() -> Column[int]:
    return Column("seq", SEQ, primary_key=True, autoincrement=True)


def needed(name: str, kind: type = Text) -> Column[str]:
    return Column(name, kind, nullable=False)
