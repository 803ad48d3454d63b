"""What may be asked of documents."""

from typing import Literal

from cleverinvo.documents.einvoice.compliance import Profile
from cleverinvo.shapes import Form

Syntax = Literal["cii", "ubl", "xrechnung"]


class AskPdf(Form, frozen=True):
    """Without either: what was sent, and if it is void by now, stamped so.

    `copy=true` asks for a copy that shows what was paid since; `original=true` for the bytes that were sent.
    """

    copy: bool = False
    original: bool = False


class AskXml(Form, frozen=True):
    """`cii`: as it is inside the PDF. `ubl`: Peppol BIS Billing 3. `xrechnung`: XRechnung 3, in UBL."""

    format: Syntax = "cii"


class AskCompliance(Form, frozen=True):
    """The rules to hold the invoice against."""

    profile: Profile = "EN16931"
