"""What the command line does with a server elsewhere: pass its events on to this machine, and make some happen."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import httpx
import msgspec

from cleverinvo import __version__, clock
from cleverinvo.webhooks import signing

WAIT_SECONDS: Final = 30
"""How long the server may hold a question about new events."""

ANSWER_SECONDS_MAX: Final = 20
"""How long the receiver may take, as for a delivery."""

PAUSE_SECONDS: Final = 1
SKIPPED_TYPE: Final = "webhook.disabled"
"""A rare type: whoever asks for nothing else is soon told where the feed ends."""

Say = Callable[[str], None]


class Refused(ConnectionError):
    """The server does not do what it is asked; one sentence."""


class NoAnswer(ConnectionError):
    """The server cannot be reached; one sentence."""


class _Position(msgspec.Struct, rename="camel"):
    has_more: bool
    next_after: int


class _Head(msgspec.Struct):
    id: str
    type: str
    sequence: int


class _Feed(msgspec.Struct):
    data: list[msgspec.Raw]
    """Byte for byte as a delivery has it: that is what is signed."""
    pagination: _Position


class Remote:
    """A server, and the key with which to ask it."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            headers={"authorization": f"Bearer {key}", "user-agent": f"CleverInvo/{__version__} (command line)"},
            timeout=WAIT_SECONDS + ANSWER_SECONDS_MAX,
        )

    def request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> bytes:
        """Ask once, or again where the server asks for patience. Raises Refused or NoAnswer."""
        while True:
            try:
                answer = self._http.request(method, path, json=body)
            except httpx.TransportError as error:
                raise NoAnswer(f"{self._http.base_url} does not answer: {error}") from None
            if answer.status_code in (429, 503):
                time.sleep(float(answer.headers.get("retry-after", PAUSE_SECONDS)))
                continue
            if answer.is_success:
                return answer.content
            raise Refused(_reason(answer))

    def find_newest(self) -> int:
        """Where the feed ends now."""
        after, has_more = 0, True
        while has_more:
            feed = self._read(f"after={after}&limit=100&types={SKIPPED_TYPE}")
            after, has_more = feed.pagination.next_after, feed.pagination.has_more
        return after

    def follow(self, after: int, types: str) -> Iterator[bytes]:
        """Events after a sequence number, for ever, each as its JSON. Raises Refused or NoAnswer."""
        while True:
            feed = self._read(f"after={after}&limit=100&types={types}&wait={WAIT_SECONDS}")
            yield from map(bytes, feed.data)
            after = feed.pagination.next_after

    def _read(self, query: str) -> _Feed:
        return msgspec.json.decode(self.request("GET", f"/events?{query}"), type=_Feed)


def listen(remote: Remote, forward_to: str, types: str, after: int | None, secret: str | None, say: Say) -> None:
    """Pass events on to an address of this machine, signed as a webhook's, until interrupted.

    Each goes out once; what the receiver missed is passed on again by listening from before it. A server that goes
    away is waited for. Raises Refused, and NoAnswer at the beginning.
    """
    position = remote.find_newest() if after is None else after
    secret = secret or signing.make_key("v1", secrets.token_bytes(signing.KEY_BYTES)).secret
    say(f"Events after {position} go to {forward_to}, signed with {secret}")
    with httpx.Client(timeout=ANSWER_SECONDS_MAX) as receiver:
        while True:
            try:
                for event in remote.follow(position, types):
                    head = msgspec.json.decode(event, type=_Head)
                    came_of_it = _forward(receiver, forward_to, event, head.id, secret)
                    say(f"{head.sequence:>6}  {head.type:24} {came_of_it}")
                    position = head.sequence
            except NoAnswer as error:
                say(f"{error}; trying again")
                time.sleep(PAUSE_SECONDS)


def trigger(remote: Remote, type: str, say: Say) -> None:
    """Make an event happen, by what makes it happen in earnest. Raises Refused or NoAnswer."""
    if type not in RECIPES:
        raise Refused(f"{type} cannot be triggered; choose one of {', '.join(RECIPES)}")
    known: dict[str, str] = {}
    for method, path, body in RECIPES[type]:
        filled = msgspec.json.encode(body).decode()
        for name, id in known.items():
            path, filled = path.replace(name, id), filled.replace(name, id)
        content = remote.request(method, path, msgspec.json.decode(filled))
        made = MADE.get(path.rpartition("/")[2])
        if method == "POST" and made:
            known[made] = msgspec.json.decode(content)["id"]
    say(f"{type} has happened, to {known.get(INVOICE) or known[CLIENT]}.")


def _forward(receiver: httpx.Client, url: str, body: bytes, id: str, secret: str) -> str:
    """Send one event; what came of it, for people to read."""
    now, started = int(clock.now().timestamp()), clock.seconds()
    headers = {
        "content-type": "application/json",
        "user-agent": f"CleverInvo/{__version__} (listen)",
        "webhook-id": id,
        "webhook-timestamp": str(now),
        "webhook-signature": signing.sign([secret], id, now, body),
    }
    try:
        answer = receiver.post(url, content=body, headers=headers)
    except httpx.TransportError as error:
        return f"-> no answer ({error})"
    return f"-> {answer.status_code} in {(clock.seconds() - started) * 1000:.0f} ms"


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"{answer.url} answered {answer.status_code}; is it a CleverInvo server?"


CLIENT: Final = "{client}"
INVOICE: Final = "{invoice}"
PAYMENT: Final = "{payment}"
MADE: Final = {"clients": CLIENT, "invoices": INVOICE, "payments": PAYMENT}
"""What a POST makes, by the end of its path, for the steps that follow."""

Step = tuple[str, str, Mapping[str, Any] | None]

_LINE: Final = {"description": "Triggered for a test", "quantity": 1, "unitPrice": 100}
_NEW_CLIENT: Final[Step] = ("POST", "/clients", {"name": "Triggered for a test"})
_DRAFT: Final[list[Step]] = [_NEW_CLIENT, ("POST", "/invoices", {"clientId": CLIENT, "lineItems": [_LINE]})]


def _moved(**change: Any) -> list[Step]:
    return [*_DRAFT, ("PATCH", f"/invoices/{INVOICE}", change)]


RECIPES: Final[Mapping[str, list[Step]]] = {
    "client.created": [_NEW_CLIENT],
    "client.updated": [_NEW_CLIENT, ("PATCH", f"/clients/{CLIENT}", {"phone": "+1-555-0100"})],
    "client.deleted": [_NEW_CLIENT, ("DELETE", f"/clients/{CLIENT}", None)],
    "invoice.created": _DRAFT,
    "invoice.updated": _moved(notes="Changed for a test"),
    "invoice.sent": _moved(status="SENT"),
    "invoice.viewed": [*_moved(status="SENT"), ("PATCH", f"/invoices/{INVOICE}", {"status": "VIEWED"})],
    "invoice.partially_paid": _moved(status="PARTIALLY_PAID", amountPaid=40),
    "invoice.paid": _moved(status="PAID"),
    "invoice.reminded": [
        *_moved(status="SENT"),
        ("POST", f"/invoices/{INVOICE}/remind", {"to": "triggered@example.com"}),
    ],
    "invoice.voided": [*_DRAFT, ("POST", f"/invoices/{INVOICE}/void", {})],
    "payment.recorded": _moved(status="PAID"),
    "payment.reversed": [
        *_moved(status="SENT"),
        ("POST", f"/invoices/{INVOICE}/payments", {"amount": 40}),
        ("DELETE", f"/payments/{PAYMENT}", None),
    ],
    "credit_note.issued": [*_moved(status="SENT"), ("POST", f"/invoices/{INVOICE}/credit-notes", {})],
}
"""What must be asked for so that an event happens, by its type; other types come about in other ways."""
