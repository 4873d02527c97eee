from __future__ import annotations

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.operations.keys.form import compose, digest_of, draw, matches, parse_key

NAME, SECRET = "abcdefgh2345", "A" * 41 + "_-"


def test_a_key_is_read_back_into_what_it_was_made_of() -> None:
    for _ in range(50):
        name, secret = draw()
        key = compose(name, secret)
        assert parse_key(key) == (name, secret)
        assert len(key) == 59
    assert parse_key(compose(NAME, SECRET)) == (NAME, SECRET)


def test_two_draws_differ() -> None:
    assert draw() != draw()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pw_",
        f"sk_{NAME}_{SECRET}",
        f"pw_{NAME}_{SECRET}\n",
        f" pw_{NAME}_{SECRET}",
        f"pw_{NAME}_{SECRET}A",
        f"pw_{NAME}_{SECRET[:-1]}",
        f"pw_{NAME[:-1]}1_{SECRET}",
        f"pw_{NAME.upper()}_{SECRET}",
        f"pw_{NAME}_{SECRET[:-1]}é",
        f"pw_{NAME}_{SECRET[:-1]}=",
    ],
)
def test_what_is_not_a_key_is_none(text: str) -> None:
    assert parse_key(text) is None


@given(st.text())
def test_any_text_is_a_key_or_none(text: str) -> None:
    found = parse_key(text)
    assert found is None or compose(*found) == text


def test_only_the_secret_itself_matches_its_digest() -> None:
    digest = hashlib.sha256(SECRET.encode()).digest()
    assert digest_of(SECRET) == digest
    assert matches(SECRET, digest)
    assert not matches(SECRET[:-1] + "A", digest)
    assert not matches(SECRET, digest[:-1])
    assert not matches(SECRET, b"")


def test_ids_and_secrets_carry_the_bits_they_promise() -> None:
    name, secret = draw()
    assert re.fullmatch("[a-z2-7]{12}", name)
    assert len(secret) == 43
