"""Whether a value can be a secret at all: placeholders, references and words are none."""

from __future__ import annotations

import math
from collections import Counter

_SAYS_SO = (
    "example sample dummy fake placeholder changeme change_me change-me redacted masked hidden removed your- "
    "your_ yourp yoursec yourtok yourkey yourapi my-api my_api my-sec my_sec my-tok my_tok my-key my_key mypass "
    "my-pass my_pass insert replace xxxx *** ... 00000000 1234567890 abcdefgh deadbeef foobar lorem ${ {{ %( $( "
    "#{ process.env environ getenv secrets. vault:"
)
_MADE_UP = tuple(_SAYS_SO.split())
_PLAIN_WORDS = (
    "password passwd pass secret token key none null true false undefined string str int bytes test testing user "
    "admin root default value optional required public private hash basic bearer login username localhost"
)
_WORDS = frozenset(_PLAIN_WORDS.split())


def entropy(value: str) -> float:
    """Bits per character by the value's own characters (Shannon)."""
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())


def made_up(value: str) -> bool:
    """Whether the value is a placeholder, or repeats itself like one."""
    lowered = value.lower()
    return any(sign in lowered for sign in _MADE_UP) or len(set(value)) <= max(3, len(value) // 12)


def drawn(value: str) -> bool:
    """Whether a value after a name such as `api_key` looks drawn at random: long, mixed and without words."""
    letters = any(char.isalpha() for char in value)
    digits = sum(char.isdigit() for char in value)
    return len(value) >= 16 and letters and digits >= 2 and entropy(value) >= 3.0 and not made_up(value)


def password(value: str) -> bool:
    """Whether a value after a name such as `password` can be one: no plain word, no reference, no type."""
    if len(value) < 6 or value.lower() in _WORDS or made_up(value):
        return False
    kinds = (
        any(char.islower() for char in value),
        any(char.isupper() for char in value),
        any(char.isdigit() for char in value),
        any(not char.isalnum() and char not in "-_. /" for char in value),
    )
    return sum(kinds) >= 2 and len(set(value)) >= 5
