from __future__ import annotations

import pytest

from prodworthy.gateway.detectors.detector import Reading
from prodworthy.gateway.detectors.personal_data.detector import PersonalDataDetector
from prodworthy.policy.core.exchange import Call, Operation, Passage
from prodworthy.policy.core.facts import Finding

DETECTOR = PersonalDataDetector()


def found(text: str) -> list[tuple[str, str]]:
    return [(one.kind, text[one.start : one.end]) for one in DETECTOR.find(text)]


@pytest.mark.parametrize(
    "kind, text",
    [
        ("email", "write to <ada.lovelace+x@mail.example.co.uk>, please"),
        ("email", "O'Brien: pat.o'brien@example.com."),
        ("email", "邮箱是li.wei@example.com。"),
        ("email", "почта иван@пример.рф"),
        ("payment_card", "Card 4111 1111 1111 1111."),
        ("payment_card", "amex 3782-822463-10005"),
        ("payment_card", "{'pan':'5555555555554444'}"),
        ("iban", "IBAN: DE89 3704 0044 0532 0130 00, thanks"),
        ("iban", "pay GB82WEST12345698765432 now"),
        ("phone", "ring +44 20 7946 0958 or"),
        ("phone", "call (415) 555-0198 x12 today"),
        ("phone", "Tél. 06 12 34 56 78"),
        ("phone", "mobile: 0151 23456789"),
        ("phone", "Phone:\n467 3395"),
        ("phone", "手机13812345678"),
        ("us_ssn", "SSN 123-45-6789 is mine"),
        ("us_ssn", "my social security number is 123456789"),
        ("us_ssn", '{"employeeSSN": "123456789"}'),
        ("us_ssn", "userSsnNumber=123456789"),
        ("us_ssn", "socialSecurityNumber: 123456789"),
        ("us_ssn", "SS# 123456789"),
        ("us_ssn", "SSN no. 123456789"),
        ("us_ssn", "ann@example.com123-45-6789"),
        ("uk_nino", "national insurance: ZZ 91 39 09 T"),
        ("phone", "or 001-335-504-9258 in the evening"),
        ("phone", "die (0115) 496 0980 geht"),
        ("us_itin", "ITIN 912-70-1234"),
        ("uk_nino", "NI number AB 12 34 56 C"),
        ("uk_nhs", "NHS no. 943 476 5919"),
        ("de_steuer_id", "Steuer-ID: 86095742719"),
        ("fr_nir", "NIR 2 55 08 14 168 025 38"),
        ("es_dni", "DNI 12345678Z"),
        ("es_nie", "NIE X1234567L"),
        ("it_codice_fiscale", "CF RSSMRA85T10A562S"),
        ("nl_bsn", "BSN: 111222333"),
        ("be_nn", "rijksregisternummer 85.07.30-033.28"),
        ("ch_ahv", "AHV 756.9217.0769.85"),
        ("pl_pesel", "PESEL 44051401359"),
        ("pt_nif", "NIF: 123456789"),
        ("se_personnummer", "personnummer 811228-9874"),
        ("fi_hetu", "hetu 131052-308T"),
        ("no_fnr", "fødselsnummer 01010750160"),
        ("br_cpf", "CPF 529.982.247-25"),
        ("in_aadhaar", "Aadhaar 2341 2341 2346"),
        ("ca_sin", "SIN 130 692 544"),
        ("au_tfn", "TFN 123 456 782"),
        ("cn_resident_id", "身份证11010519491231002X"),
        ("cl_rut", "RUT 12.345.678-5"),
        ("kr_rrn", "주민등록번호 900101-1234567"),
        ("sg_nric", "NRIC S1234567D"),
        ("za_id", "ID 8001015009087"),
        ("passport", "passport no. 123456789"),
        ("ip_address", "from 203.0.113.9 at noon"),
        ("ip_address", "from 2001:db8:85a3::8a2e:370:7334."),
        ("mac_address", "nic 00:1a:2B:3c:4d:5e"),
        ("date_of_birth", "DOB: 03/15/1989"),
        ("date_of_birth", "born on March 15, 1989 in Rome"),
        ("date_of_birth", "geboren am 12. März 1990"),
        ("date_of_birth", "née le 3 août 1985"),
        ("date_of_birth", "fecha de nacimiento: 12 de marzo de 1990"),
        ("date_of_birth", "I need your date of birth. It's 4/17/1986"),
        ("date_of_birth", "出生日期:1990年3月12日"),
    ],
)
def test_finds(kind: str, text: str) -> None:
    assert kind in [name for name, _ in found(text)]


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3.4 of the tool",
        "0.0.0.0 and 127.0.0.1 and ::1 and 10.0.0.0/8",
        "id 550e8400-e29b-41d4-a716-446655440000",
        "sha 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "ts 1700000000 and 1700000000123456789",
        "pi is 3.14159265358979323846",
        "price 1,234,567.89 and 12 345 678",
        "meet on 2024-01-15 at 12:30:45",
        "git@github.com:owner/name.git and pkg@1.2.3 and a@b",
        "https://user:secret@db.internal/x",
        "std::abc and dead::beef",
        "card 4111 1111 1111 1112",
        "Part 078-05-1120-A and 666-12-9999 and 000-12-3456",
        "GB82WEST12345698765433",
        "number 123456789 and 44051401359",
        "range 0123456789 abcdef",
        "call me at 12:30 on 2024-01-15",
        "hired 12/03/2010",
        "birthday party\nand more\ntimestamp: 2024-04-12",
        "compute 66666666 + 7777777777777",
    ],
)
def test_leaves_alone(text: str) -> None:
    assert found(text) == []


def test_the_span_is_the_value_alone() -> None:
    text = "Mail: (ada@example.org), card 4111 1111 1111 1111, IBAN DE89 3704 0044 0532 0130 00; tel +1 415-555-0198."
    assert found(text) == [
        ("email", "ada@example.org"),
        ("payment_card", "4111 1111 1111 1111"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("phone", "+1 415-555-0198"),
    ]


def test_a_birth_word_counts_for_the_next_date_only() -> None:
    assert found("born 1990-01-02, hired 2010-03-04") == [("date_of_birth", "1990-01-02")]


def test_offsets_count_code_points_of_the_part() -> None:
    text = "\U0001f600é\ud800 a@b.co"
    passages = (Passage("messages.0.content", "user", text, start=100), Passage("x", "user", "none"))
    assert DETECTOR.measure(Reading(passages, Call(Operation.CHAT))) == (
        Finding("messages.0.content", 104, 110, "email", 0.99),
    )


def test_only_the_kinds_asked_for() -> None:
    only = PersonalDataDetector(frozenset({"email"}))
    assert [one.kind for one in only.find("a@b.co 4111111111111111 +442079460958")] == ["email"]
    assert PersonalDataDetector(frozenset()).find("a@b.co") == []


def test_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="no such kinds of personal data: shoe_size"):
        PersonalDataDetector(frozenset({"email", "shoe_size"}))
    with pytest.raises(ValueError, match="no numbering plan for XX"):
        PersonalDataDetector(regions=("US", "XX"))


@pytest.mark.parametrize(
    "text",
    [
        "businessName 123456789",
        "classNumber: 123456789",
        "accessSnapshot 123456789",
        "legacy value 123456789",
        "ssn 000456789",
        "ann@example.com123-45-67890",
        "ann@example.com666-45-6789",
        "example.com123-45-6789",
    ],
)
def test_nine_digits_are_no_social_security_number_where_nothing_says_so(text: str) -> None:
    assert "us_ssn" not in [kind for kind, _ in found(text)]
