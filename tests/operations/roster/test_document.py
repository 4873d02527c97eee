from __future__ import annotations

from typing import Any

import pytest

from prodworthy.operations.roster.document import DEEPEST, MOST_BYTES, MOST_VALUES, dotted, read


@pytest.mark.parametrize(
    "written,value",
    [
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("17", 17),
        ("-3", -3),
        ("0", 0),
        ("0.5", 0.5),
        ("1.5", 1.5),
        ("2026-11-23", "2026-11-23"),
        ("2026-11-23 10:00:00", "2026-11-23 10:00:00"),
        ('"no"', "no"),
        ("'017'", "017"),
        ("|\n  two\n  lines", "two\nlines\n"),
        ("plain words", "plain words"),
        ("=", "="),
        ("a/b/c", "a/b/c"),
        ("[1, [two]]", [1, ["two"]]),
        ("{b: {c: 1}}", {"b": {"c": 1}}),
    ],
)
def test_what_has_one_meaning_is_read(written: str, value: Any) -> None:
    document = read(f"a: {written}\n")
    assert document.faults == ()
    assert document.value == {"a": value}
    assert type(document.value["a"]) is type(value)


@pytest.mark.parametrize(
    "written",
    ["no", "Yes", "ON", "off", "017", "0o17", "0x1F", "0b11", "1_000", "1:30", "1e3", "1.5e3", ".inf", ".NaN"],
)
def test_what_readers_disagree_about_is_a_fault_with_the_remedy_to_quote_it(written: str) -> None:
    (fault,) = read(f"x: 1\na: {written}\n").faults
    assert (fault.line, fault.field) == (2, "a")
    assert written in fault.problem
    assert f'"{written}"' in fault.remedy


@pytest.mark.parametrize("written", ["9007199254740993", "-9007199254740993", "9" * 5000, "1.0e+301", "1.0e+999"])
def test_a_number_that_loses_digits_elsewhere_is_too_large(written: str) -> None:
    (fault,) = read(f"a: {written}\n").faults
    assert fault.problem == "The number is too large."


def test_the_widest_whole_number_is_read() -> None:
    assert read("a: 9007199254740992\n").value == {"a": 2**53}


@pytest.mark.parametrize(
    "text,line,field,word",
    [
        ("a: &x 1\n", 1, "a", "Anchors"),
        ("b: 1\na: *x\n", 2, "a", "Aliases"),
        ("a: !!python/object:os.system 1\n", 1, "a", "Tags"),
        ("a: ! 1\n", 1, "a", "Tags"),
        ("a:\n  - !!str 1\n", 2, "a.0", "Tags"),
        ("a: 1\nb:\n  <<: {c: 1}\n", 3, "b", "Merge keys"),
        ("a: 1\nb: 2\na: 3\n", 3, "a", "twice"),
        ("{? [1]: 2}\n", 1, "", "must be text"),
        ("&x a: 1\n", 1, "", "anchor"),
        ('"a\\u0000": 1\n', 1, "", "unprintable"),
        ('a: "\\ud800"\n', 1, "a", "unprintable"),
        ('a: "x\\ey"\n', 1, "a", "unprintable"),
        ("a: 1\n---\nb: 2\n", 2, "", "second document"),
        ("", 1, "", "empty"),
        ("# nothing\n", 1, "", "empty"),
        ("a: 1\nb: [1\n", 3, "", "Not YAML"),
        ("a: 1\n\tb: 2\n", 2, "", "Not YAML"),
        ("a: 1\nb: %x\n", 2, "", "Not YAML"),
        ('a: "\\q"\n', 1, "", "Not YAML"),
        ('a: 1\nb: "\\UFFFFFFFF"\n', 2, "", "out of range"),
        ("a: 1\nb: \x00\n", 2, "", "not allowed"),
        ("a: 1\nb: \ud800\n", 2, "", "not allowed"),
    ],
)
def test_what_is_refused_is_named_at_its_line(text: str, line: int, field: str, word: str) -> None:
    fault = read(text).faults[0]
    assert (fault.line, fault.field) == (line, field)
    assert word in fault.problem
    assert fault.remedy


def test_a_tab_in_the_indentation_gets_its_remedy() -> None:
    assert "spaces" in read("a:\n\t- 1\n").faults[0].remedy


def test_keys_stay_as_written() -> None:
    assert read("on: 1\n1.1: 2\n2026-01-01: 3\nnull: 4\n").value == {"on": 1, "1.1": 2, "2026-01-01": 3, "null": 4}


def test_every_path_has_its_line_and_a_missing_one_that_of_its_parent() -> None:
    document = read("a:\n  - b: 1\n    c: 2\nd: 3\n")
    assert [document.line(path) for path in ((), ("a", 0), ("a", 0, "c"), ("d",), ("a", 0, "x"), ("y",))] == [
        1,
        2,
        3,
        4,
        2,
        1,
    ]
    assert dotted(("a", 0, "c")) == "a.0.c"


@pytest.mark.parametrize(
    "text,word",
    [
        ("a" * (MOST_BYTES + 1), "larger"),
        ("é" * (MOST_BYTES // 2 + 1), "larger"),
        ("[" * (MOST_BYTES - 1), "deeper"),
        ("- " * 1000, "deeper"),
        ("{a: " * 1000, "deeper"),
        ("[" + "1," * (MOST_VALUES + 1) + "]", "More than"),
        ("a: 1\n" * MOST_VALUES, "More than"),
    ],
)
def test_the_work_is_bounded(text: str, word: str) -> None:
    (fault,) = read(text).faults
    assert word in fault.problem


def test_the_deepest_allowed_is_read() -> None:
    assert read("[" * DEEPEST + "1" + "]" * DEEPEST).faults == ()
