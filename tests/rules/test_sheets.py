"""Lists as other programs write them, and as nobody should."""

import pytest

from cleverinvo.errors import Invalid
from cleverinvo.imports import rules, sheets
from cleverinvo.imports.rules import Known, Match

ROWS = [["Customer", "E-Mail", "Land"], ["Müller & Söhne", "a@b.example", "Deutschland"]]


def written(delimiter: str) -> str:
    return "\r\n".join(delimiter.join(row) for row in ROWS) + "\r\n"


@pytest.mark.parametrize("delimiter", sheets.DELIMITERS)
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("cp1252", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
    ],
)
def test_encoding_and_delimiter_are_recognised(delimiter: str, encoding: str, mark: bytes) -> None:
    sheet = sheets.read(mark + written(delimiter).encode(encoding))
    assert (sheet.delimiter, sheet.rows) == (delimiter, ROWS)


SOUND = {
    "a quoted delimiter and line break": (
        b'name,city\n"A, Inc.\nNY",X\n',
        [["name", "city"], ["A, Inc.\nNY", "X"]],
    ),
    "Excel's own first line": (b"sep=;\r\nname;city\r\nA;B\r\n", [["name", "city"], ["A", "B"]]),
    "one column": (b"name\nAcme\n", [["name"], ["Acme"]]),
    "rows of other lengths": (b"name,city\nA\nB,C,D\n", [["name", "city", ""], ["A", "", ""], ["B", "C", "D"]]),
    "blank rows": (b"\n\nname,city\n , \n\nA,B\n\n", [["name", "city"], ["A", "B"]]),
    "old Macs": (b"name,city\rA,B\r", [["name", "city"], ["A", "B"]]),
    "our own export's apostrophe": (b"name,phone\n'=1+1,'+49 30\n", [["name", "phone"], ["=1+1", "+49 30"]]),
    "an apostrophe of one's own": (b"name,city\n'Round Here,B\n", [["name", "city"], ["'Round Here", "B"]]),
    "a NUL": (b"name,city\nA\0B,C\n", [["name", "city"], ["A\0B", "C"]]),
}


@pytest.mark.parametrize("case", SOUND)
def test_what_programs_write_is_read(case: str) -> None:
    content, rows = SOUND[case]
    assert sheets.read(content).rows == rows


HOSTILE = {
    "nothing": b"",
    "only blanks": b" \n,,\n  \n",
    "a huge cell": b'name\n"' + b"x" * 200_000 + b'"\n',
    "too many columns": b"," * 61 + b"x",
    "too many rows": b"x\n" * 10_001,
    "too many bytes": b"x" * (sheets.BYTES_MAX + 1),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_cannot_be_a_list_is_refused_with_a_sentence(case: str) -> None:
    with pytest.raises(Invalid) as refused:
        sheets.read(HOSTILE[case])
    assert [fault.field for fault in refused.value.details] == ["file"]


GUESSES = [
    (b"Customer Name;E-Mail;PLZ;Ort\nA;b;1;x\n", ["name", "email", "postalCode", "city"], True),
    (b"name,name,Unknown\na,b,c\n", ["name", "", ""], True),
    (b"Acme,ap@acme.example\nBolt,hi@bolt.example\n", ["name", "email"], False),
    (b"ap@acme.example,Acme\nhi@bolt.example,Bolt\n", ["email", "name"], False),
]


@pytest.mark.parametrize(("content", "columns", "has_head"), GUESSES)
def test_columns_are_guessed(content: bytes, columns: list[str], has_head: bool) -> None:
    plan = rules.guess(sheets.read(content))
    assert (plan.columns, plan.has_head) == (columns, has_head)


def test_faults_are_named_by_field() -> None:
    plan = rules.Plan(["name", "currency", "isActive", "countryCode"], True)
    row = rules.read_row(7, ["A\0", "dollars", "perhaps", "Atlantis"], plan)
    assert rules.words_of(row.faults).startswith("Name: Must not contain control characters")
    row = rules.read_row(7, ["", "eur", "ja", "Germany"], plan)
    assert rules.words_of(row.faults) == "Name: This field is required"
    assert row.tree == {"currency": "EUR", "isActive": True, "countryCode": "DE"}


def test_all_that_is_wrong_with_a_row_is_said_at_once() -> None:
    read = rules.Plan(["name", "countryCode", "currency", "isActive"], has_head=False)
    row = rules.read_row(1, ["N" * 201, "Atlantis", "xxq", "perhaps"], read)
    assert {fault.field for fault in row.faults} == {"name", "countryCode", "currency", "isActive"}
    row = rules.read_row(1, ["N\0", "DE", "xxq", ""], read)
    assert [fault.field for fault in row.faults] == ["name", "currency"]


def test_whom_a_row_is_about() -> None:
    known = Known()
    known.add(Match("cli_1", "A-1"), "office@a.example")
    known.add(Match("cli_2", None), "b@b.example")
    known.add(Match("cli_3", "gone", is_deleted=True), "c@c.example")
    known.add(Match("cli_4", None), "two@d.example")
    known.add(Match("cli_5", None), "two@d.example")

    def find(**tree: str) -> str | None:
        form = rules.faults.filled(rules.CreateClient, {"name": "N", **tree})
        match = known.find(form)
        return match and match.id

    assert find(externalId="A-1", email="b@b.example") == "cli_1"
    assert find(email=" B@B.example ") == "cli_2"
    assert find(externalId="A-2", email="office@a.example") is None
    assert find(email="c@c.example") is None
    for refused in ({"externalId": "gone"}, {"email": "two@d.example"}):
        with pytest.raises(Invalid):
            find(**refused)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04\x14\0[Content_Types].xml", "This is a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is a workbook"),
        (b"%PDF-1.7\nendobj", "This is no text"),
        (b"\x89PNG\r\n\x1a\n", "This is no text"),
    ],
)
def test_what_is_given_by_mistake_is_called_what_it_is(content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        sheets.read(content)
