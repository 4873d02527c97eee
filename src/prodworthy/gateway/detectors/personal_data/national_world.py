"""The world's identity, tax and social insurance numbers outside Europe: shapes, check digits, words beside them.

Sources: the issuing authorities' published formats.
"""

from __future__ import annotations

from prodworthy.gateway.detectors.personal_data.checksums import (
    luhn,
    mod11_2,
    verhoeff,
    weighted,
    yymmdd,
)
from prodworthy.gateway.detectors.personal_data.rule import Rule

_CURP = "0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ"


def ssn(digits: str) -> bool:
    """Never issued: area 000, 666 and 900 to 999, group 00, serial 0000."""
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def _itin(digits: str) -> bool:
    group = int(digits[3:5])
    return digits[0] == "9" and group >= 50 and not 66 <= group <= 69 and group not in (89, 93)


def _cpf(digits: str) -> bool:
    if digits == digits[0] * 11:
        return False
    first = weighted(digits, range(10, 1, -1)) * 10 % 11 % 10
    second = weighted(digits, range(11, 1, -1)) * 10 % 11 % 10
    return first == int(digits[9]) and second == int(digits[10])


def _curp(text: str) -> bool:
    total = sum(_CURP.index(char) * (18 - place) for place, char in enumerate(text[:17]))
    return yymmdd(text[4:10]) and -total % 10 == int(text[17])


def _rut(text: str) -> bool:
    total = sum(int(char) * (2 + place % 6) for place, char in enumerate(reversed(text[:-1])))
    return "0123456789K"[-total % 11] == text[-1]


def _sin(digits: str) -> bool:
    return digits[0] not in "08" and luhn(digits)


def _tfn(digits: str) -> bool:
    return weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def _medicare(digits: str) -> bool:
    return digits[0] in "23456" and weighted(digits[:8], (1, 3, 7, 9, 1, 3, 7, 9)) % 10 == int(digits[8])


def _ird(digits: str) -> bool:
    padded = digits.zfill(9)
    for weights in ((3, 2, 7, 6, 5, 4, 3, 2), (7, 4, 3, 2, 5, 2, 7, 6)):
        check = -weighted(padded[:8], weights) % 11
        if check < 10:
            return check == int(padded[8])
    return False


def _aadhaar(digits: str) -> bool:
    return digits[0] in "23456789" and verhoeff(digits)


def _resident_id(text: str) -> bool:
    dated = text[6:8] in ("18", "19", "20") and yymmdd(text[8:14])
    return text[0] in "12345689" and dated and mod11_2(text)


def _taiwan(text: str) -> bool:
    code = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(text[0]) + 10
    return (code // 10 + code % 10 * 9 + weighted(text[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))) % 10 == 0


def _hong_kong(text: str) -> bool:
    padded = text.rjust(9)
    values = (36 if char == " " else int(char, 36) for char in padded[:8])
    check = 10 if text[-1] == "A" else int(text[-1])
    return (sum(value * weight for value, weight in zip(values, range(9, 1, -1), strict=True)) + check) % 11 == 0


def _my_number(digits: str) -> bool:
    left = weighted(digits, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return (0 if left <= 1 else 11 - left) == int(digits[11])


def _rrn(digits: str) -> bool:
    return yymmdd(digits[:6])


def _nric(text: str) -> bool:
    total = weighted(text[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    if text[0] == "M":
        return "KLJNPQRTUWX"[10 - total % 11] == text[8]
    return ("JZIHGFEDCBA" if text[0] in "ST" else "XWUTRQPNMLK")[total % 11] == text[8]


def _south_africa(digits: str) -> bool:
    return yymmdd(digits[:6]) and digits[10] in "012" and luhn(digits)


def _any(_: str) -> bool:
    return True


SSN_AFTER_ADDRESS = rb"@[0-9A-Za-z.\-]{1,64}\.[A-Za-z]{2,12}[0-9]{3}-[0-9]{2}-[0-9]{4}\b"
"""An e-mail address and a social security number (its last eleven characters) that run together, as fields do."""
_FOURS = b"\\b[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}\\b"
# Of shapes that others share, each form is one of its own, so that it is reported once for all of them.
_THREES = (
    b"\\b[0-9]{3} [0-9]{3} [0-9]{3}\\b",
    b"\\b[0-9]{3}-[0-9]{3}-[0-9]{3}\\b",
    b"\\b[0-9]{3}(?: [0-9]{3}-|-[0-9]{3} )[0-9]{3}\\b",
)
_SSN_GATE = (
    r"ssn|ssn[ _-]?(?:no|num|number|nbr|id|last|value|code|digits)|ss ?(?:#:? ?|no\.?|number)|"
    r"social[ _-]?security[a-z_-]{0,12}|soc\.? sec[a-z.]{0,6}|social|(?-i:[a-z]{1,24}(?:SSN|Ssn)(?:[A-Z][a-z]{1,8})?)"
)
"""Words and names of fields; within one name in which words are told by capitals, `businessName` is none of them."""

WORLD = (
    Rule("us_ssn", (b"\\b[0-9]{3}-[0-9]{2}-[0-9]{4}\\b",), ssn, confidence=0.95),
    Rule("us_ssn", (b"\\b[0-9]{3}[ .][0-9]{2}[ .][0-9]{4}\\b",), ssn, unbroken=(9,), gate=_SSN_GATE),
    Rule("us_itin", (b"\\b9[0-9]{2}-[0-9]{2}-[0-9]{4}\\b",), _itin, confidence=0.9),
    Rule("us_itin", (), _itin, unbroken=(9,), gate=rf"itin|taxpayer|{_SSN_GATE}"),
    Rule("br_cpf", (b"\\b[0-9]{3}\\.[0-9]{3}\\.[0-9]{3}-[0-9]{2}\\b",), _cpf, confidence=0.98),
    Rule("br_cpf", (), _cpf, unbroken=(11,), gate=r"cpf"),
    Rule("mx_curp", (b"\\b[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]\\b",), _curp, confidence=0.98),
    Rule("cl_rut", (b"(?i)\\b[0-9]{1,2}\\.[0-9]{3}\\.[0-9]{3}-[0-9K]\\b",), _rut, confidence=0.95),
    Rule("cl_rut", (b"(?i)\\b[0-9]{7,8}-[0-9K]\\b",), _rut, gate=r"rut|run"),
    Rule(
        "ca_sin",
        _THREES,
        _sin,
        unbroken=(9,),
        gate=r"s\.?i\.?n\.?|social insurance|nas",
    ),
    Rule("au_tfn", (b"\\b[0-9]{3} [0-9]{3} [0-9]{3}\\b",), _tfn, unbroken=(9,), gate=r"tfn|tax file"),
    Rule("au_medicare", (b"\\b[2-6][0-9]{3} [0-9]{5} [0-9]\\b",), _medicare, confidence=0.85),
    Rule("au_medicare", (b"\\b[2-6][0-9]{9}\\b",), _medicare, gate=r"medicare"),
    Rule(
        "nz_ird",
        (*_THREES, b"\\b[0-9]{2}[ -][0-9]{3}[ -][0-9]{3}\\b"),
        _ird,
        unbroken=(8, 9),
        gate=r"ird|inland revenue",
    ),
    Rule("in_aadhaar", (_FOURS,), _any, unbroken=(12,), gate=r"a{1,2}dha{1,2}r", native=("आधार",), confidence=0.7),
    Rule(
        "in_aadhaar",
        (_FOURS,),
        _aadhaar,
        unbroken=(12,),
        gate=r"a{1,2}dha{1,2}r|uid(?:ai)?",
        native=("आधार",),
    ),
    Rule("in_pan", (b"\\b[A-Z]{3}P[A-Z][0-9]{4}[A-Z]\\b",), _any, confidence=0.8),
    Rule("cn_resident_id", (b"(?i)\\b[0-9]{17}[0-9X]\\b",), _resident_id, confidence=0.98),
    Rule(
        "tw_id",
        (b"\\b[A-Z][1289][0-9]{8}\\b",),
        _taiwan,
        gate=r"id|identity|national",
        native=("身分證", "身份證", "統一編號"),
    ),
    Rule("hk_hkid", (b"\\b[A-Z]{1,2}[0-9]{6}\\([0-9A]\\)",), _hong_kong, confidence=0.95),
    Rule(
        "jp_my_number",
        (_FOURS,),
        _my_number,
        unbroken=(12,),
        gate=r"my ?number|individual number",
        native=("マイナンバー", "個人番号"),
    ),
    Rule("kr_rrn", (b"\\b[0-9]{6}-[1-8][0-9]{6}\\b",), _rrn),
    Rule("kr_rrn", (), _rrn, unbroken=(13,), gate=r"rrn|resident registration", native=("주민번호", "주민등록번호")),
    Rule("sg_nric", (b"\\b[STFGM][0-9]{7}[A-Z]\\b",), _nric, confidence=0.95),
    Rule("za_id", (), _south_africa, unbroken=(13,), gate=r"id|identity|said|rsa"),
    Rule(
        "il_id",
        (),
        luhn,
        unbroken=(9,),
        gate=r"teudat zehut|t\.?z\.?|israeli? id[a-z]{0,6}",
        native=("ת.ז", "ת״ז", "תעודת זהות"),
    ),
    Rule(
        "passport",
        (
            b"\\b[A-Z]{1,2}[0-9]{6,8}\\b",
            b"\\b[0-9]{2}[A-Z]{2}[0-9]{5}\\b",
            b"\\b[A-Z][0-9A-Z]{8}\\b",
        ),
        lambda text: any(char.isdigit() for char in text),
        unbroken=(9, 8),
        gate=r"passports?|passnummer|passnr|reisepass[a-z]{0,6}|passeports?|pasaportes?|passaport[eo]",
        native=("護照", "护照", "パスポート", "여권", "паспорт", "جواز"),
        confidence=0.8,
    ),
)
