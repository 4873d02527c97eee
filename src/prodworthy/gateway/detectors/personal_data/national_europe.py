"""Europe's identity, tax and social insurance numbers: shapes, check digits, and the words beside the bare ones.

Sources: the issuing authorities' published formats; the European Commission's TIN algorithms.
"""

from __future__ import annotations

from prodworthy.gateway.detectors.personal_data.checksums import (
    day_of_month,
    ddmmyy,
    ean13,
    luhn,
    mod11_10,
    weighted,
    yymmdd,
)
from prodworthy.gateway.detectors.personal_data.rule import Rule

_DNI = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_PPS = "WABCDEFGHIJKLMNOPQRSTUV"


def _nino(text: str) -> bool:
    return text[:2] not in {"BG", "GB", "NK", "KN", "TN", "NT", "ZZ"}


def _nhs(digits: str) -> bool:
    return (11 - weighted(digits, range(10, 1, -1)) % 11) % 11 == int(digits[9])


def _steuer_id(digits: str) -> bool:
    """One digit of the first ten stands there two or three times (since 2016), the others at most once."""
    most = sorted(digits[:10].count(digit) for digit in set(digits[:10]))
    return digits[0] != "0" and most[-1] in (2, 3) and most[-2] == 1 and mod11_10(digits)


def _sv(text: str) -> bool:
    """Area, ddmmyy, initial, serial, check digit: the initial counts as its two-digit place in the alphabet."""
    digits = f"{text[:8]}{ord(text[8]) - 64:02d}{text[9:]}"
    products = (int(char) * weight for char, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=False))
    return ddmmyy(text[2:8]) and sum(value // 10 + value % 10 for value in products) % 10 == int(text[11])


def _nir(text: str) -> bool:
    body = text[:13].replace("2A", "19").replace("2B", "18")
    month = int(text[3:5])
    return text[0] in "12378" and (1 <= month <= 12 or month >= 20) and 97 - int(body) % 97 == int(text[13:])


def _dni(text: str) -> bool:
    return _DNI[int(text[:8]) % 23] == text[8]


def _nie(text: str) -> bool:
    return _dni(str("XYZ".index(text[0])) + text[1:])


_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (*((1, 0, 5, 7, 9, 13, 15, 17, 19, 21) * 2), 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)


def _codice_fiscale(text: str) -> bool:
    even = sum(int(char) if char.isdigit() else ord(char) - 65 for char in text[1:15:2])
    return (sum(_ODD[char] for char in text[:15:2]) + even) % 26 == ord(text[15]) - 65


def _bsn(digits: str) -> bool:
    return digits[0:2] != "00" and weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _rijksregister(digits: str) -> bool:
    check = int(digits[9:])
    dated = int(digits[2:4]) <= 12 or 20 <= int(digits[2:4]) <= 32 or 40 <= int(digits[2:4]) <= 52
    return dated and check in (97 - int(digits[:9]) % 97, 97 - int("2" + digits[:9]) % 97)


def _svnr(digits: str) -> bool:
    return ddmmyy(digits[4:]) and weighted(digits, (3, 7, 9, 0, 5, 8, 4, 2, 1, 6)) % 11 == int(digits[3])


def _pesel(digits: str) -> bool:
    dated = day_of_month(int(digits[4:6]), int(digits[2:4]) % 20)
    return dated and weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _nif(digits: str) -> bool:
    left = 11 - weighted(digits[:8], range(9, 1, -1)) % 11
    return digits[0] in "1234569" and (left if left < 10 else 0) == int(digits[8])


def _personnummer(text: str) -> bool:
    digits = text.replace("+", "")[-10:]
    return day_of_month(int(digits[4:6]) % 60, int(digits[2:4])) and luhn(digits)


def _hetu(text: str) -> bool:
    return ddmmyy(text[:6]) and _HETU[int(text[:6] + text[-4:-1]) % 31] == text[-1]


def _fnr(digits: str) -> bool:
    first = weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11
    second = weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11
    return day_of_month(int(digits[:2]) % 40, int(digits[2:4]) % 40) and first == second == 0


def _pps(text: str) -> bool:
    extra = 9 * (ord(text[8]) - 64) if len(text) == 9 and text[8] != "W" else 0
    return _PPS[(weighted(text[:7], range(8, 1, -1)) + extra) % 23] == text[7]


def _rodne_cislo(digits: str) -> bool:
    month = int(digits[2:4]) % 50
    return day_of_month(int(digits[4:6]), month % 20) and int(digits) % 11 == 0


def _cnp(digits: str) -> bool:
    check = weighted(digits, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return digits[0] in "12345678" and yymmdd(digits[1:7]) and (1 if check == 10 else check) == int(digits[12])


def _egn(digits: str) -> bool:
    dated = day_of_month(int(digits[4:6]), int(digits[2:4]) % 20)
    return dated and weighted(digits, (2, 4, 8, 5, 10, 9, 7, 3, 6)) % 11 % 10 == int(digits[9])


def _isikukood(digits: str) -> bool:
    check = weighted(digits, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if check == 10:
        check = weighted(digits, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return digits[0] in "12345678" and yymmdd(digits[1:7]) and check == int(digits[10])


def _tckn(digits: str) -> bool:
    odd, even = sum(map(int, digits[0:9:2])), sum(map(int, digits[1:8:2]))
    return (odd * 7 - even) % 10 == int(digits[9]) and sum(map(int, digits[:10])) % 10 == int(digits[10])


def _snils(digits: str) -> bool:
    return weighted(digits[:9], range(9, 0, -1)) % 101 % 100 == int(digits[9:])


_TAX = r"steuer[a-z-]{0,24}|idnr|id-?nr|tax(?:payer)?|tin|identifikationsnummer|st-?nr"
_BIRTH_NUMBER = (
    r"person(?:al)?[ _-]?(?:identity[ _-]?)?(?:number|nr|nummer|id|code|kood|kod[ae]?s?)|"
    r"national[ _-]?(?:id[a-z]{0,8}|no)"
)

EUROPE = (
    Rule("uk_nino", (b"(?i)\\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]\\b",), _nino),
    Rule("uk_nino", (b"(?i)\\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] [0-9]{2} [0-9]{2} [0-9]{2} ?[A-D]\\b",), _nino),
    Rule(
        "uk_nino",
        (b"(?i)\\b[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-Z]\\b",),
        str.isalnum,
        gate=r"national insurance|nino|ni ?(?:number|no)",
        confidence=0.7,
    ),
    Rule("uk_nhs", (b"\\b[0-9]{3} [0-9]{3} [0-9]{4}\\b",), _nhs, unbroken=(10,), gate=r"nhs"),
    Rule("uk_nhs", (b"\\b[0-9]{3}-[0-9]{3}-[0-9]{4}\\b",), _nhs, gate=r"nhs"),
    Rule("de_steuer_id", (b"\\b[0-9]{2} [0-9]{3} [0-9]{3} [0-9]{3}\\b",), _steuer_id, unbroken=(11,), gate=_TAX),
    Rule("de_sv", (b"\\b[0-9]{8}[A-Z][0-9]{3}\\b", b"\\b[0-9]{2} [0-9]{6} [A-Z] [0-9]{3}\\b"), _sv, confidence=0.95),
    Rule("fr_nir", (b"\\b[12378][0-9]{4}(?:[0-9]{2}|2[AB])[0-9]{8}\\b",), _nir, confidence=0.95),
    Rule(
        "fr_nir",
        (b"\\b[12378] [0-9]{2} [0-9]{2} (?:[0-9]{2}|2[AB]) [0-9]{3} [0-9]{3} ?[0-9]{2}\\b",),
        _nir,
        confidence=0.95,
    ),
    Rule("es_dni", (b"\\b[0-9]{8}[ -]?[TRWAGMYFPDXBNJZSQVHLCKE]\\b",), _dni, confidence=0.8),
    Rule("es_nie", (b"\\b[XYZ]-?[0-9]{7}-?[TRWAGMYFPDXBNJZSQVHLCKE]\\b",), _nie),
    Rule(
        "it_codice_fiscale",
        (b"(?i)\\b[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z]\\b",),
        _codice_fiscale,
        confidence=0.95,
    ),
    Rule(
        "nl_bsn",
        (b"\\b[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}\\b",),
        _bsn,
        unbroken=(9,),
        gate=r"bsn|burgerservice[a-z]{0,8}|sofi[a-z]{0,8}",
    ),
    Rule("be_nn", (b"\\b[0-9]{2}\\.[0-9]{2}\\.[0-9]{2}-[0-9]{3}[.-][0-9]{2}\\b",), _rijksregister, confidence=0.95),
    Rule(
        "be_nn",
        (),
        _rijksregister,
        unbroken=(11,),
        gate=r"rijksregister[a-z]{0,8}|registre national|insz|niss|nrn|national number",
    ),
    Rule("ch_ahv", (b"\\b756\\.[0-9]{4}\\.[0-9]{4}\\.[0-9]{2}\\b", b"\\b756[0-9]{10}\\b"), ean13, confidence=0.95),
    Rule(
        "at_svnr",
        (b"\\b[0-9]{4} [0-9]{6}\\b",),
        _svnr,
        unbroken=(10,),
        gate=r"svnr|sv-?nummer|sozialversicherung[a-z]{0,10}|insurance",
    ),
    Rule("pl_pesel", (), _pesel, unbroken=(11,), gate=r"pesel[a-z]{0,3}"),
    Rule("pt_nif", (b"\\b[0-9]{3} [0-9]{3} [0-9]{3}\\b",), _nif, unbroken=(9,), gate=r"nif|contribuinte|tax|fiscal"),
    Rule("se_personnummer", (b"\\b(?:19|20)?[0-9]{6}[-+][0-9]{4}\\b",), _personnummer),
    Rule("se_personnummer", (b"\\b(?:19|20)[0-9]{10}\\b",), _personnummer, unbroken=(10,), gate=_BIRTH_NUMBER),
    Rule("fi_hetu", (b"\\b[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y]\\b",), _hetu, confidence=0.95),
    Rule(
        "no_fnr",
        (b"\\b[0-9]{6} [0-9]{5}\\b",),
        _fnr,
        unbroken=(11,),
        gate=rf"fødselsnummer|fnr|d-?nummer|{_BIRTH_NUMBER}",
    ),
    Rule("dk_cpr", (b"\\b[0-9]{6}-?[0-9]{4}\\b",), ddmmyy, gate=rf"cpr[a-z-]{0, 8}|{_BIRTH_NUMBER}"),
    Rule("ie_pps", (b"(?i)\\b[0-9]{7}[A-W][A-IW]?\\b",), _pps, gate=r"ppsn?|public service|tax"),
    Rule("cz_rc", (b"\\b[0-9]{6}/[0-9]{4}\\b",), _rodne_cislo),
    Rule("cz_rc", (), _rodne_cislo, unbroken=(10,), gate=r"rodné číslo|rodne cislo|birth number"),
    Rule("ro_cnp", (), _cnp, unbroken=(13,), gate=r"cnp|cod(?:ul)? numeric personal"),
    Rule("bg_egn", (), _egn, unbroken=(10,), gate=r"egn", native=("егн",)),
    Rule("hr_oib", (), mod11_10, unbroken=(11,), gate=r"oib"),
    Rule(
        "gr_amka",
        (),
        lambda digits: ddmmyy(digits[:6]) and luhn(digits),
        unbroken=(11,),
        gate=r"amka",
        native=("αμκα",),
    ),
    Rule("ee_isikukood", (), _isikukood, unbroken=(11,), gate=rf"isikukood|asmens kodas|{_BIRTH_NUMBER}"),
    Rule("tr_tckn", (), _tckn, unbroken=(11,), gate=r"t\.?c\.?(?: kimlik)?|tckn|kimlik[a-z]{0,8}"),
    Rule("ru_snils", (b"\\b[0-9]{3}-[0-9]{3}-[0-9]{3}[ -][0-9]{2}\\b",), _snils),
    Rule("ru_snils", (), _snils, unbroken=(11,), gate=r"snils", native=("снилс",)),
)
