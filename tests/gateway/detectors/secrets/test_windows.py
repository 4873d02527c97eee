from __future__ import annotations

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from prodworthy.gateway.detectors.secrets.detector import LEFT, SecretsDetector
from prodworthy.gateway.detectors.spanning import BACK, REACH
from tests.gateway.detectors.spanned import assert_windows_agree

DETECTOR = SecretsDetector()
PIECES = (
    "ghp_q8Zk2LmN4pRt6VwX0a1bC3dE5fG7hI9jK1lM",
    "AKIAQ8ZK2LMN4PRT6VWX",
    "sk-",
    "xoxb-12345678901-abcdefGHIJ",
    "password = ",
    "'Tr0ub4dor&3' ",
    "token=",
    "q8Zk2LmN4pRt6VwX",
    "eyJ",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln",
    ".",
    "-",
    "=",
    "aB3",
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----END",
    "\n",
    "MIIEowIBAAKCAQEAb3xYzAb3xYzAb3xYzAb3xYz",
    " ",
    "\\n",
    "postgres://app:p4ssW0rd!@db/x",
    "Bearer ",
    "AWS_SECRET_ACCESS_KEY: ",
    "wJalrXUtnFEMI1K7MDENGbPxRfiCYzzKEYq8Zk2L",
    "é",
    "word ",
)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1))
def test_windows_find_what_the_whole_finds(seed: int, one: float, other: float) -> None:
    draw = random.Random(seed)
    text = "".join(draw.choice(PIECES) * draw.choice((1, 1, 1, 1, 3, 40, 160)) for _ in range(draw.randrange(10, 120)))
    low, high = sorted((int(one * len(text)), int(other * len(text))))
    for start in (0, low):
        assert_windows_agree(DETECTOR.find, text, start, high, (LEFT, BACK, REACH))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=40))
def test_findings_are_in_order_and_apart(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = DETECTOR.find(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(left.end <= right.start for left, right in itertools.pairwise(found))
