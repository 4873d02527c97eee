"""Dates of birth: a date in one of many forms with a word for birth to its left, in many languages."""

from __future__ import annotations

import re

from prodworthy.gateway.detectors.personal_data.checksums import day_of_month
from prodworthy.gateway.detectors.personal_data.rule import Said, begins_alone, ends_alone

LEFT = 64
"""Characters before a date in which the word for birth must end."""

SHAPES: tuple[bytes, ...] = (
    rb"\b[0-9]{1,2}[./\- ][0-9]{1,2}[./\- ](?:18|19|20)?[0-9]{2}\b",
    rb"\b(?:18|19|20)[0-9]{2}[./\- ][0-9]{1,2}[./\- ][0-9]{1,2}\b",
    rb"\b[0-9]{1,2}(?:st|nd|rd|th|er|\.|\?)?[ \-](?:de |of )?[A-Za-z?]{3,12}[.,]?[ \-](?:del? )?(?:18|19|20)[0-9]{2}\b",
    rb"\b[A-Za-z?]{3,12}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? (?:18|19|20)[0-9]{2}\b",
    rb"\b(?:18|19|20)[0-9]{2}\? ?[0-9]{1,2}\? ?[0-9]{1,2}\?",
)
"""Day first or month first · year first · day, month by name, year · month by name, day, year · CJK."""
NUMERIC, YEAR_FIRST, DAY_NAME, NAME_DAY, CJK = range(len(SHAPES))

BORN = (
    r"d\.?o\.?b\.?|born|birth|birth[ _-]?da(?:te|y)|b-?day|née?|nee|né\(e\)|naissance|geboren|geb\.?|"
    r"geboorte(?:datum|dag)|geburts(?:datum|tag)|nacid[oa]|nació|nacimiento|cumpleaños|f\. ?nac\.?|nat[oa]|nascita|"
    r"nascid[oa]|nasceu|nascimento|född|födelsedatum|født|fødselsda(?:to|g)|syntynyt|syntymäaika|urodzon[aya]|"
    r"urodzenia|narozen[aý]?|narození|született|születési|născut[ăa]?|nașterii|doğum|doğdu|lahir|sinh"
)
"""Words for birth, as a gate."""
_IN_OTHER_SCRIPTS = "рожд родил народ γεννήθηκε γέννησης 生年月日 誕生日 出生 生日 생년월일 생일 जन्म ميلاد נולד לידה"
_NATIVE = tuple(_IN_OTHER_SCRIPTS.split())
_ELSEWHERE = re.compile(r"\d{4}|\d[./-]\d|\n[^\n]*\n")
"""What between a word for birth and a date says that they do not belong together: another date, another paragraph."""
_FIGURES = re.compile(r"\d+")
_NAME = re.compile(r"[^\W\d_]{3,}")
_MONTH_WORDS = (
    "jan feb mar apr may jun jul aug sep oct nov dec sept janv févr fév mars avr avri mai juin juil août aou déc "
    "dece jän mär mrz okt dez ene abr ago dic set gen mag giu lug ott fev out maj juni juli jui mrt mei augu tam "
    "hel huh tou kes hei elo syy lok jou sty lut kwi cze lip sie wrz paź lis gru led úno bře dub kvě čer srp zář "
    "říj oca şub nis haz tem ağu eyl eki kas ara янв фев мар апр мая май июн июл авг сен окт ноя дек"
)
_MONTHS = frozenset(_MONTH_WORDS.split())


def find(said: Said, start: int, end: int, shape: int) -> bool:
    """Whether `[start, end)` is a date that exists and stands after a word for birth, with nothing that parts them."""
    text = said.text
    word = said.last(BORN, start)
    if word < start - LEFT:
        left = text[max(0, start - LEFT) : start]
        if left.isascii():
            return False
        word = max(left.rfind(native) for native in _NATIVE)
        if word < 0:
            return False
        word += max(0, start - LEFT)
    if _ELSEWHERE.search(text, word, start):
        return False
    return begins_alone(text, start) and (shape == CJK or ends_alone(text, end)) and _exists(text[start:end], shape)


def _exists(written: str, shape: int) -> bool:
    figures = [int(found) for found in _FIGURES.findall(written)]
    if shape == NUMERIC:
        first, second = figures[0], figures[1]
        return day_of_month(first, second) or day_of_month(second, first)
    if shape in (YEAR_FIRST, CJK):
        return day_of_month(figures[2], figures[1]) and (shape != CJK or written[4] in "年년")
    name = next((word for word in _NAME.findall(written) if word != "del"), "").lower()
    return 1 <= figures[0] <= 31 and (name[:3] in _MONTHS or name[:4] in _MONTHS)
