"""The PDF itself: what it declares, what it says, that it is always the same, and that no text breaks it."""

import io
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import facturx
import pikepdf
import pytest
import zxingcpp
from msgspec.structs import replace
from PIL import Image

from cleverinvo.accounts import logo
from cleverinvo.documents import colors, labels
from cleverinvo.documents.einvoice import cii
from cleverinvo.documents.pdf.facturx import UnknownForm, mark
from cleverinvo.documents.pdf.typesetter import Typesetter
from cleverinvo.documents.rules import Document
from cleverinvo.documents.words import Words
from tests import hostile, papers

LAYOUTS = ("modern", "classic", "compact")
LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 32">
<rect width="64" height="32" rx="6" fill="#1f4e79"/><path d="M20 26V6h5l14 13V6h5v20h-5L25 13z" fill="#fff"/>
</svg>"""


@pytest.fixture(scope="module")
def press() -> Iterator[Typesetter]:
    typesetter = Typesetter()
    yield typesetter
    typesetter.close()


def text_of(pdf: bytes) -> str:
    """What a reader copies out of it."""
    ran = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return ran.stdout.decode()


def raw_text_of(pdf: bytes) -> str:
    """The text in the order of its content, without columns."""
    ran = subprocess.run(["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True)
    return ran.stdout.decode()


def pictures(pdf: bytes, page: int = 1) -> Image.Image:
    ran = subprocess.run(
        ["pdftoppm", "-r", "120", "-png", "-f", str(page), "-l", str(page), "-"],
        input=pdf,
        capture_output=True,
        check=True,
    )
    return Image.open(io.BytesIO(ran.stdout))


def artifacts(pdf: bytes) -> int:
    """How many times the first page says that what follows is no content."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return opened.pages[0].Contents.read_bytes().count(b"/Artifact")


def flat(text: str) -> str:
    """Without what layout adds: spaces, line breaks, places where a long word may be broken, directions."""
    return re.sub(r"[\s\u200b\u00ad\u200e\u200f\u2066-\u2069]", "", text)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("count", [1, 3, 200])
def test_every_document_declares_what_it_is(press: Typesetter, layout: str, count: int) -> None:
    lines = [papers.LINES[place % 3] for place in range(count)]
    document = papers.document(
        lines=lines, branding={"layout": layout}, logo=logo.make_safe("image/svg+xml", LOGO)
    )
    pdf = press.set_now(document)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        root: Any = opened.Root
        assert root.Lang == "en-GB"
        assert root.MarkInfo.Marked
        assert root.ViewerPreferences.DisplayDocTitle
        assert str(opened.docinfo.Title) == "Invoice INV-0042"
        assert root.OutputIntents[0].S == "/GTS_PDFA1"
        assert "/StructTreeRoot" in root
        assert [str(name) for name in root.AF[0].keys()].count("/AFRelationship") == 1  # noqa: SIM118
        assert root.AF[0].AFRelationship == "/Alternative"
        assert root.AF[0].EF.F.Subtype == "/text/xml"
        with opened.open_metadata() as metadata:
            assert metadata.pdfa_status == "3B"
            assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
            fx = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
            assert metadata[f"{fx}ConformanceLevel"] == "EN 16931"
            assert metadata[f"{fx}DocumentFileName"] == "factur-x.xml"
            assert metadata[f"{fx}DocumentType"] == "INVOICE"
            assert metadata[f"{fx}Version"] == "1.0"
        assert all(page.Tabs == "/S" for page in root.Pages.Kids) or count == 200
    name, inside = facturx.get_xml_from_pdf(pdf, check_xsd=True)
    assert (name, inside.decode()) == ("factur-x.xml", cii.write(document))


def test_qpdf_and_the_checkable_rules_of_pdf_ua_find_nothing(press: Typesetter, tmp_path: Path) -> None:
    from pdfua import validate
    from pdfua.model import Severity

    swiss = {"currency": "CHF", "payment": {"iban": "CH5800791123000889012"}, "seller": {"country_code": "CH"}}
    documents = {
        **{layout: papers.document(branding={"layout": layout}) for layout in LAYOUTS},
        "stamped": papers.document(logo=logo.make_safe("image/svg+xml", LOGO))._replace(stamp="DRAFT"),
        "swiss": papers.document(**swiss),
        "arabic": papers.document(locale="ar-AE", currency="AED"),
        "japanese": papers.document(locale="ja-JP", currency="JPY", lines=papers.LINES[1:2]),
        "long": papers.document(lines=[papers.LINES[place % 3] for place in range(60)]),
        "credited": papers.document(kind="credit_note"),
    }
    for name, document in documents.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(press.set_now(document))
        ran = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        findings = [one for one in validate(path).findings if one.severity is Severity.ERROR]
        assert findings == []


def test_the_text_of_the_pdf_is_the_data(press: Typesetter) -> None:
    document = papers.document(discount_rate="5")
    text = flat(text_of(press.set_now(document)))
    words = Words(document.locale, document.currency)
    amounts = [
        document.subtotal,
        document.tax_total,
        document.total,
        *(line.item.amount for line in document.lines),
    ]
    for amount in amounts:
        if amount != document.tax_total:  # printed for each rate
            assert flat(words.money(amount)) in text
    for said in (document.seller.name, document.client.name, document.number, document.notes, "23 December 2026"):
        assert flat(str(said)) in text


@pytest.mark.parametrize("language", labels.LANGUAGES)
def test_every_language_is_printed_in_its_own_words(press: Typesetter, language: str) -> None:
    document = papers.document(locale=language)
    pdf = press.set_now(document)
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert opened.Root.Lang == language
        assert labels.of(language)["invoice"] in str(opened.docinfo.Title)
    assert "□" not in text_of(pdf)
    assert labels.of(language).keys() == labels.of("en").keys()
    if language not in ("ar", "he"):  # whose letters are extracted in the order in which they are drawn
        assert flat(labels.of(language)["payment_details"]).casefold() in flat(text_of(pdf)).casefold()


def test_a_language_without_its_font_is_set_in_english_and_its_text_visibly_replaced(press: Typesetter) -> None:
    from cleverinvo.documents.pdf.fonts import Fonts, coverage
    from cleverinvo.documents.pdf.fonts import find as find_fonts
    from cleverinvo.documents.pdf.text import Cleaner

    installed = find_fonts()
    small = Fonts(
        tuple(path for path in installed.files if "CJK" not in path.name),
        tuple(family for family in installed.families if "CJK" not in family),
    )
    assert not small.can_print("ja")
    assert Cleaner(coverage(small.text_files)).clean("日本 GmbH") == "□□ GmbH"
    assert Words("ja-JP", "JPY", frozenset({"en", "de"})).labels == labels.of("en")


def test_equal_documents_give_equal_bytes_whoever_sets_them(press: Typesetter) -> None:
    document = papers.document()
    first = press.set_now(document)
    press.set_now(papers.document(number="INV-0043"))
    other = Typesetter()
    try:
        with ThreadPoolExecutor(2) as threads:
            assert set(threads.map(lambda _: other.set_now(papers.document()), range(4))) == {first}
    finally:
        other.close()
    assert press.set_now(document) == first


def test_three_hundred_hostile_texts_stay_text(press: Typesetter) -> None:
    pages = {}
    for text in hostile.texts():
        pdf = press.set_now(_everywhere(text))
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            pages[text] = len(opened.pages)
        if text.isascii() and text.isprintable():
            assert flat(text) in flat(text_of(pdf)), text
    ordinary = {text: count for text, count in pages.items() if text not in hostile.LONG}
    assert set(ordinary.values()) == {1}
    assert len(pages) >= 290


def _everywhere(text: str) -> Document:
    """A document with one text in each of its text fields."""
    line = text.replace("\n", " ")
    document = papers.document(
        lines=[{"description": "x", "quantity": 1, "unitPrice": 1, "taxRate": 19}],
        seller={"name": line, "street": line, "city": line, "tax_id": line, "phone": line, "email": line},
        client={"name": line, "street": line, "city": line, "tax_id": line},
        payment={"bank_name": line},
        branding={"footer": line},
        invoice={"notes": text, "terms": text, "purchase_order": line, "buyer_reference": line},
        number=line,
    )
    first = document.lines[0]
    return document._replace(lines=[first._replace(item=replace(first.item, description=text, unit=line))])


def test_five_hundred_lines_carry_their_total_from_page_to_page(press: Typesetter) -> None:
    line = {"description": "Consulting", "quantity": 1, "unitPrice": 100, "taxRate": 19}
    text = text_of(press.set_now(papers.document(lines=[line] * 500)))
    pages = text.split("\f")[:-1]
    assert len(pages) > 10
    assert sum(page.count("Consulting") for page in pages) == 500
    so_far = 0
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        if so_far and so_far < 500:
            assert re.search(rf"Brought forward\s+€{so_far * 100:,}\.00", page)
            assert "DESCRIPTION" in page
        so_far += page.count("Consulting")
        if so_far < 500:
            assert re.search(rf"Carried forward\s+€{so_far * 100:,}\.00", page)


def test_ten_thousand_characters_of_notes_run_over_pages(press: Typesetter) -> None:
    notes = " ".join(f"word{number}" for number in range(1_200))
    text = text_of(press.set_now(papers.document(invoice={"notes": notes})))
    assert "word0" in text
    assert "word1199" in text


@pytest.mark.parametrize(("stamp", "word"), [("DRAFT", "Draft"), ("VOID", "Void"), ("PAID", "Paid")])
def test_a_stamp_is_said_and_drawn_behind_the_page(press: Typesetter, stamp: Any, word: str) -> None:
    document = papers.document(payment={"iban": None})
    plain, stamped = (press.set_now(one) for one in (document, document._replace(stamp=stamp)))
    assert word in text_of(stamped)
    assert artifacts(stamped) == artifacts(plain) + 1


def test_the_payment_codes_are_read_by_a_banks_application(press: Typesetter) -> None:
    codes = {
        "BCD\n002\n1\nSCT\nBYLADEM1001\nNordwind": (1, {}),
        "SPC\n0200\n1\nCH5800791123000889012\nS\n": (
            2,
            {"currency": "CHF", "payment": {"iban": "CH5800791123000889012"}, "seller": {"country_code": "CH"}},
        ),
        "upi://pay?pa=studio@okbank&pn=Nordwind%20Atelier%20GmbH&am=11997.51": (
            1,
            {"currency": "INR", "payment": {"upi_id": "studio@okbank", "iban": None}},
        ),
        "https://pay.example/INV-0042": (
            1,
            {"currency": "USD", "payment": {"payment_url": "https://pay.example/{number}", "iban": None}},
        ),
    }
    for begins, (page, paper) in codes.items():
        (found,) = zxingcpp.read_barcodes(pictures(press.set_now(papers.document(**paper)), page))
        assert found.text.startswith(begins)


def test_a_payment_page_is_a_link_that_can_be_followed_and_copied(press: Typesetter, tmp_path: Path) -> None:
    from pdfua import validate
    from pdfua.model import Severity

    address = "https://pay.example/a/rather/long/path/to/the/invoice/INV-0042?and=more"
    payment = {"payment_url": address.replace("INV-0042", "{number}"), "iban": None}
    pdf = press.set_now(papers.document(currency="USD", payment=payment))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        annotations: Any = opened.pages[0].Annots
        assert {str(one.A.URI) for one in annotations} == {address}
    assert address in re.sub(r"\s", "", raw_text_of(pdf))
    path = tmp_path / "link.pdf"
    path.write_bytes(pdf)
    assert [one for one in validate(path).findings if one.severity is Severity.ERROR] == []


def test_a_swiss_bill_says_where_to_cut_it(press: Typesetter) -> None:
    paper = {"currency": "CHF", "payment": {"iban": "CH5800791123000889012"}, "seller": {"country_code": "CH"}}
    for locale, words in (("de-CH", "Vor der Einzahlung abzutrennen"), ("en", "Separate before paying in")):
        assert words in text_of(press.set_now(papers.document(locale=locale, **paper)))


def test_a_void_invoice_asks_for_no_money(press: Typesetter) -> None:
    document = papers.document()
    assert "IBAN" in text_of(press.set_now(document))
    assert "IBAN" not in text_of(press.set_now(document._replace(stamp="VOID")))


@pytest.mark.parametrize("color", ["#ffffff", "#ffff00", "#00ff88", "#1f4e79", "#000000", "#ff69b4"])
def test_an_accent_is_darkened_until_it_can_be_read(color: str) -> None:
    accent, tint = (colors._read(one) for one in colors.readable(color))
    assert colors.contrast(accent, (255, 255, 255)) >= 4.5
    assert colors.contrast(accent, tint) >= 4.5
    if color in ("#1f4e79", "#000000"):
        assert colors.readable(color)[0] == color


def test_a_pdf_of_another_form_is_not_marked() -> None:
    with pytest.raises(UnknownForm):
        mark(b"%PDF-1.7\nnothing that typst would write\nstartxref\n0\n%%EOF")
