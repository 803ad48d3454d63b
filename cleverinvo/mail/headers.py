"""Header lines of a mail, written so that no text in them can become a line, an address or a word of its own.

The standard library reads `=?utf-8?q?=0D=0ABcc=3A…?=` in what users typed as an encoded word (RFC 2047) and
decodes it. Here nothing that was typed is ever read as encoded: whatever looks so is encoded once more.
"""

import base64
import re
from typing import Final

ENCODED_BYTES_MAX: Final = 42
"""Of text in one encoded word, which may have 75 characters in all (RFC 2047, 2)."""

ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+",
    re.ASCII,
)
_PLAIN: Final = re.compile(r"[ !-~]*", re.ASCII)
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def text(typed: str) -> str:
    """A line of text such as a subject: plain where it is, else in encoded words. Line breaks become spaces."""
    line = _BREAKS.sub(" ", typed).strip()
    if _PLAIN.fullmatch(line) and "=?" not in line:
        return line
    return " ".join(f"=?utf-8?b?{base64.b64encode(piece).decode()}?=" for piece in _pieces(line))


def mailbox(name: str, address: str) -> str:
    """A name and its address: `"Alice Ltd." <alice@example.com>`."""
    phrase = text(name)
    if not phrase.startswith("=?"):
        phrase = '"{}"'.format(phrase.replace("\\", "\\\\").replace('"', '\\"'))
    return f"{phrase} <{address}>"


def address(typed: str) -> str | None:
    """An address as mail servers know it, an international domain in ASCII; None where it is none."""
    local, at, domain = typed.strip().rpartition("@")
    try:
        found = f"{local}{at}{domain.encode('idna').decode()}"
    except UnicodeError:
        return None
    is_dotted_well = not local.startswith(".") and not local.endswith(".") and ".." not in local
    return found if is_dotted_well and len(found) <= 254 and ADDRESS.fullmatch(found) else None


def _pieces(line: str) -> list[bytes]:
    """The line in UTF-8, cut between characters."""
    pieces = [b""]
    for character in line:
        encoded = character.encode()
        if len(pieces[-1]) + len(encoded) > ENCODED_BYTES_MAX:
            pieces.append(b"")
        pieces[-1] += encoded
    return pieces
