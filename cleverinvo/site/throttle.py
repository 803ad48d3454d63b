"""Guessing passwords made slow, without a way to lock somebody out.

Attempts on an address share one quota, wherever they come from. A browser in which its owner was logged in before
carries a signed mark and has a quota of its own: whoever floods an address stops strangers, not its owner.
(OWASP: device cookies.)
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from cleverinvo.settings import Rate
from cleverinvo.users.rules import fold_email
from cleverinvo.web.limits import Limiter

LOG_INS: Final = Rate(10, 15 * 60)
CODES: Final = Rate(5, 15 * 60)
SIGN_UPS: Final = Rate(30, 60 * 60)
MAILS: Final = Rate(5, 60 * 60)
MARK: Final = "known"
MARK_SECONDS: Final = 365 * 24 * 3600


class Throttle:
    """The quotas of one process."""

    def __init__(self, secret: bytes, seconds: Callable[[], float]) -> None:
        self._secret = secret
        self._seconds = seconds
        self._log_ins = Limiter(LOG_INS)
        self._codes = Limiter(CODES)
        self._sign_ups = Limiter(SIGN_UPS)
        self._mails = Limiter(MAILS)

    def count_log_in(self, email: str, mark: str) -> None:
        """Raises RateLimited where there were too many attempts on this address."""
        self._log_ins.take(self._attempt(email, mark), self._seconds())

    def count_code(self, email: str, mark: str) -> None:
        """Raises RateLimited where too many one-time codes were tried for this address."""
        self._codes.take(self._attempt(email, mark), self._seconds())

    def count_mail(self, email: str) -> None:
        """Raises RateLimited, alike whether it is known, where too many links were asked for to one address."""
        self._mails.take(fold_email(email), self._seconds())

    def count_sign_up(self, address: str) -> None:
        """Raises RateLimited where too many accounts were opened from one network address."""
        self._sign_ups.take(address, self._seconds())

    def mark(self, email: str) -> str:
        """What a browser carries in which this address was logged in."""
        return hmac.new(self._secret, f"known:{fold_email(email)}".encode(), hashlib.sha256).hexdigest()

    def _attempt(self, email: str, mark: str) -> tuple[str, bool]:
        return fold_email(email), hmac.compare_digest(mark.encode(errors="replace"), self.mark(email).encode())
