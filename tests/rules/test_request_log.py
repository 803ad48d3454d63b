"""What the log of requests keeps holds no key and no secret, whoever put it there and wherever."""

import json
import subprocess
import sys

import pytest

from cleverinvo.traffic import rules, samples
from cleverinvo.traffic.rules import LoggedRequest

KEY = "ci_live_0123456789abcdefghijABCDEFGHIJ012345"

BODIES = {
    "a field of that name": {"url": "https://x.example", "secret": "hunter2"},
    "deep inside": {"a": [{"b": {"clientSecret": "hunter2"}}]},
    "headers of a webhook": {"headers": {"X-Whatever": "hunter2"}},
    "in another writing": '{"\\u0073ecret": "hunter2"}',
    "broken JSON": '{"password": "hunter2"',
    "a token": {"accessToken": ["hunter2"]},
}


@pytest.mark.parametrize("case", BODIES)
def test_secrets_are_cleared(case: str) -> None:
    body = BODIES[case]
    raw = (body if isinstance(body, str) else json.dumps(body)).encode()
    assert "hunter2" not in (rules.clear_body(raw, "application/json", len(raw)) or "")


def test_keys_are_cleared_wherever_they_stand() -> None:
    raw = json.dumps({"notes": f"my key is {KEY}", "x": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}).encode()
    cleared = rules.clear_body(raw, "application/json", len(raw)) or ""
    assert KEY[8:] not in cleared
    assert "MfKQ9r8" not in cleared
    assert rules.clear(f"q={KEY}&sig=abcdef&x=1") == "q=ci_live_[hidden]&sig=[hidden]&x=1"


def test_what_is_long_is_cut_and_what_cannot_be_cleared_is_not_kept() -> None:
    long = json.dumps({"notes": "x" * 30_000}).encode()
    assert len(rules.clear_body(long[:16_001], "application/json", len(long)) or "") == rules.BODY_MAX + 1
    risky = json.dumps({"secret": "hunter2", "notes": "x" * 30_000}).encode()
    assert "hunter2" not in (rules.clear_body(risky[:16_001], "application/json", len(risky)) or "")
    assert rules.clear_body(b"\x89PNG", "image/png", 4) == "[4 bytes]"


def test_an_ordinary_body_is_kept_as_it_was_sent() -> None:
    raw = b'{"clientId":"cli_abc123def456","lineItems":[{"unitPrice":5000.00}]}'
    assert rules.clear_body(raw, "application/json", len(raw)) == raw.decode()


def test_samples_hold_whatever_was_sent_as_text() -> None:
    body = """{"notes":"it's \\"$(touch x)\\" `y` </script> \u2028 ''' é"}"""
    request = LoggedRequest(
        *("log_1", "req_1", "", "", "POST", "/api/v1/clients", "q=a'b", 422, 1, "application/json", body, None, "")
    )
    made = samples.all_of(request, "http://127.0.0.1:1")
    echo = "curl() { printf '%s\\0' \"$@\"; }; " + made["curl"]
    words = subprocess.run(["bash", "-c", echo], capture_output=True, text=True, check=True).stdout.split("\0")
    assert body in words
    assert "http://127.0.0.1:1/api/v1/clients?q=a'b" in words
    probe = (
        "import sys; sys.modules['httpx'] = type('X', (), {'request': lambda *a, **k: print(ascii(k['content']))})"
    )
    code = f"{probe}\ntry:\n    {made['Python'].replace(chr(10), chr(10) + '    ')}\nexcept AttributeError: pass"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == ascii(body.encode())
    assert json.dumps(body) in made["JavaScript"]
