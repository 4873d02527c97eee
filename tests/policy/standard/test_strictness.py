"""What a standard's files may not say, and how each fault is told."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodworthy.policy.standard.standard import parse
from prodworthy.policy.standard.tables import MOST_ENTRIES, MOST_TEXT, StandardFault, read
from tests.policy.standard.files import MAIN, MAPPINGS, SMALL, changed

IN_MAIN = {
    "an unknown field": ("\ntitle = ", "\ntitel = ", r"criterion\[1\].*`titel` is unknown. Did you mean `title`"),
    "a field like none": ("\ndrill = ", "\nzzz = ", "`zzz` is unknown. Known are id, title"),
    "a missing field": ('title = "injection resistance"\n', "", "`title` is missing"),
    "a missing section": ("\n[readiness]", "\n[ready]", "`ready` is unknown"),
    "no TOML": ("\n[readiness]", "\n[readiness", "This is no TOML"),
    "text of another kind": ('title = "injection resistance"', "title = 1", r"criterion\[1\].title: This is no text"),
    "true as a number": ("window_days = 30", "window_days = true", "This is no whole number"),
    "a number as true": ("partition = true", "partition = 1", "This is no true or false"),
    "text as a number": ("ready_at = 3.0", 'ready_at = "3"', "This is no number"),
    "empty text": ('title = "injection resistance"', 'title = ""', "empty, too long, or not printable"),
    "control characters": ('"injection resistance"', '"injection\\u001b[2J"', "not printable"),
    "overlong text": ('"injection resistance"', f'"{"x" * 1001}"', "too long"),
    "a number below zero": ("kill_seconds = 300", "kill_seconds = -1", "not within 0 to"),
    "a number beyond all bounds": ("kill_seconds = 300", "kill_seconds = 1000001", "not within 0 to"),
    "no number at all": ("coverage = 0.999", "coverage = nan", "not within 0 to"),
    "a group that is none": ('group = "traffic"', 'group = "trafic"', "Write one of traffic, operations, people"),
    "a group of another kind": ('group = "traffic"', "group = 1", "`1` is not among the choices"),
    "no list": ('stands = ["record"]', 'stands = "record"', "A list of at most"),
    "a list that repeats": ('stands = ["record"]', 'stands = ["record", "record"]', "stands there twice"),
    "a list of nothing": ('stands = ["record"]', "stands = []", "PSF-1.3.stands: It stands nowhere"),
    "an entry that is alone": ("[[topic]]", "[topic]", "standard.topic: A list of at most"),
    "a section that is no table": ("[figures]\n", "[[figures]]\n", "A table is expected"),
    "a criterion twice": ('id = "PSF-1.2"', 'id = "PSF-1.1"', "`PSF-1.1` stands there twice"),
    "a criterion that is not of the standard": (
        'id = "PSF-1.2"',
        'id = "PSF-1.9"',
        "`PSF-1.9` stands where",
    ),
    "a domain that is not of the standard": ('id = "PSF-8"', 'id = "PSF-9"', "`PSF-9` stands where"),
    "a level above five": ("ready_at = 3.0", "ready_at = 6", "The level is above 5"),
    "the group once more": ('also = ["people"]', 'also = ["traffic"]', "It repeats the group"),
    "two groups without a reason": (
        'why = "The allowed place is enforced on each route; the lawful basis and the legal role are facts that only '
        'people can state."\n',
        "",
        "Two groups need a reason",
    ),
    "a text status that is missing": ('id = "guide"\nmark', 'id = "ours"\nmark', "`ours` stands there twice"),
    "a tier twice": ('tier = "low"\ngroup = "people"', 'tier = "low"\ngroup = "traffic"', "`low traffic` stands there"),
    "grades of another group": ('grades = ["exercised"]', 'grades = ["enforced"]', "Name one or more of exercised"),
    "no grades": ('grades = ["attested"]', "grades = []", "Name one or more of attested"),
    "a missing window": ("window_days = 30\n", "", "low traffic.window_days: The bound is missing"),
    "a window of nothing": ("window_days = 30", "window_days = 0", "low traffic.window_days"),
    "a missing age": ("max_age_days = 180\n", "", "low operations.max_age_days"),
    "more than all": ("coverage = 0.999", "coverage = 1.5", "high traffic.coverage"),
    "no coverage": ("coverage = 0.999", "coverage = 0", "high traffic.coverage"),
    "coverage of what is no traffic": ("max_age_days = 180\n", "max_age_days = 180\ncoverage = 1\n", "coverage"),
    "nobody who states it": ("persons = 1\n", "", "low people.persons"),
    "people for what is no statement": (
        "max_age_days = 180\n",
        "max_age_days = 180\npersons = 1\n",
        "operations.persons",
    ),
    "a partition of statements": ("persons = 2\n", "persons = 2\npartition = true\n", "critical people.partition"),
    "four eyes on nothing": ('criterion = "PSF-6.2"', 'criterion = "PSF-6.9"', "`PSF-6.9` is unknown"),
    "a level too many": ("value = 5", "value = 6", "`6` stands where"),
    "conditions of nothing": ('means = "nothing"', 'means = "nothing"\nany_of = [["attested"]]', "Level 0 has no"),
    "a level without conditions": ('any_of = [["attested"]]\n', "", "level 1.any_of"),
    "an empty condition": ('any_of = [["attested"]]', "any_of = [[]]", "level 1.any_of"),
    "an unknown condition": ('any_of = [["attested"]]', 'any_of = [["hoped"]]', "Write one of enforced"),
    "a stage twice": ('id = "scaled"', 'id = "pilot"', "`pilot` stands there twice"),
    "a question that leads nowhere": ('no = "experiment"', 'no = "nowhere"', "question 1.no: `nowhere` is unknown"),
    "a question too many": ("id = 4\n", "id = 5\n", "`5` stands where"),
    "a freeze of no stage": ('stage = "pilot"', 'stage = "trial"', "freeze.stage: `trial` is unknown"),
    "a freeze of no domain": ('domains = ["PSF-3", "PSF-7"]', 'domains = ["PSF-3.1"]', "freeze.domains"),
    "another autonomy": ('id = "L4"', 'id = "L5"', "`L5` stands where"),
    "a reason twice": ('id = "law"', 'id = "value"', "person_required: `value` stands there twice"),
    "a category twice": ('id = "security"', 'id = "compliance"', "monitoring: `compliance` stands there twice"),
}

IN_MAPPINGS = {
    "an unknown field": ('note = "', 'notes = "', "`notes` is unknown. Did you mean `note`"),
    "an unknown target": ('target = "PSF-1"', 'target = "PSF-9"', r"small: mapping\[1\].target: `PSF-9` is unknown"),
    "an unknown source": ('source = "read"', 'source = "red"', r"mapping\[1\].source: `red` is unknown"),
    "a source that nothing names": ("[sources]\n", '[sources]\nmore = "x"\n', "small: sources: Nothing names more"),
    "a reference twice in a row": ('["A", "B"]', '["A", "A"]', "stands there twice"),
    "an unknown confidence": ('"high"', '"sure"', "Write one of high, medium, low"),
    "sources that are missing": ('[sources]\nread = "read"\n', "", "`sources` is missing"),
    "a source of another kind": ('read = "read"', "read = 1", r"sources.read: This is no text"),
    "the framework of another file": ('id = "small"', 'id = "gdpr"', "mappings: `gdpr` stands there twice"),
}

ADDED = {
    "a reference twice": (
        '[[mapping]]\ntarget = "PSF-1"\nconfidence = "low"\nsource = "read"\nrefs = ["B"]\n',
        "`B` leads to PSF-1 twice",
    ),
    "a criterion and its domain": (
        '[[mapping]]\ntarget = "PSF-1.1"\nconfidence = "low"\nsource = "read"\nrefs = ["B"]\n',
        "`B` leads to PSF-1.1 and to its domain",
    ),
    "a title of nothing": ('[titles]\nC = "c"\n', "small: titles: `C` is unknown"),
    "a day that is none": (
        '[[date]]\nref = "A"\non = "2026-13-01"\nwhat = "x"\nsource = "x"\nconfidence = "low"\n',
        r"small: date\[1\].on: This is no day",
    ),
}


@pytest.mark.parametrize("old,new,told", IN_MAIN.values(), ids=IN_MAIN)
def test_a_fault_in_the_main_file_is_told(old: str, new: str, told: str) -> None:
    with pytest.raises(StandardFault, match=told) as fault:
        parse(changed(MAIN, old, new), ())
    assert all((fault.value.where, fault.value.problem, fault.value.remedy))


@pytest.mark.parametrize("old,new,told", IN_MAPPINGS.values(), ids=IN_MAPPINGS)
def test_a_fault_in_a_file_of_mappings_is_told(old: str, new: str, told: str) -> None:
    with pytest.raises(StandardFault, match=told):
        parse(MAIN, (*MAPPINGS, changed(SMALL, old, new)))


@pytest.mark.parametrize("more,told", ADDED.values(), ids=ADDED)
def test_an_entry_too_many_is_told(more: str, told: str) -> None:
    with pytest.raises(StandardFault, match=told):
        parse(MAIN, [f"{SMALL}\n{more}"])


def test_the_small_file_is_sound() -> None:
    titled = f'{SMALL}\n[titles]\nA = "a"\n'
    first, second = parse(MAIN, [titled]).mappings
    assert (first.framework, first.ref, first.title, first.source) == ("small", "A", "a", "read")
    assert (second.ref, second.title) == ("B", "")


def test_a_criterion_that_is_missing_or_too_many_is_told() -> None:
    head, _, last = MAIN.partition('[[criterion]]\nid = "PSF-8.5"')
    rest = last[last.index("# ----") :]
    with pytest.raises(StandardFault, match=r"39 entries, and `nothing` stands where `PSF-8.5` is"):
        parse(head + rest, ())
    one = MAIN[MAIN.index('[[criterion]]\nid = "PSF-1.1"') : MAIN.index('[[criterion]]\nid = "PSF-1.2"')]
    with pytest.raises(StandardFault, match=r"criterion: 41 entries, and `PSF-8.6` stands where `nothing`"):
        parse(head + '[[criterion]]\nid = "PSF-8.5"' + last + one.replace("PSF-1.1", "PSF-8.6"), ())


def test_none_at_all_is_told() -> None:
    start, end = MAIN.index("[[autonomy]]"), MAIN.index("[[person_required]]")
    with pytest.raises(StandardFault, match=r"autonomy: 0 entries, and `nothing` stands where `L0` is"):
        parse("autonomy = []\n" + MAIN[:start] + MAIN[end:], ())


def test_a_tier_without_a_rule_is_told() -> None:
    end = MAIN.index('[[requirement]]\ntier = "medium"')
    start = MAIN.index('[[requirement]]\ntier = "low"\ngroup = "people"')
    with pytest.raises(StandardFault, match="requirement: There is no entry for low people"):
        parse(MAIN[:start] + MAIN[end:], ())


@pytest.mark.parametrize(
    "text", ["x" * (MOST_TEXT + 1), "a = " + "[" * 5_000, "a = " + "9" * 5_000], ids=["long", "deep", "wide"]
)
def test_what_cannot_be_read_is_no_crash(text: str) -> None:
    with pytest.raises(StandardFault, match=r"longer than|no TOML"):
        parse(text, ())


@dataclass(frozen=True)
class Named:
    names: dict[str, int]
    numbers: tuple[int, ...] = ()
    share: float = 0.0


def test_tables_of_names_are_bounded() -> None:
    assert read(Named, {"names": {"a": 1}, "share": 1}, "x") == Named({"a": 1}, (), 1.0)
    with pytest.raises(StandardFault, match=r"x.names: A table of at most"):
        read(Named, {"names": [1]}, "x")
    with pytest.raises(StandardFault, match=r"x.names: A table of at most"):
        read(Named, {"names": {str(n): n for n in range(MOST_ENTRIES + 1)}}, "x")
    with pytest.raises(StandardFault, match=r"x.names: The text is empty"):
        read(Named, {"names": {"": 1}}, "x")
    with pytest.raises(StandardFault, match=r"x.numbers: A list of at most"):
        read(Named, {"names": {}, "numbers": list(range(MOST_ENTRIES + 1))}, "x")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["names", "share", "x"]), inner),
    max_leaves=8,
)


@given(VALUES)
def test_whatever_stands_there_is_read_or_refused(value: object) -> None:
    with contextlib.suppress(StandardFault):
        assert isinstance(read(Named, value, "x"), Named)
