"""Until when an invoice's page can be opened, and who counts as a person that looks at it."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from cleverinvo import clock
from cleverinvo.invoices.rules import Invoice
from cleverinvo.shapes import Noun

TOKEN: Final = re.compile(r"pg_[0-9a-f]{40}", re.ASCII)
"""`pg_` and 160 bits that nobody can guess; only their SHA-256 is stored."""

SCANNERS: Final = re.compile(
    r"bot|crawl|spider|slurp|preview|scan|monitor|headless|fetch|facebookexternalhit|whatsapp|telegram|skype|"
    r"embedly|outbrain|vkshare|proofpoint|mimecast|barracuda|safelinks|googleimageproxy|yahoomailproxy|"
    r"curl|wget|python|java/|okhttp|go-http|libwww|httpclient|axios|node|ruby|perl|php",
    re.IGNORECASE,
)
"""What programs call themselves that open links before people do, or instead of them."""

SESSIONS: Final = ("session", "__Host-session")
"""The cookies of people who are signed in here: the seller, not the client."""


class HostedPage(Noun, frozen=True):
    """The public page of an invoice, and how often it was looked at."""

    url: str | None
    """Null once it was revoked, and before sending."""
    expires_on: str
    """The last day, in the account's time zone, on which it can be opened."""
    is_expired: bool
    view_count: int
    first_viewed_at: str | None
    last_viewed_at: str | None


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def expires_on(invoice: Invoice, days: int, extended_to: str | None) -> str:
    """So many days after the invoice was due or paid, whichever came later, or until a day it was extended to."""
    last = max(invoice.due_date[:10], (invoice.paid_at or "")[:10])
    return max(clock.days_after(date.fromisoformat(last), days).isoformat(), extended_to or "")


def is_person(method: str, headers: Mapping[str, str], cookies: Mapping[str, str]) -> bool:
    """Whether a request comes from somebody who looks: no scanner, no prefetch, not the seller."""
    purpose = headers.get("sec-purpose", "") + headers.get("purpose", "") + headers.get("x-moz", "")
    agent = headers.get("user-agent", "")
    is_signed_in = "authorization" in headers or any(name in cookies for name in SESSIONS)
    is_foreign = headers.get("sec-fetch-site", "same-origin") == "cross-site" and method == "POST"
    is_ahead = "prefetch" in purpose or "prerender" in purpose or "preview" in purpose
    is_program = not agent or SCANNERS.search(agent) is not None
    return method != "HEAD" and not (is_ahead or is_program or is_signed_in or is_foreign)
