"""The reference as a server."""

import json
import os
import socket
from hashlib import sha256
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session

from bench.reference_orm.admission import RateLimiter
from bench.reference_orm.routes import router
from bench.reference_orm.tables import Account, ApiKey, Base, Client


def build_engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=20, max_overflow=20)
    engine = create_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    return engine


def build_app(engine: Engine) -> FastAPI:
    app = FastAPI()
    app.state.engine = engine
    app.state.limiter = RateLimiter()
    app.include_router(router)
    return app


def seed(engine: Engine) -> tuple[str, str]:
    """An account with a key and a client; the key and the client's id."""
    Base.metadata.create_all(engine)
    key = f"key_{uuid4().hex}"
    client_id = f"cli_{uuid4().hex}"
    with Session(engine) as session:
        account = Account(id=f"acc_{uuid4().hex}", name="My business", tier="business")
        session.add(account)
        session.add(ApiKey(id=uuid4().hex, account_id=account.id, sha256=sha256(key.encode()).hexdigest()))
        session.add(Client(id=client_id, account_id=account.id, name="Acme Corporation"))
        session.commit()
    return key, client_id


def main() -> None:
    engine = build_engine(os.environ["REFERENCE_DATABASE_URL"])
    key, client_id = seed(engine)
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    print(json.dumps({"address": address, "key": key, "clientId": client_id}), flush=True)
    config = uvicorn.Config(
        build_app(engine), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
