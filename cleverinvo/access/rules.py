"""One-time codes by time (RFC 6238), and the recovery codes that stand in for a lost device."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

STEP_SECONDS: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1
"""How far a device's clock may be off, to either side; RFC 6238, 5.2 advises no more."""

SECRET_BYTES: Final = 20
"""As long as the hash, as RFC 4226, 4 asks."""

RECOVERY_CODES: Final = 10
RECOVERY_BYTES: Final = 10
"""80 random bits: too many to guess, even from the hash that is stored."""

PAUSE: Final = timedelta(minutes=10)
"""How long one may look for the device after the password was right."""

ISSUER: Final = "CleverInvo"


class Factor(NamedTuple):
    """Somebody's second factor as it is kept. Until it is confirmed, nobody is asked for a code."""

    user_id: str
    secret: str
    """Sealed."""
    last_counter: int
    is_confirmed: bool


class Standing(NamedTuple):
    """What the settings say of somebody's second factor."""

    is_on: bool
    recovery_codes_left: int


def code_at(secret: bytes, counter: int, digits: int = DIGITS) -> str:
    """The code of a counter (RFC 4226, 5.3)."""
    mac = hmac.new(secret, counter.to_bytes(8), hashlib.sha1).digest()
    start = mac[-1] & 0xF
    number = int.from_bytes(mac[start : start + 4]) & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def counter_at(moment: datetime) -> int:
    return int(moment.timestamp()) // STEP_SECONDS


def find_counter(secret: bytes, typed: str, moment: datetime, last: int) -> int | None:
    """Which counter a code belongs to; None where it is wrong, or `last` was used already (RFC 6238, 5.2).

    Every candidate is compared, so that the time taken does not tell which one it was.
    """
    now, found = counter_at(moment), None
    for counter in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        is_right = hmac.compare_digest(code_at(secret, counter).encode(), typed.encode(errors="replace"))
        if is_right and counter > last:
            found = counter
    return found


def address(secret: bytes, name: str) -> str:
    """What the QR code holds: the address by which programs on phones take a secret."""
    fields = {"secret": spell(secret), "issuer": ISSUER, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{quote(f'{ISSUER}:{name}', safe='')}?{urlencode(fields)}"


def spell(secret: bytes) -> str:
    """The secret as it is typed where no camera can see it."""
    return base64.b32encode(secret).decode()


def spell_in_fours(secret: bytes) -> str:
    """The same, as it is easily read off; programs take it with the spaces or without."""
    letters = spell(secret)
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def unspell(spelt: str) -> bytes:
    return base64.b32decode(spelt)


def write_recovery_code(random: bytes) -> str:
    """Such as `k7qd-2xm4-vhta-z3no`."""
    letters = base64.b32encode(random).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def fold(typed: str) -> str:
    """A code without the spaces and dashes that people type with it."""
    return "".join(character for character in typed.lower() if character.isalnum())


def digest_recovery_code(code: str) -> str:
    """What is stored of a recovery code."""
    return hashlib.sha256(fold(code).encode(errors="replace")).hexdigest()
