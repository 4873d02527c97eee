"""The rules of the house hold for every source, but for the places that waivers.toml names with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.house import conduct, cycles, limits, mirror, waivers, words
from tests.house.source import ROOT, Breach, Source, all_sources, package_sources, text_files

PACKAGE_RULES: tuple[Callable[[Iterable[Source]], Iterator[Breach]], ...] = (
    limits.module_lines,
    limits.function_lines,
    limits.parameters,
    limits.fan_out,
    cycles.import_cycles,
    conduct.global_statements,
    conduct.environment_reads,
    conduct.file_access,
    conduct.broad_except,
    words.avoided_names,
)
RULES_FOR_ALL_CODE: tuple[Callable[[Iterable[Source]], Iterator[Breach]], ...] = (
    words.unfinished_work,
    words.unexplained_silence,
)


def _untested() -> list[Breach]:
    tests = [path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")]
    return list(mirror.untested_packages(package_sources(), tests))


@pytest.fixture(scope="module")
def found() -> dict[str, list[Breach]]:
    """Every breach in the repository, by rule."""
    package, everything = package_sources(), all_sources()
    breaches = {rule.__name__: list(rule(package)) for rule in PACKAGE_RULES}
    breaches |= {rule.__name__: list(rule(everything)) for rule in RULES_FOR_ALL_CODE}
    breaches["speaks_of_itself"] = list(words.speaks_of_itself(text_files()))
    breaches["untested_packages"] = _untested()
    return breaches


RULE_NAMES = [rule.__name__ for rule in PACKAGE_RULES + RULES_FOR_ALL_CODE] + ["speaks_of_itself", "untested_packages"]


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_the_rule_holds(rule: str, found: dict[str, list[Breach]]) -> None:
    left = waivers.unwaived(found[rule], waivers.read(waivers.FILE.read_text(encoding="utf-8")))
    assert not left, "\n".join(f"{breach.where}: {breach.says}" for breach in left)


def test_every_waiver_is_needed_and_names_a_rule(found: dict[str, list[Breach]]) -> None:
    breaches = [breach for each in found.values() for breach in each]
    left = waivers.needless(breaches, waivers.read(waivers.FILE.read_text(encoding="utf-8")))
    assert not left, "remove from waivers.toml: " + ", ".join(f"{waiver.rule} at {waiver.where}" for waiver in left)


def test_the_rules_see_the_package() -> None:
    names = {source.name for source in package_sources()}
    assert {"prodworthy", "prodworthy.policy", "prodworthy.interfaces"} <= names
