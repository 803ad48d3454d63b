"""How fast invoices become documents, beside WeasyPrint and the factur-x library doing the same.

    python -m bench.documents [--quick | --memory 10000]

All figures are of one run on one machine, measured in CPU time, each document a different one, the engines in
turn: what the machine does meanwhile meets all of them. From a document's data to the bytes of a PDF with the
e-invoice inside; ours are PDF/A-3b and PDF/UA-1, WeasyPrint's PDF/A-3b only, which is all that it can be at once.
"""

import argparse
import html
import logging
import os
import resource
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from cleverinvo.accounts import logo
from cleverinvo.documents import transfer
from cleverinvo.documents.einvoice import cii
from cleverinvo.documents.pdf import qr
from cleverinvo.documents.pdf.typesetter import Typesetter
from cleverinvo.documents.rules import Document
from cleverinvo.documents.words import Words
from tests import papers

SMALL_MS, LARGE_MS, TIMES_FASTER, TWO_THREADS = 20, 190, 7, 1.5
"""What is aimed at: CPU milliseconds for 3 and 200 lines, and the ratios."""

LOGO: Final = logo.make_safe(
    "image/svg+xml",
    b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">
    <rect width="64" height="64" rx="12" fill="#1f4e79"/>
    <path d="M20 46V18h5l14 18V18h5v28h-5L25 28v18z" fill="#fff"/>
    </svg>""",
)
_numbers = iter(range(1, 10**9))


def document(lines: int) -> Document:
    """A document that nobody has seen before: nothing in it can be taken from a cache."""
    number = next(_numbers)
    priced = [
        {
            **papers.LINES[place % 3],
            "unitPrice": 100 + number % 997 + place,
            "description": f"Work {number}-{place}",
        }
        for place in range(lines)
    ]
    return papers.document(lines=priced, number=f"INV-{number:06}", discount_rate="5", logo=LOGO)


def weasyprint(of: Document) -> bytes:
    import facturx
    import weasyprint as engine

    pdf = engine.HTML(string=_page(of)).write_pdf(pdf_variant="pdf/a-3b")
    made: bytes = facturx.generate_from_binary(
        pdf, cii.write(of).encode(), flavor="factur-x", level="en16931", check_xsd=False, check_schematron=False
    )
    return made


def _page(of: Document) -> str:
    words = Words(of.locale, of.currency)
    request = transfer.of_document(of)
    code = qr.draw(request.text) if request else ""
    rows = "".join(
        f"<tr><td><b>{html.escape(line.title)}</b><br>{html.escape(line.details)}</td>"
        f"<td>{words.number(line.item.quantity)}<br>{line.item.unit}</td>"
        f"<td>{words.money(line.item.unit_price)}</td>"
        f"<td>{words.percent(line.rate)}</td>"
        f"<td>{words.money(line.item.amount)}</td></tr>"
        for line in of.lines
    )
    sums = "".join(
        f"<tr><td>VAT {words.percent(one.rate)} on {words.money(one.taxable)}</td>"
        f"<td>{words.money(one.tax)}</td></tr>"
        for one in of.groups
    )
    parties = "".join(
        f"<td><small>{label}</small><br><b>{html.escape(party.name)}</b><br>{html.escape(party.street or '')}<br>"
        f"{party.postal_code} {html.escape(party.city or '')}<br>{party.tax_id}</td>"
        for label, party in (("FROM", of.seller), ("BILLED TO", of.client))
    )
    return (
        f"<html lang=en><head><title>Invoice {of.number}</title><style>{_STYLE}</style></head><body>"
        f"{LOGO.content.decode()}<h1>Invoice</h1><p>{of.number}</p><table><tr>{parties}<td class=card>"
        f"AMOUNT DUE<br><big>{words.money(of.due)}</big><br>{words.date(of.due_date)}</td></tr></table>"
        f"<table class=lines><thead><tr><th>Description<th>Qty<th>Unit price<th>VAT<th>Amount</thead>"
        f"{rows}</table>"
        f"<table><tr><td>{code}</td><td>{of.payment.iban}<br>{of.payment.bic}</td><td><table>"
        f"<tr><td>Subtotal</td><td>{words.money(of.subtotal)}</td></tr>{sums}"
        f"<tr><td>Total</td><td>{words.money(of.total)}</td></tr></table></td></tr></table>"
        f"<p>{html.escape(of.notes or '')}</p><p>{html.escape(of.terms or '')}</p></body></html>"
    )


_STYLE: Final = (
    "@page{size:A4;margin:16mm 18mm 26mm;@bottom-right{content:'Page ' counter(page) ' of ' counter(pages)}}"
    "body{font:9pt Inter,sans-serif;color:#1b1f1d}h1{color:#1f4e79;font-size:25pt}svg{width:23mm;height:23mm}"
    "table{width:100%;border-collapse:collapse;margin-top:6mm}td,th{vertical-align:top;text-align:left}"
    ".lines td,.lines th{border-bottom:.5pt solid #e2e3df;padding:6pt}.lines td+td,.lines th+th{text-align:right}"
    ".card{background:#1f4e79;color:#fff;padding:10pt;border-radius:6pt}big{font-size:19pt;font-weight:700}"
)


def measure(engines: dict[str, Callable[[Document], bytes]], lines: int, rounds: int) -> dict[str, float]:
    """The median CPU milliseconds of each engine, taken in turn."""
    spent: dict[str, list[float]] = {name: [] for name in engines}
    for one in range(rounds + 1):
        for name, make in engines.items():
            paper = document(lines)
            started = time.process_time()
            pdf = make(paper)
            took = time.process_time() - started
            if one:
                spent[name].append(took * 1000)
            else:  # the first warms up, and is looked at
                expect_invoice(pdf, paper)
    return {name: statistics.median(times) for name, times in spent.items()}


def expect_invoice(pdf: bytes, of: Document) -> None:
    """Only a PDF with the document's own e-invoice inside counts."""
    import facturx

    name, inside = facturx.get_xml_from_pdf(pdf, check_xsd=True)
    assert (name, inside.decode()) == ("factur-x.xml", cii.write(of))


def throughput(typesetter: Typesetter, threads: int, count: int) -> float:
    """Documents a second of so many threads."""
    papers_ = [document(3) for _ in range(count)]

    def work(mine: list[Document]) -> None:
        for one in mine:
            typesetter.set_now(one)

    workers = [threading.Thread(target=work, args=(papers_[start::threads],)) for start in range(threads)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return count / (time.perf_counter() - started)


def two_threads(typesetter: Typesetter, rounds: int, count: int) -> float:
    """How much faster two threads are than one: the median of rounds in turn."""
    throughput(typesetter, 2, 4)
    ratios = []
    for _ in range(rounds):
        one = throughput(typesetter, 1, count)
        ratios.append(throughput(typesetter, 2, count) / one)
    return statistics.median(ratios)


def memory(count: int) -> Iterator[tuple[int, int]]:
    """Peak memory in MB after so many documents; in a process that has done nothing else."""
    typesetter = Typesetter()
    for made in range(1, count + 1):
        typesetter.set_now(document(3))
        if made in (count // 100, count // 10, count):
            yield made, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    typesetter.close()


def main() -> None:
    arguments: Any = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="fewer rounds")
    arguments.add_argument(
        "--memory", type=int, metavar="COUNT", help="only measure memory over so many documents"
    )
    chosen = arguments.parse_args()
    for made, megabytes in memory(chosen.memory) if chosen.memory else ():
        _say(f"after {made:6,} documents  {megabytes} MB at most")
    if not chosen.memory:
        compare(chosen.quick)


def compare(quick: bool) -> None:
    """All figures but memory, which is measured apart."""
    logging.disable(logging.CRITICAL)
    typesetter = Typesetter()
    engines = {"cleverinvo": typesetter.set_now, "weasyprint + factur-x": weasyprint}
    _say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; CPU ms a document, median")
    for lines, rounds, aim in ((3, 15 if quick else 60, SMALL_MS), (200, 2 if quick else 8, LARGE_MS)):
        found = measure(engines, lines, rounds)
        ours, theirs = found.values()
        _say(f"{lines:4} lines   ours {ours:7.1f} (aim {aim})   weasyprint + factur-x {theirs:7.1f}   "
             f"{theirs / ours:.1f} times (aim {TIMES_FASTER})")  # fmt: skip
    ratio = two_threads(typesetter, 3 if quick else 9, 20 if quick else 60)
    _say(f"two threads  {ratio:.2f} times one (aim {TWO_THREADS})")
    typesetter.close()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
