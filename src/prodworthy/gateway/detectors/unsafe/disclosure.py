"""Whether an address carries something away: long encoded data, or text of the call that was answered."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote_plus

import msgspec

from prodworthy.gateway.detectors.memo import Memo
from prodworthy.gateway.detectors.unsafe.construct import REACH
from prodworthy.gateway.detectors.words import folded, shingle_set, shingles
from prodworthy.policy.core.exchange import Call

IN_A_ROW = 4
"""Words of the call in a row, in a query or fragment; one more in a path, where titles are shortened to words."""
OPAQUE = 256
"""Characters of one value that nobody can read."""
READABLE = 16
"""Characters of a text that was encoded, whatever it says."""
SHORTEST_VALUE, SHORTEST_PATH = 8, 12
"""Characters below which a value or a path is not looked at."""
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_ORIGIN = re.compile(r"^(?:[a-zA-Z][\w+.-]*:)?/*[^/?#]*")
_TELLING = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,64}|\b\w*\d\w*(?:[-.]\w*\d\w*)*\b")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_PARTED = re.compile(r"[-.\s]")
_LINK = re.compile(r"(?:https?:|www\.)[^\s<>\"'`)\]]+", re.IGNORECASE)
_ROOM = 2_000_000


class _Told(msgspec.Struct, frozen=True):
    """What a call says, without its order: words, runs of words, telling tokens, addresses."""

    words: frozenset[str]
    runs: frozenset[int]
    longer: frozenset[int]
    telling: frozenset[str]
    links: frozenset[int]


class Disclosures:
    """Reads calls once and keeps what is compared, as sets."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._told: Memo[_Told] = Memo(_ROOM, lambda told: len(told.words) + len(told.runs) + len(told.longer))

    def about(self, call: Call) -> Disclosure:
        """What addresses in answers to this call may disclose."""
        return Disclosure(lambda: self._told.get((each.text for each in call.passages), lambda: _tell(call)))


class Disclosure:
    """Compares addresses with one call, which is read when the first of them needs it."""

    def __init__(self, read: Callable[[], _Told]) -> None:
        """`read` gives what the call says."""
        self._read = read
        self._told: _Told | None = None

    def carries(self, address: str) -> bool:
        """Whether this plain address tells its host something of the call, or carries data that is encoded.

        An address that stands in the call itself as it is tells nothing new.
        """
        if len(address) >= REACH:
            return True
        origin = _ORIGIN.match(address)
        path, _, query = address[origin.end() if origin else 0 :].partition("?")
        path, hashed, fragment = path.partition("#")
        query += f"&{fragment}" if hashed else ""
        if not query and len(path) < SHORTEST_PATH:
            return False
        self._told = told = self._told or self._read()
        if told.links and _link(address) in told.links:
            return False
        asked, way = _unquoted(query), _unquoted(path)
        for written in (asked, way):
            if len(written) >= SHORTEST_VALUE and any(_is_data(value, told) for value in _values(written)):
                return True
        return (
            _says(asked, IN_A_ROW, told.runs)
            or _says(way, IN_A_ROW + 1, told.longer)
            or (len(asked) > 2 and bool(told.telling) and not told.telling.isdisjoint(_telling(asked)))
        )


def _tell(call: Call) -> _Told:
    texts = [(each.text, folded(each.text)) for each in call.passages]
    return _Told(
        frozenset(word for _, words in texts for word in words if len(word) > 3),
        frozenset[int]().union(*(shingle_set(words, IN_A_ROW) for _, words in texts)),
        frozenset[int]().union(*(shingle_set(words, IN_A_ROW + 1) for _, words in texts)),
        frozenset(token for text, _ in texts for token in _telling(text)),
        frozenset(_link(found[0].rstrip(".,;:!?")) for text, _ in texts for found in _LINK.finditer(text)),
    )


def _unquoted(text: str) -> str:
    return unquote_plus(text) if "%" in text else text.replace("+", " ")


def _says(text: str, size: int, runs: frozenset[int]) -> bool:
    """Whether a text holds one of these runs of `size` words."""
    # Words of ASCII stand apart; others may not.
    if not runs or len(text) < (2 * size - 1 if text.isascii() else size):
        return False
    words = folded(text)
    return len(words) >= size and not runs.isdisjoint(shingles(words, size))


def _link(address: str) -> int:
    return hash(address.replace("&amp;", "&").rstrip("/"))


def _telling(text: str) -> Iterator[str]:
    """Tokens that name one person or thing: e-mail addresses, and numbers or codes with six digits or more."""
    for found in _TELLING.finditer(text):
        token = found[0].lower()
        if "@" in token or (len(token) >= 6 and sum(map(str.isdigit, token)) >= 6):
            yield _PARTED.sub("", token)


def _values(text: str) -> Iterator[str]:
    """What may be encoded in a text that is unquoted; and its parts between slashes."""
    for value in _ENCODED.findall(text.replace(" ", "+")):
        yield value
        if "/" in value:
            yield from (part for part in value.split("/") if len(part) >= SHORTEST_VALUE)


def _is_data(value: str, told: _Told) -> bool:
    """Encoded text (base64 or hex) of at least 16 characters, or shorter but with a word of the call."""
    if len(value) >= OPAQUE and "/" not in value:
        return True
    return any(len(decoded) >= READABLE or not told.words.isdisjoint(folded(decoded)) for decoded in _decoded(value))


def _decoded(value: str) -> Iterator[str]:
    """The readable texts that this value may stand for."""
    candidates = []
    if _HEX.fullmatch(value):
        candidates.append(binascii.unhexlify(value))
    bare = value.rstrip("=").replace("-", "+").replace("_", "/")
    if len(bare) % 4 != 1 and not bare.isdigit():
        candidates.append(binascii.a2b_base64(bare + "=" * (-len(bare) % 4)))
    for raw in candidates:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if text.isprintable() or text.replace("\n", " ").replace("\t", " ").isprintable():
            yield text
