"""Whether a value can be a secret at all: placeholders, references and words are none."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

KNOWN = 1024

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


def variety(value: str) -> int:
    """How many different characters a value has."""
    return len(set(value))


def made_up(value: str) -> bool:
    """Whether the value is a placeholder, or repeats itself like one."""
    return variety(value) <= max(3, len(value) // 12) or any(map(value.lower().__contains__, _MADE_UP))


class Values:
    """The values of one text: what is asked of one that stands there often is found out once.

    At most KNOWN of them are remembered, and none for longer than the text is read.
    """

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._known: dict[tuple[Callable[[str], bool], str], bool] = {}

    def __len__(self) -> int:
        """How many answers are remembered."""
        return len(self._known)

    def are(self, what: Callable[[str], bool], value: str) -> bool:
        """Whether this is so of the value: `made_up`, `drawn`, `password`."""
        known = self._known.get((what, value))
        if known is None:
            if len(self._known) >= KNOWN:
                self._known.clear()
            known = self._known[what, value] = what(value)
        return known


def drawn(value: str) -> bool:
    """Whether a value after a name such as `api_key` looks drawn at random: long, mixed and without words."""
    letters = any(map(str.isalpha, value))
    digits = sum(map(str.isdigit, value))
    return len(value) >= 16 and letters and digits >= 2 and entropy(value) >= 3.0 and not made_up(value)


def password(value: str) -> bool:
    """Whether a value after a name such as `password` can be one: no plain word, no reference, no type."""
    if len(value) < 6 or value.lower() in _WORDS or made_up(value):
        return False
    kinds = (
        any(map(str.islower, value)),
        any(map(str.isupper, value)),
        any(map(str.isdigit, value)),
        any(not char.isalnum() and char not in "-_. /" for char in value),
    )
    return sum(kinds) >= 2 and variety(value) >= 5
