"""API keys: what they look like, and that a slip of the finger is told apart without a look-up."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleverinvo.accounts.rules import BASE62, PREFIX, SECRET_LENGTH, digest, is_well_formed, write_key

SECRETS = st.text(BASE62, min_size=SECRET_LENGTH, max_size=SECRET_LENGTH)
TYPED = BASE62 + "-_ .\u00e9\u0661\n"


@given(SECRETS)
def test_a_key_is_its_prefix_its_secret_and_a_checksum(secret: str) -> None:
    key = write_key(secret)
    assert len(key) == len("ci_live_") + 30 + 6
    assert key.startswith(f"ci_live_{secret}")
    assert is_well_formed(key)


def test_every_single_typo_is_refused() -> None:
    for _ in range(20):
        key = write_key("".join(secrets.choice(BASE62) for _ in range(SECRET_LENGTH)))
        typos = {key[:place] + typed + key[place + 1 :] for place in range(len(key)) for typed in TYPED} - {key}
        assert len(typos) >= len(key) * (len(TYPED) - 1)
        assert [typo for typo in typos if is_well_formed(typo)] == []


def test_a_swapped_a_doubled_and_a_forgotten_character_are_refused() -> None:
    for _ in range(100):
        key = write_key("".join(secrets.choice(BASE62) for _ in range(SECRET_LENGTH)))
        for place in range(len(key) - 1):
            swapped = key[:place] + key[place + 1] + key[place] + key[place + 2 :]
            assert swapped == key or not is_well_formed(swapped)
            assert not is_well_formed(key[:place] + key[place + 1 :])
            assert not is_well_formed(key[:place] + key[place] + key[place:])


@pytest.mark.parametrize(
    "text", ["", PREFIX, "ci_live_" + "0" * 36, "ci_test_" + "0" * 36, "x" * 100_000, "\u00e9" * 44]
)
def test_what_was_never_a_key_is_refused(text: str) -> None:
    assert not is_well_formed(text)


@given(SECRETS, SECRETS)
def test_different_keys_have_different_digests(one: str, other: str) -> None:
    assert (digest(write_key(one)) == digest(write_key(other))) == (one == other)
    assert one not in digest(write_key(one))
