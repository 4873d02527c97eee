from __future__ import annotations

from prodworthy.assurance.drills.input_governance.planted import iban, luhn_digit, planted, sentence


def test_check_digits_are_those_of_published_examples() -> None:
    assert luhn_digit("424242424242424") == "2"
    assert luhn_digit("7992739871") == "3"
    assert iban("GB", "WEST12345698765432") == "GB82WEST12345698765432"
    assert iban("DE", "370400440532013000") == "DE89370400440532013000"


def test_every_run_has_its_own() -> None:
    one, other = planted(), planted()
    assert [a.kind for a in one] == ["email", "card", "iban", "phone"]
    assert all(a.text != b.text for a, b in zip(one, other, strict=True) if a.kind != "phone")
    assert all(a.text in sentence(one) for a in one)
    assert all("4000 00" in spelling or "4000-00" in spelling for spelling in one[1].spellings)
