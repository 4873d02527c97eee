"""Made-up identifiers of a person that cannot be anybody's, new ones for every run, and how they would be written.

E-mail: at a domain reserved for examples (RFC 2606). Card: digits after a prefix that card schemes publish for tests,
with a valid check digit (ISO/IEC 7812-1). IBAN: valid check digits (ISO 13616) over a bank code that no bank has.
Phone: the North American numbers 555-0100 to 555-0199, which are set aside for fiction.
"""

from __future__ import annotations

import secrets

import msgspec

_AREAS = ("202", "212", "303", "312", "404", "415", "503", "512", "602", "617", "702", "713", "808", "816", "907")
_TEST_CARDS = "400000"
_NO_BANK = "00000000"


class Planted(msgspec.Struct, frozen=True):
    """One identifier: what kind, as a text would have it, and in other usual spellings."""

    kind: str
    text: str
    spellings: tuple[str, ...] = ()


def planted() -> tuple[Planted, ...]:
    """A new set, from the system's randomness."""
    return (_email(), _card(), _iban(), _phone())


def sentence(identifiers: tuple[Planted, ...]) -> str:
    """All of them in one text, as a customer might write them."""
    texts = {one.kind: one.text for one in identifiers}
    return (
        f"My e-mail address is {texts['email']}, my card is {texts['card']}, "
        f"my account is {texts['iban']} and my phone number is {texts['phone']}."
    )


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` and it valid (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def iban(country: str, account: str) -> str:
    """The account with its country and valid check digits (ISO 13616)."""
    rest = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    return f"{country}{98 - int(rest) % 97:02d}{account}"


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))


def _email() -> Planted:
    local = f"drill.{secrets.token_hex(8)}"
    return Planted("email", f"{local}@example.com", (local,))


def _card() -> Planted:
    digits = _TEST_CARDS + _digits(9)
    number = digits + luhn_digit(digits)
    return Planted("card", number, (_grouped(number, " "), _grouped(number, "-")))


def _iban() -> Planted:
    number = iban("DE", _NO_BANK + _digits(10))
    return Planted("iban", number, (_grouped(number, " "), number.lower(), number[4:]))


def _phone() -> Planted:
    area, line = secrets.choice(_AREAS), f"01{_digits(2)}"
    spellings = (f"+1 {area} 555 {line}", f"+1-{area}-555-{line}", f"({area}) 555-{line}", f"{area}-555-{line}")
    return Planted("phone", f"+1{area}555{line}", spellings)


def _grouped(text: str, between: str) -> str:
    return between.join(text[start : start + 4] for start in range(0, len(text), 4))
