"""What may be asked of the ledger."""

from typing import Literal

from cleverinvo.ledger.rules import Type
from cleverinvo.paging import Window
from cleverinvo.shapes import Label


class ObjectId(Label):
    MAX = 64


class ListLedger(Window, frozen=True):
    """Which entries to list, in their order unless `sort=-sequence`; `objectId` asks for those of one object."""

    sort: Literal["sequence", "-sequence"] = "sequence"
    object_id: ObjectId | None = None
    type: Type | None = None
