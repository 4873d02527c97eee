"""Payment cards and bank accounts: which candidates are real by prefix, length and check digits.

Sources: ISO/IEC 7812 issuer ranges as the card networks publish them; the IBAN registry's lengths (ISO 13616).
"""

from __future__ import annotations

import functools
import re

import numpy as np

from prodworthy.gateway.detectors.personal_data.checksums import luhn, mod97
from prodworthy.gateway.detectors.personal_data.figures import Figures, Flags
from prodworthy.gateway.detectors.personal_data.rule import Rule

# Visa · Mastercard · American Express · Diners · Discover · JCB · UnionPay · Maestro · RuPay, Troy, Mir
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11}|3(?:0[0-59]|[689]\d)\d{13}"
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{15}"
    r"|35\d{14}|(?:2131|1800)\d{11}"
    r"|62\d{14,17}|(?:60|65|81|82|508)\d{13,14}|9792\d{12}|220[0-4]\d{12}"
    r"|(?:5018|5020|5038|5[6-8]\d\d|6304|6390|6759|676[1-3]|0604)\d{8,15}"
)
GROUPED = tuple(
    b"\\b" + sep.join(b"[0-9]{%d}" % size for size in sizes) + b"\\b"
    for sizes in ((4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3))
    for sep in (b" ", b"-")
)
_UNBROKEN = tuple(range(12, 20))


def _card(digits: str) -> bool:
    return _ISSUED.fullmatch(digits) is not None and luhn(digits) and digits.count(digits[0]) < len(digits) - 1


@functools.cache
def _issued(size: int) -> Flags:
    """Which four leading figures a network issues numbers of this length with: no range is told by more."""
    rest = "0" * (size - 4)
    return np.array([_ISSUED.fullmatch(f"{prefix:04d}{rest}") is not None for prefix in range(10_000)])


def cards(figures: Figures, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those of the spans that hold a card's number which stands alone; all are written in the same GROUPED form."""
    places = np.array(spans, np.int64)
    starts, ends = places[:, 0], places[:, 1]
    first = figures.first(starts)
    size = int(figures.first(ends[:1])[0] - first[0])
    issued = _issued(size)[figures.number(first, 4)] & (figures.same(first, size) < size - 1)
    valid = issued & figures.luhn(first, size) & figures.opens(starts) & figures.closes(ends)[0]
    return list(map(tuple, places[valid].tolist()))


CARDS = (
    Rule("payment_card", GROUPED, _card, confidence=0.99),
    Rule("payment_card", (), _card, unbroken=_UNBROKEN, confidence=0.95),
    Rule(
        "payment_card",
        (),
        luhn,
        unbroken=_UNBROKEN,
        gate=r"(?:credit|debit|payment|bank)?[ _-]?cards?|cc|visa|master ?card|amex|maestro|tarjeta|carte|karte",
        confidence=0.7,
    ),
)

_REGISTERED = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 "
    "EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 "
    "KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 "
    "PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 "
    "UA29 VA22 VG24 XK20 YE30"
)
_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _REGISTERED.split()}
IBAN_HEAD = b"(?i)\\b[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}"
"""The first twelve characters of an IBAN, which tell its length."""


IBAN_REACH = 45
"""Characters from the beginning of an IBAN on that decide about it: 42 at most are its own."""
_WRITTEN = re.compile(r"[A-Za-z0-9 -]{15,42}")
_WITHIN = str.maketrans("", "", " -")


def iban_end(text: str, start: int) -> int | None:
    """Where the IBAN that begins at `start` ends, or None if none does. At most 43 characters are read."""
    size = _LENGTHS.get(text[start : start + 2].upper(), 0)
    run = _WRITTEN.match(text, start, start + 42) if size else None
    if run is None:
        return None
    written = run[0]
    taken = written.translate(_WITHIN)[:size]
    if len(taken) < size or not mod97(taken.upper()):
        return None
    end = start + size
    while len(text[start:end].translate(_WITHIN)) < size:
        end += size - len(text[start:end].translate(_WITHIN))
    return end
