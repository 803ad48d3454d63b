"""uvicorn's HTTP protocol with bounds that it leaves open: headers that drip, grow, or never come."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cleverinvo import shapes
from cleverinvo.errors import BadRequest, describe
from cleverinvo.web.answers import ErrorAnswer

HEADER_SECONDS_MAX: Final = 10
HEADER_BYTES_MAX: Final = 32 * 1024


class GuardedProtocol(HttpToolsProtocol):
    """One connection. It is closed when a request's headers take too long or too much room."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._deadline: asyncio.TimerHandle | None = None
        self._awaits_headers = True
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._awaits_headers:
            self._clear_deadline()
            return
        self._header_bytes += len(data)
        if self._header_bytes > HEADER_BYTES_MAX:
            self.send_400_response(f"The headers of a request have at most {HEADER_BYTES_MAX:,} bytes.")
        elif self._deadline is None:
            self._set_deadline()

    def shutdown(self) -> None:
        """Stop after the answer that is being given; one that only waits for something need not wait longer."""
        self.app_state.get("leave", lambda: None)()
        super().shutdown()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._awaits_headers = True
        self._header_bytes = 0

    def on_headers_complete(self) -> None:
        self._awaits_headers = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP in the same envelope as everything else, and close."""
        body = shapes.encode(ErrorAnswer(describe(BadRequest(msg))))
        head = f"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS_MAX, self.transport.close)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
