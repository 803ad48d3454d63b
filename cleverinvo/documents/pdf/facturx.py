"""The marks in a PDF's metadata that make the attached XML a Factur-X invoice (Factur-X 1.0, ZUGFeRD 2).

typst attaches the file and writes all of PDF/A-3; what it does not know is the `fx:` description in the XMP
packet. The packet is stored as it is and the cross-reference table is a plain list, so it can be replaced in
place: what lies behind it moves, its offsets are corrected, and a file of another form is refused.
"""

import re
from typing import Final

FILE_NAME: Final = "factur-x.xml"
NAMESPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
LEVEL: Final = "EN 16931"

ENTRY_BYTES: Final = 20
"""Of an entry of the cross-reference table: ten digits of offset, five of generation, the kind, the line's end."""

_PROPERTIES: Final = {
    "DocumentFileName": "The name of the embedded XML document",
    "DocumentType": "The type of the hybrid document in capital letters, e.g. INVOICE or ORDER",
    "Version": "The actual version of the standard applying to the embedded XML document",
    "ConformanceLevel": "The conformance level of the embedded XML document",
}
_VALUES: Final = {
    "DocumentType": "INVOICE",
    "DocumentFileName": FILE_NAME,
    "Version": "1.0",
    "ConformanceLevel": LEVEL,
}
_DESCRIPTION: Final = b'<rdf:Description rdf:about=""'
_SCHEMAS_END: Final = b"</rdf:Bag></pdfaExtension:schemas>"
_METADATA = re.compile(
    rb"(?P<head>\d+ 0 obj\n<<)/Length (?P<length>\d+)(?P<tail>/Type/Metadata/Subtype/XML>>\nstream\n)"
)


class UnknownForm(Exception):
    """The PDF is not laid out as this release of typst lays it out."""


def mark(pdf: bytes) -> bytes:
    """The PDF with its attached XML declared as Factur-X of profile EN 16931. Raises UnknownForm."""
    table_at, trailer_at = _table(pdf)
    found = _METADATA.search(pdf)
    if found is None or found.end() + int(found["length"]) > table_at:
        raise UnknownForm("no metadata")
    end = found.end() + int(found["length"])
    packet = _described(pdf[found.end() : end])
    head = b"%b/Length %d%b" % (found["head"], len(packet), found["tail"])
    longer = len(head) + len(packet) - (end - found.start())
    table = _moved(pdf[table_at:trailer_at], behind=found.start(), by=longer)
    trailer = pdf[trailer_at : pdf.rindex(b"startxref\n")]
    start = b"startxref\n%d\n%%%%EOF" % (table_at + longer)
    return b"".join((pdf[: found.start()], head, packet, pdf[end:table_at], table, trailer, start))


def _table(pdf: bytes) -> tuple[int, int]:
    """Where the cross-reference table begins, and where the trailer behind it."""
    found = re.search(rb"startxref\n(\d+)\n%%EOF\s*$", pdf[-64:])
    if found is None or not pdf.startswith(b"xref\n0 ", int(found[1])):
        raise UnknownForm("no cross-reference table")
    table_at = int(found[1])
    return table_at, pdf.index(b"trailer\n", table_at)


def _described(packet: bytes) -> bytes:
    """The packet with the schema of the fx properties, which PDF/A asks for, and the properties themselves."""
    if packet.count(_DESCRIPTION) != 1 or packet.count(_SCHEMAS_END) != 1:
        raise UnknownForm("metadata of another form")
    packet = packet.replace(_DESCRIPTION, b'%b xmlns:fx="%b"' % (_DESCRIPTION, NAMESPACE.encode()))
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value in _VALUES.items())
    return packet.replace(_SCHEMAS_END, _SCHEMA.encode() + _SCHEMAS_END + values.encode())


def _moved(table: bytes, *, behind: int, by: int) -> bytes:
    """The table after everything behind an offset has moved."""
    first = table.index(b"\n", len(b"xref\n")) + 1
    moved = bytearray(table)
    for place in range(first, len(table), ENTRY_BYTES):
        offset = int(table[place : place + 10])
        if offset > behind:
            moved[place : place + 10] = b"%010d" % (offset + by)
    return bytes(moved)


_SCHEMA: Final = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
    f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
    "<pdfaSchema:property><rdf:Seq>"
    + "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{name}</pdfaProperty:name>'
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType><pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"
        for name, description in _PROPERTIES.items()
    )
    + "</rdf:Seq></pdfaSchema:property></rdf:li>"
)
