"""What is typed into a mail's headers stays text: no line, no recipient and no encoded word is made of it."""

from email import message_from_bytes, policy
from email.mime.text import MIMEText

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleverinvo.mail import headers

HOSTILE = [
    "a\r\nBcc: eve@example.com",
    "a\nBcc: eve@example.com",
    "a\rBcc: eve@example.com",
    "a\u2028Bcc: eve@example.com",
    "a\x00b\x0bBcc: x\x85y",
    "=?utf-8?q?a=0d=0aBcc:_eve@example.com?=",
    "=?utf-8?b?YQ0KQmNjOiBldmVAZXhhbXBsZS5jb20=?=",
    '" <eve@example.com>, "',
    "Zoë =?utf-8?q?=0d=0aBcc:_eve@example.com?= 設計",
    "é" * 300,
]


def read(subject: str, name: str) -> dict[str, list[str]]:
    """The headers as a modern reader finds them, who decodes encoded words."""
    message = MIMEText("text")
    message["Subject"] = headers.text(subject)
    message["From"] = headers.mailbox(name, "alice@example.com")
    found = message_from_bytes(message.as_bytes(), policy=policy.default)
    assert not found.defects
    assert [one.addr_spec for one in found["From"].addresses] == ["alice@example.com"]
    return {name.lower(): [str(one) for one in found.get_all(name)] for name in found.keys()}  # noqa: SIM118


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_typed_becomes_a_header(typed: str) -> None:
    found = read(typed, typed)
    assert found.keys() == {"content-type", "mime-version", "content-transfer-encoding", "subject", "from"}


@pytest.mark.parametrize("typed", ["=?utf-8?q?a=0d=0aBcc:_eve?=", "Zoë & Söhne", "設計" * 40, 'a "b" \\c'])
def test_what_is_typed_is_read_to_the_letter(typed: str) -> None:
    assert read(typed, typed)["subject"] == [typed]


@given(st.text(max_size=200))
def test_no_text_at_all_becomes_a_header(typed: str) -> None:
    assert len(read(typed, typed)) == 5


@pytest.mark.parametrize("typed", ["ap@example.com", "a.b+c@sub.example.co.uk", " ap@example.com "])
def test_an_address_is_one(typed: str) -> None:
    assert headers.address(typed) == typed.strip()


def test_an_international_domain_is_written_in_ascii() -> None:
    assert headers.address("ap@bücher.example") == "ap@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "typed",
    [
        *("", "ap", "@example.com", "ap@", "ap@localhost", "a b@example.com", "ap@exa mple.com", "ap@-x.com"),
        *("ap@example.com\r\nBcc: x@y.zz", "ap@example.com>", "<ap@example.com>", "a,b@example.com", ".a@b.cc"),
        *("a..b@c.dd", "ap@example..com", "é@example.com", "a" * 65 + "@b.cc", "ap@" + "x" * 300 + ".com"),
        *('"a b"@example.com', "ap@[127.0.0.1]", "ap@example.com, eve@example.com"),
    ],
)
def test_what_is_no_address_is_none(typed: str) -> None:
    assert headers.address(typed) is None
