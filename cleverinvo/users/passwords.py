"""Passwords to hashes (argon2id), on two threads of their own: each takes 64 MiB and tens of milliseconds."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cleverinvo.errors import Unavailable

THREADS: Final = 2
WAITING_MAX: Final = 50

T = TypeVar("T")


class Passwords:
    """Hashes and compares with the parameters of RFC 9106, low-memory profile."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="password")
        self._waiting = 0
        self._nobodys = ""

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(password))

    async def is_right(self, hashed: str | None, password: str) -> bool:
        """Whether the password belongs to the hash. Where there is no hash, no takes as long."""
        fits = await self._run(lambda: self._verify(hashed or self._hash_of_nobody(), password))
        return hashed is not None and fits

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= WAITING_MAX:
            raise Unavailable("Too many people are logging in; try again shortly.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _hash_of_nobody(self) -> str:
        self._nobodys = self._nobodys or self._hasher.hash("nobody's password")
        return self._nobodys
