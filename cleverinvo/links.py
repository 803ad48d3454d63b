"""The addresses that stand in answers and documents, signed where they must work without a key."""

import hashlib
import hmac

SIGNATURE_BYTES = 16  # 128 bits
TOKEN_BYTES = 20  # 160 bits


class Links:
    """Addresses below the server's public URL, which ends without a slash."""

    def __init__(self, public_url: str, secret: bytes) -> None:
        self.public_url = public_url
        self._key = hashlib.sha256(secret).digest()

    def pdf(self, invoice_id: str) -> str:
        return f"{self.public_url}/storage/invoices/{invoice_id}.pdf?sig={self.pdf_signature(invoice_id)}"

    def page(self, invoice_id: str, version: int) -> str:
        return f"{self.public_url}/i/{self.page_token(invoice_id, version)}"

    def page_token(self, invoice_id: str, version: int) -> str:
        """What opens the public page of an invoice; with another version, another."""
        signed = f"page:{invoice_id}:{version}".encode()
        return "pg_" + hashlib.blake2b(signed, key=self._key, digest_size=TOKEN_BYTES).hexdigest()

    def pdf_signature(self, invoice_id: str) -> str:
        signed = f"pdf:{invoice_id}".encode()
        return hashlib.blake2b(signed, key=self._key, digest_size=SIGNATURE_BYTES).hexdigest()

    def is_pdf_signature(self, invoice_id: str, signature: str) -> bool:
        return hmac.compare_digest(self.pdf_signature(invoice_id).encode(), signature.encode(errors="replace"))
