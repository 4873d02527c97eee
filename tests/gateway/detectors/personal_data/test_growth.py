from __future__ import annotations

import random

import pytest

from prodworthy.gateway.detectors.personal_data import judges, numbers
from prodworthy.gateway.detectors.personal_data.detector import PersonalDataDetector
from prodworthy.gateway.detectors.personal_data.phones import Numbering
from prodworthy.gateway.detectors.personal_data.rule import KNOWN, Said, Verdict
from prodworthy.policy.core.personal_kinds import CATALOGUE
from tests.gateway.detectors.growth import assert_linear

DETECTOR = PersonalDataDetector()
ALL = PersonalDataDetector(frozenset(CATALOGUE), ("US", "GB", "DE", "FR", "IT", "IN"))

SHORT = (
    "a@",
    "a@b.co",
    "7",
    "1234567890",
    "0-",
    "1 ",
    "12 ",
    "01 ",
    ".",
    "1.",
    "+1",
    "(0",
    "a:",
    "1::",
    "00:",
    "né ",
    "é",
)
LONG = ("06 12 34 56 78 ", "415-555-0198 ", "DE89 3704 0044 0532 0130 00 ", "bsn 111222333 ", "born 1/2/1990 ")


@pytest.mark.parametrize("piece", [*SHORT, *LONG])
def test_work_grows_with_the_text_and_no_faster(piece: str) -> None:
    assert_linear(DETECTOR.find, piece)


WORST = ("06 ", "079 ", "4111 ", "01 4111 02", "6-0", "-03", "00:", ":AA", "1.", "07911123456 ", "+119908061\u00e9ssn ")
"""What a search over short units found to cost most."""


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """Every candidate that was read and judged, and not known from before; and all figures held against a plan."""
    seen: list[str] = []
    tried: list[str] = []
    learn = Said.learn

    def counted(self: Said, key: tuple[int | str, str], verdict: Verdict) -> Verdict:
        seen.append(key[1])
        return learn(self, key, verdict)

    monkeypatch.setattr(Said, "learn", counted)
    sure = Numbering.sure

    def asked(self: Numbering, text: str, start: int, end: int, shape: int, figures: str) -> float:
        tried.append(figures)
        return sure(self, text, start, end, shape, figures)

    monkeypatch.setattr(Numbering, "sure", asked)
    return seen, tried


@pytest.mark.parametrize("piece", [*SHORT, *LONG, *WORST])
def test_what_repeats_is_examined_once(piece: str, examined: tuple[list[str], list[str]]) -> None:
    ALL.find(piece * (40_000 // len(piece)))
    # Every place within the piece, once for each shape and rule there, and again at both ends of the text.
    assert len(examined[0]) <= 12 * len(piece) + 60


@pytest.mark.parametrize("seed", range(4))
def test_little_is_examined_of_any_figures(seed: int, examined: tuple[list[str], list[str]]) -> None:
    draw = random.Random(seed)
    sizes, marks = draw.choice([(2,), (3,), (4,), (1, 2, 3, 4), (8, 11)]), draw.choice([" ", "-", " -./", ":", "."])
    groups = (str(draw.randrange(10 ** draw.choice(sizes))).zfill(2) + draw.choice(marks) for _ in range(8_000))
    text = "".join(groups)
    ALL.find(text)
    assert sum(map(len, examined)) <= len(text) * 0.25, f"seed {seed}"


@pytest.mark.parametrize("seed", range(6))
def test_many_candidates_are_judged_together_as_each_alone(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(seed)
    marks = [" ", "-", "/", ".", "(", ")", "+", "x", " ext ", "#", "\u00a0", "\u00e9", "\u0665", "\n", "  ", ""]
    heads = ["0", "00", "+", "(0", "+49 ", "0033", "tel ", "ssn ", "4111", "06", "1 212 ", "(415) "]
    texts = []
    for _ in range(60):
        between, some, size = draw.sample(marks, 4), draw.sample(heads, 3), draw.randint(1, 8)
        groups = (str(draw.randrange(10 ** draw.randint(1, size))) + draw.choice(between) for _ in range(60))
        texts.append("".join(draw.choice(["", "", *some]) + group for group in groups))
    monkeypatch.setattr(judges, "MANY", 1)
    together = [ALL.find(text) for text in texts]
    monkeypatch.setattr(judges, "MANY", 10**9)
    assert together == [ALL.find(text) for text in texts], f"seed {seed}"


def test_a_number_that_repeats_very_often_is_found_each_time() -> None:
    assert len(DETECTOR.find("06 12 34 56 78, +49 30 901820 ext 5, 4111-1111-1111-1111. " * 200)) == 600


def test_a_network_issues_by_the_first_four_figures() -> None:
    draw = random.Random(7)
    for size in (14, 15, 16, 19):
        for number in ("".join(draw.choices("0123456789", k=size)) for _ in range(2_000)):
            assert numbers._issued(size)[int(number[:4])] == (numbers._ISSUED.fullmatch(number) is not None)


def test_no_more_than_known_is_remembered() -> None:
    said = Said("", {}, {}, ascii=True)
    for place in range(3 * KNOWN):
        said.learn((0, str(place)), (0, 0, 1.0))
        assert len(said.known) <= KNOWN


def test_what_repeats_is_found_each_time() -> None:
    assert len(DETECTOR.find("a@b.co, 4111 1111 1111 1111; " * 50)) == 100


def test_in_a_row_of_groups_that_begin_with_zero_only_the_last_five_can_be_a_number() -> None:
    assert [one.start for one in DETECTOR.find("01 02 03 04 05 06 07 08 09 00 ")] == [15]
    assert [one.kind for one in DETECTOR.find("01 02 03 04 05 06 07 06 12 34 56 78")][-1:] == ["phone"]
    assert [one.kind for one in DETECTOR.find("01 02 03 04 05")] == ["phone"]
