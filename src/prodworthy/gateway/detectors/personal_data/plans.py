"""Numbering plans of the world's countries, as `phonenumbers` publishes them, made into expressions."""

from __future__ import annotations

import functools
import re
from typing import Any

import msgspec
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

LONGEST_FIGURES = 15
"""Figures of the longest number, country code and all (ITU-T E.164)."""


class Plan(msgspec.Struct, frozen=True):
    """A region's valid national numbers, those that say so even unbroken, and its trunk prefix."""

    valid: re.Pattern[str]
    plain: re.Pattern[str]
    trunk: str
    lengths: tuple[int, ...]


@functools.cache
def plan_of(region: str) -> Plan:
    """The plan of a region, by its ISO 3166 code; one without numbers where none is known."""
    data = PhoneMetadata.metadata_for_region(region)
    if data is None:
        return Plan(re.compile(r"(?!)"), re.compile(r"(?!)"), "", ())
    kinds: tuple[Any, ...] = (data.fixed_line, data.mobile, data.toll_free, data.premium_rate, data.shared_cost)
    kinds += (data.personal_number, data.voip, data.pager, data.uan, data.voicemail)
    valid = _either(kinds)
    # Where numbers may have any length (Germany), only mobile ones are told from other figures.
    strict = data.general_desc is not None and len(data.general_desc.possible_length) <= 3
    lengths = tuple(data.general_desc.possible_length) if data.general_desc else ()
    return Plan(valid, valid if strict else _either((data.mobile,)), data.national_prefix or "", lengths)


def _either(kinds: tuple[Any, ...]) -> re.Pattern[str]:
    wanted = [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]
    return re.compile("|".join(f"(?:{pattern})" for pattern in wanted) or r"(?!)")


def at_home(regions: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Numbers of these regions with a trunk prefix that begins with 0; and those that say so even unbroken."""
    plans = [plan for plan in map(plan_of, regions) if plan.trunk.startswith("0")]
    return _behind_trunk([(plan.trunk, plan.valid) for plan in plans]), _behind_trunk(
        [(plan.trunk, plan.plain) for plan in plans]
    )


def _behind_trunk(numbers: list[tuple[str, re.Pattern[str]]]) -> re.Pattern[str]:
    """One expression, in which every trunk prefix stands once: what does not match is told soon."""
    by_trunk: dict[str, list[str]] = {}
    for trunk, number in numbers:
        by_trunk.setdefault(trunk, []).append(f"(?:{number.pattern})")
    return re.compile("|".join(f"{trunk}(?:{'|'.join(these)})" for trunk, these in by_trunk.items()) or r"(?!)")


class Country(msgspec.Struct, frozen=True):
    """What follows a country code: the numbers of all its regions, with or without their trunk prefix.

    `lengths` are those that such a number may have.
    """

    valid: re.Pattern[str]
    lengths: frozenset[int]


@functools.cache
def country(code: int) -> Country:
    """The numbers behind this country code, which `phonenumbers` knows."""
    members = COUNTRY_CODE_TO_REGION_CODE[code]
    plans = [plan_of(region) for region in members]
    wanted = [f"(?:{plan.trunk})?(?:{plan.valid.pattern})" for plan in plans]
    lengths = frozenset(length + more for plan in plans for length in plan.lengths for more in (0, len(plan.trunk)))
    return Country(re.compile("|".join(wanted)), lengths)


def country_code(figures: str) -> int:
    """The country code with which at least three figures begin; 0 where they begin with none that has regions."""
    return _BY_THREE[int(figures[:3])]


def _by_three() -> tuple[int, ...]:
    codes = [code for code, members in COUNTRY_CODE_TO_REGION_CODE.items() if members != ("001",)]
    by_three = [0] * 1000
    for code in codes:
        room = 10 ** (3 - len(str(code)))
        by_three[code * room : (code + 1) * room] = [code] * room
    return tuple(by_three)


_BY_THREE = _by_three()
