"""What a reader finds in files that the server made."""

import hashlib
import io

from pypdf import PdfReader


def words_of(pdf: bytes) -> str:
    """The text of a document, with plain spaces."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\xa0", " ")


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
