"""News of what was committed: whom it may concern, told at once in this process and soon in all others."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple


class Notice(NamedTuple):
    """Something new of one account, by its topic. What exactly, the database knows."""

    topic: str
    account_id: int


ANYTHING: Final = Notice("anything", 0)
"""There may be something new of any account: what was told meanwhile could not be heard."""

Listener = Callable[[Notice], object]


class Board:
    """The news of one process. Used from its event loop; a listener is called there and must not take long."""

    def __init__(self) -> None:
        self.is_closing = False
        """Whether the server is about to stop, and nobody should begin to wait."""
        self._of_all: set[Listener] = set()
        self._of_account: dict[int, set[Listener]] = {}
        self._untold: set[Notice] = set()
        self._has_untold = asyncio.Event()

    def post(self, notices: Collection[Notice]) -> None:
        """Tell what was committed here, to this process and, by `collect`, to others."""
        for notice in notices:
            self.tell(notice)
        self._untold.update(notices)
        self._has_untold.set()

    def tell(self, notice: Notice) -> None:
        """Tell this process alone."""
        concerned = self._of_account.get(notice.account_id, ())
        if notice == ANYTHING:
            concerned = set().union(*self._of_account.values())
        for listener in [*self._of_all, *concerned]:
            listener(notice)

    async def collect(self) -> set[Notice]:
        """What was posted since this was last asked for, at least one notice."""
        await self._has_untold.wait()
        self._has_untold.clear()
        notices, self._untold = self._untold, set()
        return notices

    @contextmanager
    def listening(self, listener: Listener, account_id: int | None = None) -> Iterator[None]:
        """Hear the news of one account, or of all, for as long as the block lasts."""
        listeners = self._of_all if account_id is None else self._of_account.setdefault(account_id, set())
        listeners.add(listener)
        try:
            yield
        finally:
            listeners.discard(listener)
            if not listeners and account_id is not None:
                self._of_account.pop(account_id, None)

    @contextmanager
    def awaiting(self, account_id: int) -> Iterator[asyncio.Event]:
        """An event that is set when there is news of the account. Clear it, look, and only then wait for it."""
        news = asyncio.Event()
        with self.listening(lambda _: news.set(), account_id):
            yield news

    def close(self) -> None:
        """Let everybody go who waits."""
        self.is_closing = True
        self.tell(ANYTHING)
