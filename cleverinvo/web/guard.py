"""uvicorn's HTTP protocol with bounds that it leaves open: headers that drip, grow, or never come."""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cleverinvo import clock, ids, shapes
from cleverinvo.errors import STATUS, BadRequest, Problem, RequestTimeout, describe
from cleverinvo.web.answers import ErrorAnswer
from cleverinvo.web.deadlines import Deadlines

HEADER_BYTES_MAX: Final = 32 * 1024

TOO_LARGE: Final = f"The headers of a request have at most {HEADER_BYTES_MAX:,} bytes."

READ_BYTES_MIN: Final = 16 * 1024
"""What a client must take of an answer within each `reading` deadline."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection. It is closed when a request's headers, its body or the client's reading take too long."""

    def __init__(self, deadlines: Deadlines, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._deadlines = deadlines
        self._header_deadline: asyncio.TimerHandle | None = None
        self._body_deadline: asyncio.TimerHandle | None = None
        self._reading_deadline: asyncio.TimerHandle | None = None
        self._awaits_headers = True
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin_header_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_header_deadline()
        self._end_body_deadline()
        self._end_reading_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._awaits_headers:
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_BYTES_MAX:
                self.send_400_response(TOO_LARGE)
                return
        if self._awaits_headers or self._is_between_requests():
            self._begin_header_deadline()
        else:
            self._end_header_deadline()
        if self._awaits_body():
            self._begin_body_deadline()
        else:
            self._end_body_deadline()

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
        size = len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)
        if size > HEADER_BYTES_MAX:  # all at once, too fast to be counted while they came
            raise ValueError(TOO_LARGE)
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._begin_reading_deadline()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._end_reading_deadline()

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP."""
        self._refuse(BadRequest(msg))

    def _refuse(self, problem: Problem) -> None:
        """Answer in the same envelope as everything else, and close."""
        request_id = ids.new("req", clock.now())
        body = shapes.encode(ErrorAnswer(describe(problem, request_id)))
        status = HTTPStatus(STATUS[problem.code])
        head = (
            f"HTTP/1.1 {status} {status.phrase}\r\nx-request-id: {request_id}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def _is_between_requests(self) -> bool:
        """Line ends may come before a request; they end uvicorn's patience with an idle connection, not ours."""
        return self.cycle is not None and self.cycle.response_complete and not self.pipeline

    def _begin_header_deadline(self) -> None:
        if self._header_deadline is None:
            self._header_deadline = self.loop.call_later(self._deadlines.headers, self.transport.close)

    def _end_header_deadline(self) -> None:
        if self._header_deadline is not None:
            self._header_deadline.cancel()
            self._header_deadline = None

    def _awaits_body(self) -> bool:
        return self.cycle is not None and self.cycle.more_body and not self._awaits_headers

    def _begin_body_deadline(self) -> None:
        if self._body_deadline is None:
            self._body_deadline = self.loop.call_later(self._deadlines.body, self._refuse_body)

    def _end_body_deadline(self) -> None:
        if self._body_deadline is not None:
            self._body_deadline.cancel()
            self._body_deadline = None

    def _refuse_body(self) -> None:
        if self.pipeline or self.cycle.response_started:  # there is no room for an answer of its own
            self.transport.close()
        else:
            self._refuse(RequestTimeout(f"The body took longer than {self._deadlines.body} s to arrive."))

    def _begin_reading_deadline(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._reading_deadline = self.loop.call_later(self._deadlines.reading, self._look_at_reading, waiting)

    def _look_at_reading(self, waited: int) -> None:
        if waited - self.transport.get_write_buffer_size() < READ_BYTES_MIN:
            self.transport.abort()
        else:
            self._begin_reading_deadline()

    def _end_reading_deadline(self) -> None:
        if self._reading_deadline is not None:
            self._reading_deadline.cancel()
            self._reading_deadline = None
