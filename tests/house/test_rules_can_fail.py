"""Each rule of the house finds what it is for in a small bad source, and passes a small good one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.house import conduct, cycles, limits, mirror, waivers, words
from tests.house.source import Breach, Source, parse

Rule = Callable[[Iterable[Source]], Iterator[Breach]]
HERE = "prodworthy.gateway.flow"
NO_LINT = "# no" + "qa"
NO_TYPE = "# type: " + "ignore"
LATER = "TO" + "DO"

BAD: list[tuple[Rule, str, str]] = [
    (limits.module_lines, "x = 1\n" * 401, HERE),
    (limits.function_lines, "def long():\n" + "    x = 1\n" * 40, f"{HERE}:long"),
    (limits.function_lines, "class A:\n    async def long(self):\n" + "        x = 1\n" * 40, f"{HERE}:A.long"),
    (limits.parameters, "def wide(a, b, /, c, *d, e, **f): ...", f"{HERE}:wide"),
    (conduct.global_statements, "def f():\n    global x\n    x = 1", f"{HERE}:f"),
    (conduct.environment_reads, "import os\nhome = os.environ['HOME']", HERE),
    (conduct.environment_reads, "from os import getenv", HERE),
    (conduct.file_access, "def f():\n    open('x')", f"{HERE}:f"),
    (conduct.file_access, "import os\nos.open('x', 0)", HERE),
    (conduct.file_access, "from pathlib import Path\nPath('x').open()", HERE),
    (conduct.file_access, "def f(path):\n    return path.read_text()", f"{HERE}:f"),
    (conduct.file_access, "def f():\n    import tempfile", HERE),
    (conduct.file_access, "from shutil import copy", HERE),
    (conduct.broad_except, "try:\n    pass\nexcept:\n    pass", HERE),
    (conduct.broad_except, "try:\n    pass\nexcept (ValueError, Exception):\n    pass", HERE),
    (conduct.broad_except, "def f():\n    try:\n        pass\n    except BaseException:\n        raise", f"{HERE}:f"),
    (conduct.broad_except, "import contextlib\nwith contextlib.suppress(Exception):\n    pass", HERE),
    (words.avoided_names, "class KeyManager: ...", f"{HERE}:KeyManager"),
    (words.avoided_names, "def error_handlers(): ...", f"{HERE}:error_handlers"),
    (words.avoided_names, "class A:\n    def run_engine(self): ...", f"{HERE}:A.run_engine"),
    (words.unfinished_work, f"x = 1  # {LATER}: the rest", HERE),
    (words.unfinished_work, f'"""{LATER} the rest."""', HERE),
    (words.unexplained_silence, f"x = 1  {NO_LINT}", HERE),
    (words.unexplained_silence, f"x = 1  {NO_LINT}: S101", HERE),
    (words.unexplained_silence, f"x = 1  {NO_TYPE}  # because the library says so", HERE),
    (words.unexplained_silence, f"x = 1  {NO_TYPE}[attr-defined]", HERE),
]

GOOD: list[tuple[Rule, str]] = [
    (limits.module_lines, "x = 1\n" * 400),
    (limits.function_lines, "def fits():\n" + "    x = 1\n" * 39),
    (limits.parameters, "class A:\n    def fits(self, a, b, c, *, d, e): ..."),
    (conduct.global_statements, "def f():\n    x = 1"),
    (conduct.environment_reads, "import os\nnumber = os.getpid()"),
    (conduct.file_access, "def f(connection):\n    connection.open()"),
    (conduct.broad_except, "try:\n    pass\nexcept (ValueError, OSError):\n    pass"),
    (words.avoided_names, "from x import create_engine\nclass Engineer: ..."),
    (words.unfinished_work, "x = 1  # method and todos are fine words"),
    (words.unexplained_silence, f"x = 1  {NO_LINT}: S101  # narrows the type for mypy"),
    (words.unexplained_silence, f"x = 1  {NO_TYPE}[attr-defined]  # added by a C extension"),
]


@pytest.mark.parametrize("rule,text,where", BAD)
def test_a_bad_source_is_found(rule: Rule, text: str, where: str) -> None:
    assert [(breach.rule, breach.where) for breach in rule([parse(HERE, text)])] == [(rule.__name__, where)]


@pytest.mark.parametrize("rule,text", GOOD)
def test_a_good_source_passes(rule: Rule, text: str) -> None:
    assert list(rule([parse(HERE, text)])) == []


@pytest.mark.parametrize(
    "wing,allowed", [("interfaces", True), ("record", True), ("policy", False), ("operations", False)]
)
def test_files_are_for_two_wings(wing: str, allowed: bool) -> None:
    breaches = list(conduct.file_access([parse(f"prodworthy.{wing}.place", "open('x')")]))
    assert (breaches == []) is allowed


def test_the_environment_is_for_one_wing() -> None:
    text = "import os\nos.getenv('X')"
    assert list(conduct.environment_reads([parse("prodworthy.interfaces.settings", text)])) == []
    assert list(conduct.environment_reads([parse("prodworthy.record.settings", text)])) != []


def test_an_avoided_module_name_is_found() -> None:
    assert [breach.where for breach in words.avoided_names([parse("prodworthy.record.utils", "")])] == [
        "prodworthy.record.utils"
    ]


def test_fan_out_counts_late_imports_once_for_each_module() -> None:
    many = [parse(f"prodworthy.policy.m{number}", "") for number in range(13)]
    late = "def f():\n" + "".join(f"    from {module.name} import a, b\n" for module in many)
    early = "from prodworthy.policy import " + ", ".join(f"m{number}" for number in range(12))
    wing = parse("prodworthy.policy", "", Path("prodworthy/policy/__init__.py"))
    assert [breach.where for breach in limits.fan_out([*many, wing, parse(HERE, late)])] == [HERE]
    assert list(limits.fan_out([*many, wing, parse(HERE, early)])) == []


def test_a_cycle_of_late_and_relative_imports_is_found() -> None:
    one = parse("prodworthy.policy.one", "from prodworthy.policy import two")
    two = parse("prodworthy.policy.two", "def f():\n    from . import three")
    three = parse("prodworthy.policy.three", "from .one import x")
    (breach,) = cycles.import_cycles([one, two, three])
    assert breach.where == "prodworthy.policy.one"
    assert list(cycles.import_cycles([one, two])) == []


@pytest.mark.parametrize(
    "folder", ["/wo" + "rk/main", "/tm" + "p/brief", "the is" + "sue 2 asks", "py" + "pi.org/simple"]
)
def test_a_file_that_speaks_of_something_else_is_found(folder: str) -> None:
    assert [breach.where for breach in words.speaks_of_itself({"README.md": f"first\nsee {folder}"})] == ["README.md"]


def test_a_file_that_speaks_of_itself_passes() -> None:
    assert (
        list(words.speaks_of_itself({"README.md": "The issue is known; a framework/main; `/v2/models`, 2 issues"}))
        == []
    )


def test_a_package_without_tests_is_found() -> None:
    module = parse("prodworthy.record.store.tables", "x = 1\n" * 41)
    for covered in (["tests/record/store/test_rows.py"], ["tests/record/test_store.py"]):
        assert list(mirror.untested_packages([module], covered)) == []
    assert [breach.where for breach in mirror.untested_packages([module], ["tests/record/test_keys.py"])] == [
        module.name
    ]


def test_comments_and_docstrings_are_no_code() -> None:
    text = '"""One.\n\nTwo.\n"""\n\n# three\nx = (\n    1,\n)\n\n\ndef f():\n    """Four."""\n    return """a\nb"""\n'
    assert mirror.code_lines(parse(HERE, text)) == 6


def test_a_waiver_covers_one_place_and_fails_when_it_is_not_needed() -> None:
    text = '[[waiver]]\nrule = "parameters"\nwhere = "a:f"\nreason = "the protocol has six fields"\n'
    (waiver,) = waivers.read(text)
    here, there = Breach("parameters", "a:f", "6"), Breach("parameters", "a:g", "6")
    assert waivers.unwaived([here, there], [waiver]) == [there]
    assert waivers.needless([there], [waiver]) == [waiver]
    assert waivers.needless([here], [waiver]) == []


@pytest.mark.parametrize(
    "text",
    [
        '[[waiver]]\nrule = "parameters"\nwhere = "a:f"\n',
        '[[waiver]]\nrule = "parameters"\nwhere = "a:f"\nreason = "needed"\n',
        '[[waiver]]\nrule = "parameters"\nwhere = "a:f"\nreason = "the protocol has six fields"\n' * 2,
    ],
)
def test_a_waiver_without_a_reason_or_twice_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"a:f|a waiver has"):
        waivers.read(text)
