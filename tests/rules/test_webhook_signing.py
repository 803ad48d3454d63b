"""Signatures, judged by the reference library of Standard Webhooks and by the curve itself."""

import base64
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from cleverinvo.webhooks.signing import make_key, sign

BODIES = st.one_of(st.text(), st.sampled_from(["", "{}", '{"name":"Zoë · 株式会社"}', "a.b.c", "evt_1.1.{}"]))
RANDOM = st.binary(min_size=32, max_size=32)


def headers(id: str, signature: str, at: int | None = None) -> dict[str, str]:
    return {"webhook-id": id, "webhook-timestamp": str(at or int(time.time())), "webhook-signature": signature}


def is_genuine(secret: str, body: bytes, head: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, head, json_parse=False)
    except WebhookVerificationError:
        return False
    return True


@settings(max_examples=500)
@given(RANDOM, BODIES, st.integers(0, 10_000))
def test_the_reference_library_verifies_every_body_and_none_that_was_changed(
    random: bytes, text: str, place: int
) -> None:
    secret, body, now = make_key("v1", random).secret, text.encode(), int(time.time())
    head = headers("evt_1", sign([secret], "evt_1", now, body), now)
    assert is_genuine(secret, body, head)
    other = bytearray(base64.b64decode(head["webhook-signature"][3:]))
    other[place % len(other)] ^= 1 << place % 8
    assert not is_genuine(secret, body, headers("evt_1", f"v1,{base64.b64encode(other).decode()}", now))
    assert not is_genuine(secret, body + b" ", head)
    assert not is_genuine(secret, body, headers("evt_2", head["webhook-signature"], now))
    assert not is_genuine(secret, body, headers("evt_1", head["webhook-signature"], now + 1))


def test_while_a_secret_is_rotated_either_one_verifies() -> None:
    old, new, other = (make_key("v1", bytes([n]) * 32).secret for n in range(3))
    now = int(time.time())
    head = headers("evt_1", sign([new, old], "evt_1", now, b"{}"), now)
    assert len(head["webhook-signature"].split(" ")) == 2
    assert [is_genuine(secret, b"{}", head) for secret in (new, old, other)] == [True, True, False]


def test_a_signature_is_the_one_of_the_standards_own_example() -> None:
    """The example of the specification and of every reference library's tests."""
    signature = sign(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(RANDOM, BODIES)
def test_an_asymmetric_signature_is_verified_with_the_public_key_alone(random: bytes, text: str) -> None:
    key, body = make_key("v1a", random), text.encode()
    assert key.secret.startswith("whsk_")
    assert key.public is not None
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public.removeprefix("whpk_")))
    version, signature = sign([key.secret], "evt_1", 7, body).split(",")
    assert version == "v1a"
    public.verify(base64.b64decode(signature), b"evt_1.7." + body)
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(signature), b"evt_1.8." + body)


@given(RANDOM)
def test_a_secret_is_spelt_as_the_standard_says(random: bytes) -> None:
    secret = make_key("v1", random).secret
    assert secret.startswith("whsec_")
    assert base64.b64decode(secret.removeprefix("whsec_"), validate=True) == random
