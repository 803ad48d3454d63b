"""Who asks the reference, and how often they may."""

import time
from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from typing import Annotated, Final

from fastapi import Depends, Header, HTTPException, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.reference_orm.tables import ApiKey

QUOTA: Final = 100_000_000
WINDOW_SECONDS: Final = 60


class RateLimiter:
    """A moving window for each account."""

    def __init__(self) -> None:
        self._accepted: dict[str, deque[float]] = {}

    def take(self, account_id: str) -> int:
        now = time.monotonic()
        accepted = self._accepted.setdefault(account_id, deque())
        while accepted and accepted[0] <= now - WINDOW_SECONDS:
            accepted.popleft()
        if len(accepted) >= QUOTA:
            raise HTTPException(429, "Too many requests", {"Retry-After": str(WINDOW_SECONDS)})
        accepted.append(now)
        return QUOTA - len(accepted)


def get_session(request: Request) -> Iterator[Session]:
    with Session(request.app.state.engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


def get_account_id(session: SessionDep, authorization: Annotated[str, Header()]) -> str:
    digest = sha256(authorization.removeprefix("Bearer ").encode()).hexdigest()
    account_id = session.scalar(select(ApiKey.account_id).where(ApiKey.sha256 == digest))
    session.rollback()  # SQLite lets no transaction write that has read before another's commit
    if account_id is None:
        raise HTTPException(401, "This API key is not valid", {"WWW-Authenticate": "Bearer"})
    return account_id


async def limit(request: Request, response: Response, account_id: Annotated[str, Depends(get_account_id)]) -> str:
    remaining = request.app.state.limiter.take(account_id)
    response.headers["RateLimit"] = f'"business";r={remaining}'
    return account_id


Key = Annotated[str, Header(max_length=255)]
AccountId = Annotated[str, Depends(limit)]
