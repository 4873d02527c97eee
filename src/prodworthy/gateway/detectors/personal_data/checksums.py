"""Check digits: pure functions over strings of ASCII digits (or capitals and digits where said). They accept or refuse.

Sources: ISO/IEC 7812-1 (Luhn), ISO 13616 and ISO/IEC 7064 (IBAN, MOD 97-10, MOD 11,10, MOD 11-2), Verhoeff 1969.
"""

from __future__ import annotations

from collections.abc import Iterable

_LETTERS = {place + 55: str(place) for place in range(10, 36)}
_DOUBLED = str.maketrans("0123456789", "0246813579")

# Verhoeff's multiplication in the dihedral group D5, and his permutation.
_D5 = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_PERMUTED = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)


def luhn(digits: str) -> bool:
    """Luhn's sum, the last digit being the check digit."""
    total = sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2].translate(_DOUBLED)))
    return total % 10 == 0


def verhoeff(digits: str) -> bool:
    """Verhoeff's check, the last digit being the check digit."""
    state = 0
    for place, char in enumerate(reversed(digits)):
        state = int(_D5[state][int(_PERMUTED[place % 8][int(char)])])
    return state == 0


def mod97(alphanumeric: str) -> bool:
    """IBAN: country and check digits moved to the end, letters as 10 to 35, remainder 1."""
    return int((alphanumeric[4:] + alphanumeric[:4]).translate(_LETTERS)) % 97 == 1


def mod11_10(digits: str) -> bool:
    """ISO/IEC 7064 MOD 11,10: Germany's tax number, Croatia's OIB."""
    product = 10
    for char in digits[:-1]:
        total = (int(char) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def mod11_2(characters: str) -> bool:
    """ISO/IEC 7064 MOD 11-2 with X as ten: China's resident number."""
    total = 0
    for char in characters:
        total = (total * 2 + (10 if char == "X" else int(char))) % 11
    return total == 1


def weighted(digits: str, weights: Iterable[int]) -> int:
    """The sum of the digits times their weights; digits beyond the weights do not count."""
    return sum(int(char) * weight for char, weight in zip(digits, weights, strict=False))


def ean13(digits: str) -> bool:
    """EAN-13's sum: Switzerland's AHV number."""
    return weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


_LENGTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def day_of_month(day: int, month: int) -> bool:
    """Whether a calendar has this day in this month in some year."""
    return 1 <= month <= 12 and 1 <= day <= _LENGTH[month - 1]


def yymmdd(digits: str) -> bool:
    """Whether six digits are a year of two digits, a month and a day."""
    return day_of_month(int(digits[4:6]), int(digits[2:4]))


def ddmmyy(digits: str) -> bool:
    """Whether six digits are a day, a month and a year of two digits."""
    return day_of_month(int(digits[:2]), int(digits[2:4]))
