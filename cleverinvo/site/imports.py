"""A list of clients from another program: uploaded, looked at, tried without effect, and taken in."""

from collections import Counter
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.responses import Response

from cleverinvo.errors import Fault, Invalid, Problem
from cleverinvo.imports import actions, rules, sheets, store
from cleverinvo.imports.rules import FIELDS, Import, Plan
from cleverinvo.imports.sheets import Sheet
from cleverinvo.site import asking
from cleverinvo.site.routing import Pages
from cleverinvo.site.visit import Faults, Visit
from cleverinvo.web.body import receive_body
from cleverinvo.web.multipart import read_parts

ENVELOPE_BYTES: Final = 10_000
"""What a form may need around its file."""

SHOWN: Final = 50
EXAMPLES: Final = 3

pages = Pages()


@pages.get("/clients/import", role="member")
async def show_upload(visit: Visit) -> Response:
    return await _upload(visit)


@pages.upload("/clients/import", role="member")
async def upload(visit: Visit) -> Response:
    """The file itself, as a form sends it without a script."""
    try:
        headers = dict(visit.request.headers.raw)
        body = await receive_body(visit.request.receive, headers, sheets.BYTES_MAX + ENVELOPE_BYTES)
        part = read_parts(body, visit.request.headers.get("content-type", "")).get("file")
        if part is None or not (part.content or part.filename):
            raise Invalid([Fault("file", "Choose a file first")])
        await visit.aside(sheets.read, part.content)
        name = "".join(character if character.isprintable() else "?" for character in part.filename) or "list.csv"
        import_id = await visit.write(actions.upload, visit.visitor.user_id, name, part.content)
    except Problem as problem:
        return await _upload(visit, problem)
    return visit.go(f"/clients/import/{import_id}")


@pages.get("/clients/import/{id}", role="member")
async def show(visit: Visit) -> Response:
    """What the columns are and what would become of each row; once it has begun, what became of them."""
    found: Import = await visit.scan(store.get, visit.id)
    sheet = await visit.aside(sheets.read, found.content)
    if found.plan is not None:
        return await _result(visit, found, sheet, found.plan)
    return await _trial(visit, found, sheet, _plan_of(visit.request.scope["query_string"].decode(), sheet))


@pages.post("/clients/import/{id}")
async def take_in(visit: Visit) -> Response:
    """Take in everything, some rows at a time; what another request has taken in already is passed over."""
    found: Import = await visit.scan(store.get, visit.id)
    sheet = await visit.aside(sheets.read, found.content)
    plan = found.plan or _plan(visit.form.get, sheet)
    try:
        await visit.write(actions.begin, found.id, plan)
    except Invalid as problem:
        return await _trial(visit, found, sheet, plan, problem)
    found = await visit.scan(store.get, visit.id)
    numbered = rules.rows_of(sheet, found.plan or plan)
    while found.position < len(numbered):
        found = await visit.write(actions.take_in, found.id, numbered)
    return visit.go(f"/clients/import/{found.id}")


@pages.get("/clients/import/{id}/failed.csv", role="member")
async def failed(visit: Visit) -> Response:
    """The rows that were not taken in, with what is wrong, to be corrected and uploaded again."""
    found: Import = await visit.scan(store.get, visit.id)
    sheet = await visit.aside(sheets.read, found.content)
    by_number = dict(zip(sheet.numbers, sheet.rows, strict=True))
    has_head = found.plan is None or found.plan.has_head
    head = sheet.rows[0] if has_head else [f"Column {place + 1}" for place in range(len(sheet.rows[0]))]
    rows = [[*by_number[one.number], rules.words_of(one.faults)] for one in found.failures]
    body = asking.csv_of([*head, "What is wrong"], rows)
    return visit.answer(
        body, "text/csv; charset=utf-8", content_disposition='attachment; filename="clients-not-imported.csv"'
    )


async def _upload(visit: Visit, problem: Problem | None = None) -> Response:
    return await visit.page(
        "import.html",
        422 if problem else 200,
        nav="clients",
        rows_max=sheets.ROWS_MAX,
        megabytes=sheets.BYTES_MAX // 1024 // 1024,
        fields=FIELDS,
        faults=Faults.of(problem) if problem else Faults([]),
    )


async def _trial(
    visit: Visit, found: Import, sheet: Sheet, plan: Plan, problem: Problem | None = None
) -> Response:
    tried: list[actions.Tried] = []
    try:
        if problem is None:
            tried = await visit.scan(actions.try_out, found.content, plan)
    except Invalid as unclear:
        problem = unclear
    numbered = rules.rows_of(sheet, plan)
    return await visit.page(
        "import_trial.html",
        nav="clients",
        found=found,
        sheet=sheet,
        plan=plan,
        fields=FIELDS,
        examples=[[cells[place] for _, cells in numbered[:EXAMPLES]] for place in range(len(sheet.rows[0]))],
        how_many=len(numbered),
        counts=Counter(one.verdict for one in tried),
        shown=sorted(tried, key=lambda one: one.verdict != "fail")[:SHOWN],
        words_of=rules.words_of,
        is_clear=problem is None,
        faults=Faults.of(problem) if problem else Faults([]),
    )


async def _result(visit: Visit, found: Import, sheet: Sheet, plan: Plan) -> Response:
    return await visit.page(
        "import_result.html",
        nav="clients",
        found=found,
        left=len(rules.rows_of(sheet, plan)) - found.position,
        shown=found.failures[:SHOWN],
        words_of=rules.words_of,
    )


def _plan_of(query: str, sheet: Sheet) -> Plan:
    """The plan that an address asks for; without one, what the columns probably are."""
    fields = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=sheets.COLUMNS_MAX + 10))
    return _plan(lambda name: fields.get(name, ""), sheet) if "head" in fields else rules.guess(sheet)


def _plan(said: Any, sheet: Sheet) -> Plan:
    chosen = [said(f"column{place}") for place in range(len(sheet.rows[0]))]
    columns = [field if field in FIELDS else "" for field in chosen]
    return Plan(columns, said("head") == "yes", "update" if said("duplicates") == "update" else "skip")
