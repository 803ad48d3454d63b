"""What no linter checks: who may import whom, how long things may grow, and where time and dialects may stand."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "cleverinvo"

LEAVES = {
    "clock",
    "errors",
    "faults",
    "ids",
    "links",
    "money",
    "naturalkey",
    "paging",
    "scalars",
    "sealing",
    "settings",
    "shapes",
}
ROOMS = [
    *(
        "accounts",
        "users",
        "access",
        "clients",
        "imports",
        "ledger",
        "invoices",
        "documents",
        "payments",
        "credit_notes",
        "lifecycle",
    ),
    *("mail", "confirmations", "hosting", "reminders", "late_fees", "numbers", "reports", "feed", "traffic"),
    "webhooks",
]
"""A room may use the rooms to its left."""

PURE = LEAVES | {
    *(
        "rules",
        "forms",
        "numbering",
        "totals",
        "drafts",
        "logo",
        "einvoice",
        "previews",
        "transfer",
        "sheets",
        "samples",
    ),
    *("addresses", "signing", "headers"),
}
FLOORS = {
    "rules": PURE,
    "forms": PURE | {"events"},  # the names of events are part of what may be asked
    "numbering": PURE,
    "totals": PURE,
    "drafts": PURE,
    "logo": PURE,
    "einvoice": PURE,
    "previews": PURE,
    "transfer": PURE,
    "sheets": PURE,
    "samples": PURE,
    "addresses": PURE,
    "signing": PURE,
    "store": PURE | {"db", "store"},
    "lists": PURE | {"db", "store"},
    "growth": PURE | {"db", "store"},
    "statements": PURE | {"db", "store", "lists", "actions"},
    "deliveries": PURE | {"db", "store"},
    "headers": PURE,
    "letters": PURE | {"words", "colors", "letters"},
    "wording": PURE | {"words"},
    "rehearsals": PURE | {"db", "store", "letters", "actions"},
    "actions": PURE | {"db", "events", "store", "deliveries", "letters", "wording", "actions"},
    "dispatch": PURE | {"db", "events", "store", "deliveries", "actions"},
    "wire": PURE,
    "deliver": PURE | {"db", "events", "store", "actions", "dispatch", "wire"},
    "receipts": PURE | {"db", "store", "actions"},
    "post": PURE | {"db", "store", "actions", "renderer"},
    "api": PURE | {"web", "store", "lists", "deliveries", "actions", "renderer", "export", "receipts", "follow"},
    "follow": PURE | {"web", "store"},
}
"""What each kind of file may import: leaves, and kinds of file in its own room and those to its left.

A folder in a room is one kind.
"""

TOP = {"__main__", "app", "cli", "cli_people", "console", "demo", "serve", "worker"}
"""They may import all, and only each other may import them."""

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

Import = tuple[int, list[str]]


def sources() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]


def imports(tree: ast.AST) -> Iterator[Import]:
    """The modules of the package that a file imports, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cleverinvo":
            path = (node.module or "").split(".")[1:]
            for name in node.names:
                target = PACKAGE.joinpath(*path, name.name)
                is_module = target.with_suffix(".py").exists() or target.is_dir()
                yield node.lineno, [*path, name.name] if is_module else path


def complaints(path: Path, source: str) -> Iterator[str]:
    """Everything that is untidy about one file of the package."""
    where = path.relative_to(PACKAGE).with_suffix("").parts
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        yield "does not say in one sentence what it is for"
    if source.count("\n") > FILE_LINES_MAX:
        yield f"has more than {FILE_LINES_MAX} lines"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{node.name} has more than {FUNCTION_LINES_MAX} lines"
    if where[0] != "db" and re.search(r"\bdialect\b", source):
        yield "knows of a dialect outside db/"
    if where != ("clock",) and re.search(
        r"datetime\.now|date\.today|time\.(time|monotonic|perf_counter)\(", source
    ):
        yield "reads the time outside clock.py"
    for line, target in imports(tree):
        yield from (f"line {line}: {complaint}" for complaint in misplaced(where, target))


def misplaced(where: tuple[str, ...], target: list[str]) -> Iterator[str]:
    """What is wrong about one import."""
    name = ".".join(target) or "cleverinvo"
    if target and target[0] in TOP and where[0] not in TOP and name != "worker":
        yield f"{name} is imported by none but the top"
    if where[0] not in ROOMS or len(where) < 2 or where[1] not in FLOORS or not target:
        return
    room, floor = where[:2]
    is_room = target[0] in ROOMS
    kind = target[min(1, len(target) - 1)] if is_room else target[0]
    if kind not in FLOORS[floor]:
        yield f"{floor} may not import {name}"
    elif is_room and target[0] != room:
        if ROOMS.index(target[0]) > ROOMS.index(room):
            yield f"{room} may not use {target[0]}, which stands to its right"
        if floor == "store" and kind == "store":
            yield f"a store asks no other room's store ({name}): join in SQL"
        if kind == "api":
            yield f"{name} is another room's api"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_tidy(path: Path) -> None:
    assert list(complaints(path, path.read_text())) == []


PLANTED = {
    "a rule that asks the database": ("clients/rules.py", "from cleverinvo.db import engine"),
    "a store that asks another": ("invoices/store.py", "from cleverinvo.clients import store"),
    "a room that looks right": ("clients/actions.py", "from cleverinvo.invoices import actions"),
    "an api that calls another": ("invoices/api.py", "from cleverinvo.clients import api"),
    "an e-invoice that asks the database": ("documents/einvoice/cii.py", "from cleverinvo.invoices import store"),
    "a leaf that imports the top": ("money.py", "from cleverinvo import app"),
    "a clock elsewhere": ("invoices/rules.py", "import time\n\ntime.time()"),
    "a dialect elsewhere": ("invoices/store.py", "dialect = 1"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str) -> None:
    name, code = PLANTED[fault]
    assert list(complaints(PACKAGE / name, f'"""A sentence."""\n\n{code}\n'))


def test_every_folder_says_what_it_is_for() -> None:
    for folder in {path.parent for path in sources()}:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text())), folder
