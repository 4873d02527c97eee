"""Documents and code agree: what a page names exists, what it shows is accepted by the parser that it is for."""

from __future__ import annotations

import ast
import re
from typing import get_type_hints

import msgspec
import pytest

from prodworthy.assurance.audit.next_steps import DRILLS
from prodworthy.gateway.protocols.routes import Local, Route, match
from prodworthy.interfaces.settings import Settings
from prodworthy.interfaces.standards import load_standard
from prodworthy.operations.roster.manifest import parse
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Durability, Manifest
from prodworthy.policy.core.refusal import Code
from scripts.docs import dead_links
from tests.docs import reading

PAGES = {str(page.relative_to(reading.ROOT)): page.read_text(encoding="utf-8") for page in reading.documents()}
GUIDES = {name: text for name, text in PAGES.items() if name.startswith("docs/guides/")}
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted(reading.SOURCE.rglob("*.py")))
ALL = pytest.mark.parametrize("name", PAGES)


@ALL
def test_every_path_test_and_module_exists(name: str) -> None:
    faults = {mention: reading.missing(mention) for mention in reading.inline(PAGES[name])}
    assert {mention: fault for mention, fault in faults.items() if fault} == {}


@ALL
def test_every_link_leads_somewhere(name: str) -> None:
    assert list(dead_links({reading.ROOT / name: PAGES[name]})) == []


@ALL
def test_every_section_that_is_linked_exists(name: str) -> None:
    for target, section in re.findall(r"\]\(([^)#\s]*)#([\w-]+)\)", PAGES[name]):
        page = (reading.ROOT / name).parent / target if target else reading.ROOT / name
        titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
        assert section in slugs, f"{name}: {target}#{section}"


@ALL
def test_every_command_parses(name: str) -> None:
    for words in reading.commands(PAGES[name]):
        reading.parse_command(words)


@ALL
def test_every_manifest_is_valid(name: str) -> None:
    for text in reading.fenced(PAGES[name], "yaml"):
        assert isinstance(parse(text, discover()), Manifest)


@ALL
def test_every_settings_file_is_valid(name: str) -> None:
    for text in reading.fenced(PAGES[name], "toml"):
        assert isinstance(msgspec.toml.decode(text, type=Settings), Settings)


@ALL
def test_every_python_example_is_python(name: str) -> None:
    for text in reading.fenced(PAGES[name], "python"):
        assert ast.parse(text).body


@ALL
def test_every_header_and_variable_is_known(name: str) -> None:
    known = SOURCES.lower()
    for header in re.findall(r"x-prodworthy-[a-z]+", PAGES[name].lower()):
        assert header in known
    for variable in re.findall(r"PRODWORTHY_(\w+)", PAGES[name]):
        assert f'"{variable}"' in SOURCES or f"PRODWORTHY_{variable}" in SOURCES


@ALL
def test_every_criterion_that_is_configured_has_a_control(name: str) -> None:
    criterion, examples = re.compile(r"PSF-\d\.\d"), "".join(reading.fenced(PAGES[name], "yaml"))
    assert set(criterion.findall(PAGES[name])) <= {one.id for one in load_standard().criteria}
    assert set(criterion.findall(examples)) <= discover().keys()


def test_the_status_counts_what_there_is() -> None:
    words = {3: "three", 15: "fifteen", 25: "twenty-five", 40: "forty"}
    controls, criteria = len(discover()), len(load_standard().criteria)
    for name in ("README.md", "docs/guides/auditor.md", "docs/guides/risk-owner.md"):
        text = PAGES[name].casefold()
        for count in (controls, criteria - controls, len(DRILLS)):
            assert re.search(rf"\b{words[count]}\b", text), f"{name}: {count}"


def test_every_code_in_the_guides_is_a_refusal_code() -> None:
    told = {code for text in GUIDES.values() for code in reading.first_column(text, "code")}
    assert told
    assert told <= {code.value for code in Code}


def test_codes_told_with_a_status_have_that_status() -> None:
    told = [found for text in PAGES.values() for found in re.findall(r"\b([45]\d\d) `([a-z_]+)`", text)]
    statuses = {code.value: str(code.status) for code in Code}
    assert len(told) > 3
    for status, code in told:
        if code in statuses:
            assert statuses[code] == status
        else:  # what the connection says before there is a request
            assert f'b"{code}"' in SOURCES
            assert f'b"{status} ' in SOURCES


def test_the_ends_of_exchanges_are_those_that_the_gateway_writes() -> None:
    pipeline = "\n".join(path.read_text() for path in sorted((reading.SOURCE / "gateway" / "pipeline").glob("*.py")))
    ends = reading.first_column(GUIDES["docs/guides/on-call.md"], "end")
    assert len(ends) == len(set(ends)) > 5
    assert [end for end in ends if f'"{end}"' not in pipeline] == []


def test_the_routes_are_those_that_are_served() -> None:
    text = GUIDES["docs/guides/ai-engineer.md"]
    rows = re.findall(r"^\| `(GET|POST) (\S+)` \| `(\w+)` \|", text, re.MULTILINE)
    assert len(rows) == len(reading.first_column(text, "route")) > 5
    for method, path, scope in rows:
        found = match(method, path.encode())
        assert isinstance(found, Route | Local), path
        route = found.route if isinstance(found, Local) else found
        assert route.operation.value == scope


def test_the_durability_table_names_every_grade() -> None:
    for name in ("docs/architecture.md", "README.md"):
        assert [grade for grade in Durability if f"`{grade.value}`" not in PAGES[name]] == []


def test_defaults_in_the_settings_guide_are_the_defaults() -> None:
    (text,) = reading.fenced(PAGES["docs/guides/platform-engineer.md"], "toml")
    shown, default = msgspec.toml.decode(text, type=Settings), Settings()
    assert (shown.gateway, shown.control, shown.store) == (default.gateway, default.control, default.store)
    for section in ("gateway", "control", "store"):
        for field in get_type_hints(type(getattr(default, section))):
            assert re.search(rf"^{field} = ", text, re.MULTILINE), field


def test_every_decision_is_listed() -> None:
    pages = sorted((reading.ROOT / "docs" / "adr").glob("*.md"))
    listed = re.findall(r"\((\d{4}-[\w-]+\.md)\)", PAGES["docs/adr/0001-record-decisions.md"])
    assert [page.name for page in pages[1:]] == listed
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))


@pytest.mark.parametrize(
    "mention",
    [
        "gateway/pipeline/gone.py",
        "tests/gateway/test_kill.py::test_that_nobody_wrote",
        "prodworthy.policy.core.gone",
        "gateway/gone/",
    ],
)
def test_what_does_not_exist_is_found(mention: str) -> None:
    assert reading.missing(mention)


@pytest.mark.parametrize("line", ["prodworthy gone", "prodworthy kill x --why y", "prodworthy key issue"])
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    (words,) = reading.commands(f"```sh\n{line} # text\n```\n")
    assert words == line.split()[1:]
    if line != "prodworthy key issue":
        with pytest.raises(Exception, match=r"gone|No such option"):
            reading.parse_command(words)


def test_what_is_typed_in_transcripts_is_found() -> None:
    text = "```text\n$ prodworthy assess x --control PSF-6.4\nPSF-6.4 is\n\n$ make run\n```\n"
    assert reading.typed(text) == ["prodworthy assess x --control PSF-6.4", "make run"]
    assert list(reading.commands(text)) == [["assess", "x", "--control", "PSF-6.4"]]
    assert len(list(reading.commands(PAGES["README.md"]))) > 20


def test_examples_and_tables_are_found() -> None:
    table = "| code | b |\n|---|---|\n| `one`, `two` | `three` |\n\n| other |\n|---|\n| `x` |\n"
    text = f"`a/b.py` and\n```yaml\nid: x\n```\n{table}"
    assert reading.inline(text)[0] == "a/b.py"
    assert reading.fenced(text, "yaml") == ["id: x\n"]
    assert reading.first_column(text, "code") == ["one", "two"]
    assert reading.missing("plain words") == reading.missing("GET /health") == ""
