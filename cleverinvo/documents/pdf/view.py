"""A document as the tree of strings that the template prints: labels, dates, money, all in its language."""

import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from cleverinvo import money
from cleverinvo.documents import colors, transfer
from cleverinvo.documents.pdf import qr, statement
from cleverinvo.documents.pdf.fonts import Fonts
from cleverinvo.documents.pdf.text import Cleaner, plain
from cleverinvo.documents.rules import Document, DocumentLine, Received, vat_id
from cleverinvo.documents.transfer import Transfer
from cleverinvo.documents.words import CASELESS_LANGUAGES, Words
from cleverinvo.invoices.rules import Party

FOOTER_LINES_MAX: Final = 4
MARGIN_PART_MAX: Final = 60
"""Characters of a name or an address at the head or foot of a page, where there is room for two short lines."""

CELL_MAX: Final = 22
CELLS_MAX: Final = 56
REMARK_SHORT: Final = 400
"""Characters up to which notes and terms stand side by side; longer ones run over the page's width."""

DUE_SIZE: Final = 19
DUE_LENGTH_MAX: Final = 12
"""Characters that the amount due may have at its full size in points; longer ones are set smaller."""

ADDRESS_LINES_MAX: Final = 12
OWN_LAYOUT: Final = ("receipt", "statement")

Pairs = list[list[str]]


def of_document(document: Document, words: Words, fonts: Fonts, cleaner: Cleaner) -> dict[str, Any]:
    """All that the template needs, but for what is known only while setting: files and pages."""
    request = transfer.of_document(document)
    printed = texts(document, words)
    return {
        **cleaner.clean_all(printed, is_rtl=words.is_rtl),
        **_setting(document, words, fonts),
        "payment": _payment(document, request, words, cleaner),
        "slip": _slip(document, request, words, cleaner),
        "wide": any(_is_wide(line) for line in printed["lines"]),
        "stamp": None if document.stamp is None else cleaner.clean(_stamp(document, words) or ""),
    }


def texts(document: Document, words: Words) -> dict[str, Any]:
    """All that is printed, wherever it is: on paper, or as a page."""
    return {
        "kind": words.kind(document),
        "number": document.number,
        "labels": {name: words.labels[name] for name in _LABELS},
        "seller": _party(document.seller, words, is_seller=True),
        "client": _party(document.client, words, is_seller=False),
        "sender_line": " · ".join(
            part for part in (document.seller.name, *_address(document.seller, words)) if part
        ),
        "facts": list(_facts(document, words)),
        "columns": _columns(document, words),
        "lines": [_line(line, words) for line in document.lines],
        "bookings": statement.rows(document.balance, words) if document.balance else [],
        "totals": list(_totals(document, words)),
        "total": [words.labels["total"], words.money(document.total)],
        "paid": [words.labels["paid"], words.money(-document.paid)] if document.paid else None,
        "credited": [words.labels["credited"], words.money(-document.credited)] if document.credited else None,
        "due": _due(document, words),
        "due_note": _due_note(document, words),
        "stamp_note": _stamp(document, words),
        "notes": document.notes or None,
        "terms": document.terms or None,
        "exemptions": _exemptions(document, words),
        "footer": _footer(document, words),
        "running_head": _running_head(document, words),
    }


def carried(document: Document, words: Words) -> list[str]:
    """What the lines come to so far, after each of them."""
    sums, so_far = [], money.ZERO
    for line in document.lines:
        so_far += line.item.amount
        sums.append(words.money(so_far))
    return sums


def _setting(document: Document, words: Words, fonts: Fonts) -> dict[str, Any]:
    """What is not printed but says how to print."""
    accent, tint = colors.readable(document.branding.accent_color)
    title = " ".join(part for part in (words.kind(document), document.number) if part)
    due = words.money(document.due)
    before, between_and_after = words.labels["page"].split("{page}")
    return {
        "title": plain(title),
        "summary": plain(f"{title}, {document.seller.name}, {words.date(document.issue_date)}, {due}"),
        "layout": document.kind if document.kind in OWN_LAYOUT else document.branding.layout,
        "lang": words.language,
        "region": words.locale.territory if words.locale.language == words.language else None,
        "rtl": words.is_rtl,
        "cased": words.language not in CASELESS_LANGUAGES,
        "fonts": fonts.in_order(words.language, words.locale.script == "Hant" or words.locale.territory in _HANT),
        "accent": accent,
        "tint": tint,
        "issued": [int(part) for part in document.issue_date.split("-")],
        "due_size": min(DUE_SIZE, DUE_SIZE * DUE_LENGTH_MAX / _columns_of(due)),
        "short_remarks": max(len(document.notes or ""), len(document.terms or "")) <= REMARK_SHORT,
        "page_label": [before, *between_and_after.split("{pages}")],
    }


def _columns_of(text: str) -> int:
    """How wide a text is, in letters of Latin; those of East Asia are twice as wide."""
    return len(text) + sum(unicodedata.east_asian_width(character) in "FW" for character in text)


_HANT: Final = ("TW", "HK", "MO")
_LABELS: Final = (
    *("from", "billed_to", "payment_details", "scan_to_pay", "notes", "terms"),
    *("carried_forward", "brought_forward", "date", "description", "amount", "running_balance"),
)


def _party(party: Party, words: Words, *, is_seller: bool) -> dict[str, Any]:
    return {
        "name": party.name,
        "lines": _address(party, words),
        "ids": list(_ids(party, words, is_seller=is_seller)),
        "contact": [part for part in (party.email, party.phone) if part],
    }


def _address(party: Party, words: Words) -> list[str]:
    if party.street or party.city:
        place = " ".join(part for part in (party.postal_code, party.city) if part)
        country = words.country(party.country_code) if party.country_code else None
        return [line for line in (party.street, place, country) if line]
    return [line for line in (party.address or "").splitlines() if line.strip()][:ADDRESS_LINES_MAX]


def _ids(party: Party, words: Words, *, is_seller: bool) -> Iterator[list[str]]:
    if party.tax_id:
        yield [words.labels["vat_id" if vat_id(party) else "tax_id"], party.tax_id]
    if party.legal_registration_id and not is_seller:
        yield [words.labels["registration"], _without_scheme(party.legal_registration_id)]


def _facts(document: Document, words: Words) -> Iterator[list[str]]:
    if document.balance:
        return statement.facts(document.balance, words)
    if document.received:
        return _facts_of_receipt(document, document.received, words)
    return _facts_of_billing(document, words)


def _facts_of_billing(document: Document, words: Words) -> Iterator[list[str]]:
    labels = words.labels
    yield [labels["issue_date"], words.date(document.issue_date)]
    if document.branding.layout != "modern" and document.kind == "invoice":
        yield [labels["due_date"], words.date(document.due_date)]
    if document.delivery_date:
        yield [labels["delivery_date"], words.date(document.delivery_date)]
    if document.purchase_order:
        yield [labels["purchase_order"], document.purchase_order]
    if document.buyer_reference:
        yield [labels["buyer_reference"], document.buyer_reference]
    if document.preceding:
        yield [labels["corrects"], document.preceding.number]


def _facts_of_receipt(document: Document, received: Received, words: Words) -> Iterator[list[str]]:
    labels = words.labels
    yield [labels["paid_on"], words.date(document.issue_date)]
    if received.method:
        yield [labels["method"], labels[f"method_{received.method}"]]
    if received.reference:
        yield [labels["reference"], received.reference]
    yield [labels["for_invoice"], document.name]
    yield [labels["total"], words.money(received.billed)]
    yield [labels["balance"], words.money(received.open)]


def _columns(document: Document, words: Words) -> list[str]:
    labels = words.labels
    tax = [words.tax(document)] if _has_tax(document) else []
    return [labels["description"], labels["quantity"], labels["unit_price"], *tax, labels["amount"]]


def _has_tax(document: Document) -> bool:
    return any(line.item.tax_rate is not None or line.item.tax_category for line in document.lines)


def _line(line: DocumentLine, words: Words) -> dict[str, Any]:
    item = line.item
    discount = None
    if item.discount_amount:
        rate = f" {words.percent(item.discount_rate)}" if item.discount_rate else ""
        discount = f"{words.labels['discount']}{rate}: {words.money(-item.discount_amount)}"
    has_rate = item.tax_rate is not None or item.tax_category
    return {
        "title": line.title,
        "more": line.details or None,
        "discount": discount,
        "quantity": words.number(item.quantity),
        "unit": item.unit,
        "unit_price": words.money(item.unit_price),
        "tax": words.percent(line.rate) if has_rate else "",
        "amount": words.money(item.amount),
    }


def _is_wide(line: dict[str, Any]) -> bool:
    """Whether a line's figures would leave no room for its description."""
    lengths = [len(line[name] or "") for name in ("quantity", "unit", "unit_price", "amount")]
    return max(lengths) > CELL_MAX or sum(lengths) > CELLS_MAX


def _totals(document: Document, words: Words) -> Iterator[list[str]]:
    labels = words.labels
    yield [labels["subtotal"], words.money(document.subtotal)]
    if document.discount_total:
        is_plain = document.discount_rate and document.discount == document.discount_total
        rate = f" {words.percent(document.discount_rate)}" if is_plain and document.discount_rate else ""
        yield [f"{labels['discount']}{rate}", words.money(-document.discount_total)]
        if document.tax_total:
            yield [labels["net_amount"], words.money(document.subtotal - document.discount_total)]
    for group in document.groups:
        if group.rate:
            rate, base = words.percent(group.rate), words.money(group.taxable)
            yield [labels["tax_on"].format(tax=words.tax(document), rate=rate, base=base), words.money(group.tax)]


def _due(document: Document, words: Words) -> list[str]:
    if document.balance:
        return [words.labels["closing_balance"], words.money(document.balance.closing)]
    labels = {"invoice": "amount_due", "credit_note": "amount_credited", "receipt": "amount_received"}
    return [words.labels[labels[document.kind]], words.money(document.due)]


def _due_note(document: Document, words: Words) -> list[str] | None:
    if document.kind != "invoice" or document.due <= 0:
        return None
    return [words.labels["due_date"], words.date(document.due_date)]


def _stamp(document: Document, words: Words) -> str | None:
    if document.stamp is None:
        return None
    return words.labels[{"DRAFT": "draft", "VOID": "void", "PAID": "paid_stamp"}[document.stamp]]


def _exemptions(document: Document, words: Words) -> list[str]:
    """Why there is no VAT, in the words that invoices have to say it with."""
    notes: dict[str | None, str | None] = {
        "AE": words.labels["reverse_charge"],
        "K": words.labels["intra_community"],
        "G": words.labels["export"],
        "E": document.tax_exemption_reason,
        "O": document.tax_exemption_reason,
    }
    found = [notes.get(group.category) for group in document.groups]
    return [note for note in found if note]


def _footer(document: Document, words: Words) -> list[list[str]]:
    """The columns at the foot of each page: the seller's own words, or who the seller is."""
    if document.branding.footer:
        lines = [line for line in document.branding.footer.splitlines() if line.strip()]
        kept = lines[: FOOTER_LINES_MAX - 1]
        return [[*kept, " · ".join(lines[FOOTER_LINES_MAX - 1 :])] if lines[FOOTER_LINES_MAX - 1 :] else kept]
    seller = document.seller
    ids = [" ".join(pair) for pair in _ids(seller, words, is_seller=True)]
    if seller.legal_registration_id:
        ids.append(f"{words.labels['registration']} {_without_scheme(seller.legal_registration_id)}")
    name = [seller.name, ", ".join(_address(seller, words))]
    contact = [seller.email or "", seller.phone or ""]
    columns = [[_cut(part) for part in column if part] for column in (name, ids, contact)]
    return [column for column in columns if column]


def _running_head(document: Document, words: Words) -> str:
    """Which document it is, on each page but the first."""
    parts = (document.seller.name, words.kind(document), document.number)
    return "  ·  ".join(_cut(part) for part in parts if part)


def _cut(text: str) -> str:
    """Short enough for the margin of a page; all of it stands at the top of the first."""
    return text if len(text) <= MARGIN_PART_MAX else f"{text[: MARGIN_PART_MAX - 1]}…"


def _payment(
    document: Document, request: Transfer | None, words: Words, cleaner: Cleaner
) -> dict[str, Any] | None:
    if document.kind not in ("invoice", "statement") or document.due <= 0 or document.stamp == "VOID":
        return None
    rows = [row for row in _payment_rows(document, request, words) if row]
    address = transfer.payment_address(document) if document.kind == "invoice" else None
    if not rows and not address:
        return None
    has_qr = request is not None and request.scheme != "swiss"
    alt = f"{words.labels['scan_to_pay']}: {words.money(document.due)}"
    return {
        "rows": cleaner.clean_all(rows, is_rtl=words.is_rtl),
        "link": [words.labels["pay_online"], address] if address else None,
        "qr": qr.draw(request.text) if request is not None and has_qr else None,
        "qr_alt": plain(alt),
    }


def _payment_rows(document: Document, request: Transfer | None, words: Words) -> Iterator[Pairs]:
    payment, labels = document.payment, words.labels
    if payment.iban:
        yield [["IBAN", grouped(payment.iban)]]
        yield [
            [label, value] for label, value in ((labels["bank"], payment.bank_name), ("BIC", payment.bic)) if value
        ]
    if payment.upi_id and document.currency == "INR":
        yield [["UPI", payment.upi_id]]
    if payment.iban or payment.upi_id:
        reference = request.reference if request else document.number
        yield [[labels["reference"], reference]] if reference else []


def _slip(document: Document, request: Transfer | None, words: Words, cleaner: Cleaner) -> dict[str, Any] | None:
    """The payment part of a Swiss QR-bill, in a language of its own style guide."""
    if request is None or request.scheme != "swiss":
        return None
    language = words.language if words.language in SLIP_LABELS else "en"
    reference = request.reference if request.reference != document.name else None
    seller, client = document.seller, document.client
    creditor = [seller.name, seller.street or "", f"{seller.postal_code} {seller.city}"]
    payer = [client.name, client.street or "", f"{client.postal_code} {client.city}"]
    return {
        "lang": language,
        "labels": dict(zip(SLIP_KEYS, SLIP_LABELS[language].split("|"), strict=True)),
        "account": [grouped(document.payment.iban or ""), *(cleaner.clean(line) for line in creditor if line)],
        "payer": [cleaner.clean(line) for line in payer if line] if client.postal_code and client.city else [],
        "reference": reference and f"{reference[:2]} {grouped(reference[2:], 5)}",
        "message": cleaner.clean(document.name),
        "currency": document.currency,
        "amount": f"{document.due:,.2f}".replace(",", "\u00a0"),
        "qr": qr.draw(request.text, "#000000"),
        "qr_alt": plain(f"{words.labels['scan_to_pay']}: {words.money(document.due)}"),
    }


SLIP_KEYS: Final = (
    *("receipt", "payment_part", "account", "reference", "message", "payer", "payer_blank", "currency", "amount"),
    *("acceptance", "separate"),
)
SLIP_LABELS: Final = {  # word for word as the style guide has them
    "de": "Empfangsschein|Zahlteil|Konto / Zahlbar an|Referenz|Zusätzliche Informationen|Zahlbar durch|"
    "Zahlbar durch (Name/Adresse)|Währung|Betrag|Annahmestelle|Vor der Einzahlung abzutrennen",
    "fr": "Récépissé|Section paiement|Compte / Payable à|Référence|Informations supplémentaires|Payable par|"
    "Payable par (nom/adresse)|Monnaie|Montant|Point de dépôt|À détacher avant le versement",
    "it": "Ricevuta|Sezione pagamento|Conto / Pagabile a|Riferimento|Informazioni supplementari|Pagabile da|"
    "Pagabile da (nome/indirizzo)|Valuta|Importo|Punto di accettazione|Da staccare prima del versamento",
    "en": "Receipt|Payment part|Account / Payable to|Reference|Additional information|Payable by|"
    "Payable by (name/address)|Currency|Amount|Acceptance point|Separate before paying in",
}


def grouped(number: str, size: int = 4) -> str:
    """In groups that stay together, as on every form: `DE02 1203 0000 …`."""
    return "\u00a0".join(number[start : start + size] for start in range(0, len(number), size))


def _without_scheme(identifier: str) -> str:
    """`0002:732829320` says in which register the number is; people read the number."""
    scheme, colon, number = identifier.partition(":")
    return number if colon and len(scheme) == 4 and scheme.isdigit() else identifier
