"""The standard that ships: complete, attributed, and what the design asks for."""

from __future__ import annotations

import ast
import hashlib
import re
import sys

import pytest

from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.manifest import Tier as ManifestTier
from prodworthy.policy.standard.document import GRADES_OF
from prodworthy.policy.standard.standard import NotInStandard, parse
from prodworthy.policy.standard.values import Confidence, Criterion, Grade, Group, Place, TextStatus, Tier, Topic
from tests.policy.standard.files import FOLDER, MAIN, MAPPINGS

STANDARD = parse(MAIN, MAPPINGS)
FRAMEWORKS = (
    "eu-ai-act",
    "finos",
    "gdpr",
    "iso-42001",
    "mitre-atlas",
    "nist-ai-600-1",
    "nist-ai-800-4",
    "nist-ai-rmf",
    "nist-sp-800-53",
    "owasp-agentic-2026",
    "owasp-llm-2025",
    "soc-2",
)
FUNCTIONS = {"GV": "GOVERN", "MP": "MAP", "MS": "MEASURE", "MG": "MANAGE"}


def test_it_is_named_attributed_and_marked_as_changed() -> None:
    published = STANDARD.publication
    assert (STANDARD.version, published.publisher, published.licence) == ("1.1", "Production AI Institute", "CC BY 4.0")
    assert published.licence_url == "https://creativecommons.org/licenses/by/4.0/"
    assert published.changes.startswith("Changes were made")
    notice = (FOLDER.parents[3] / "NOTICE").read_text()
    assert all(said in notice for said in (published.name, published.publisher, published.url, published.licence_url))
    assert "Changes were made" in notice


def test_forty_criteria_in_eight_domains() -> None:
    assert [domain.name for domain in STANDARD.domains] == [
        "Input governance",
        "Output validation",
        "Data protection",
        "Observability",
        "Deployment safety",
        "Human oversight",
        "Security",
        "Vendor resilience",
    ]
    assert len(STANDARD.criteria) == 40
    assert [each.id for each in STANDARD.criteria_of("PSF-4")] == [f"PSF-4.{n}" for n in range(1, 6)]
    assert STANDARD.criteria_of("incidents") == ()


def test_every_text_says_whose_it_is() -> None:
    by_status = {status: [] for status in TextStatus}  # type: dict[TextStatus, list[str]]
    for criterion in STANDARD.criteria:
        by_status[criterion.text_status].append(criterion.id)
    assert by_status[TextStatus.CRITERION] == [f"PSF-{d}.{n}" for d in (1, 2) for n in range(1, 6)]
    assert by_status[TextStatus.PARTIAL] == ["PSF-3.1", "PSF-3.2", "PSF-3.3", "PSF-6.4", "PSF-8.1"]
    assert by_status[TextStatus.OURS] == ["PSF-4.5"]
    said = {TextStatus.CRITERION: "restated", TextStatus.PARTIAL: "completed", TextStatus.GUIDE: "ours"}
    for criterion in STANDARD.criteria:
        assert said.get(criterion.text_status, "ours") in criterion.source
    assert "".join(status.mark for status in STANDARD.document.text_status) == "PpGO"


def test_the_modules_need_the_standard_library_only() -> None:
    """The offline verifier contains them as they are."""
    for path in sorted(FOLDER.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                ours = name.startswith("prodworthy.policy.standard.")
                assert ours or name.partition(".")[0] in sys.stdlib_module_names, f"{path.name}: {name}"


def test_controls_have_the_titles_of_their_criteria() -> None:
    for name, control in discover().items():
        assert control.title.startswith(STANDARD.criterion(name).title)


def test_tiers_are_those_of_manifests() -> None:
    assert [tier.value for tier in Tier] == [tier.value for tier in ManifestTier]
    for tier in ManifestTier:
        assert STANDARD.required("PSF-1.1", tier).tier == tier.value
    with pytest.raises(NotInStandard, match=r"no `huge`. There are, among others: low, medium, high, critical"):
        STANDARD.required("PSF-1.1", "huge")


def test_a_group_that_is_not_plain_has_a_reason() -> None:
    traffic = {Place.REQUEST, Place.RESPONSE, Place.RETRIEVAL, Place.TOOL_CALL, Place.TOOL_RESULT, Place.PREDICTION}
    plain = {Place.OPERATION, Place.MONITOR, Place.RELEASE, Place.SCHEDULE, Place.RECORD, Place.LEDGER}
    for criterion in STANDARD.criteria:
        if criterion.group is Group.TRAFFIC:
            assert criterion.why or traffic & set(criterion.stands), criterion.id
        else:
            assert criterion.why or plain & set(criterion.stands) or criterion.id in {"PSF-6.4", "PSF-8.3"}
    assert [each.id for each in STANDARD.criteria if Group.PEOPLE in (each.group, *each.also)] == [
        "PSF-3.4",
        "PSF-8.1",
        "PSF-8.5",
    ]
    operations = {each.id for each in STANDARD.criteria if each.group is Group.OPERATIONS}
    assert {"PSF-6.4", "PSF-5.4", "PSF-8.3", "PSF-3.2", "PSF-3.3", "PSF-4.3"} <= operations


@pytest.mark.parametrize(
    "tier,window,coverage,age,statement,persons",
    [
        (Tier.LOW, 30, None, 180, 365, 1),
        (Tier.MEDIUM, 30, None, 90, 365, 1),
        (Tier.HIGH, 30, 0.999, 30, 180, 1),
        (Tier.CRITICAL, 30, 0.999, 14, 90, 2),
    ],
)
def test_the_required_evidence(
    tier: Tier, window: int, coverage: float | None, age: int, statement: int, persons: int
) -> None:
    traffic, operation = STANDARD.required("PSF-1.1", tier), STANDARD.required("PSF-6.4", tier)
    assert (traffic.window_days, traffic.coverage, traffic.max_age_days, traffic.persons) == (window, coverage, None, 0)
    assert traffic.grades == ((Grade.ENFORCED, Grade.OBSERVED) if tier is Tier.LOW else (Grade.ENFORCED,))
    assert (operation.grades, operation.max_age_days, operation.window_days) == ((Grade.EXERCISED,), age, None)
    assert operation.partition is (tier is Tier.CRITICAL)
    people = STANDARD.required("PSF-8.1", tier)
    assert (people.grades, people.max_age_days, people.persons) == ((Grade.ATTESTED,), statement, persons)
    (besides,) = people.also
    assert (besides.group, besides.max_age_days, besides.also) == (Group.OPERATIONS, age, ())


def test_four_eyes_and_partitions_are_for_the_critical_tier_only() -> None:
    every = [(tier, STANDARD.required(each.id, tier)) for tier in Tier for each in STANDARD.criteria]
    assert [(tier, each.criterion) for tier, each in every if each.four_eyes] == [(Tier.CRITICAL, "PSF-6.2")]
    assert {(tier, each.criterion) for tier, each in every if each.partition} == {
        (Tier.CRITICAL, name) for name in ("PSF-4.3", "PSF-4.5", "PSF-5.4", "PSF-6.4", "PSF-8.3")
    }
    assert all(set(each.grades) <= GRADES_OF[each.group] for _, each in every)


def test_levels_and_readiness() -> None:
    assert [level.value for level in STANDARD.levels] == [0, 1, 2, 3, 4, 5]
    assert STANDARD.levels[3].any_of == (("enforced",), ("exercised",))
    assert STANDARD.levels[4].any_of == STANDARD.levels[5].any_of == (("enforced", "exercised"),)
    assert (STANDARD.levels[4].fresh, STANDARD.levels[5].unbroken_days) == (True, 90)
    assert [domain.ready_at for domain in STANDARD.domains] == [3.0] * 6 + [2.0] * 2
    assert (STANDARD.document.readiness.decimals, STANDARD.document.readiness.domain_above) == (1, 0.0)


def test_the_ladder() -> None:
    document = STANDARD.document
    assert [stage.name for stage in document.stage] == ["Experiment", "Pilot", "Production", "Scaled"]
    assert [question.no for question in document.question] == ["experiment", "pilot", "pilot", "pilot"]
    assert (document.freeze.stage, document.freeze.domains) == ("pilot", ("PSF-3", "PSF-7"))
    assert document.figures.kill_seconds == 300
    assert [level.id for level in document.autonomy if not level.customers] == ["L4"]
    assert len(document.person_required) == 8
    named = {name for question in document.question for name in question.shown_by if name.startswith("PSF")}
    assert all(STANDARD.criterion(name) for name in named)


def test_every_framework_is_mapped_to_every_domain_that_it_reaches() -> None:
    assert tuple(framework.id for framework in STANDARD.frameworks) == FRAMEWORKS
    assert {row.framework for row in STANDARD.mappings} == set(FRAMEWORKS)
    for domain in STANDARD.domains:
        assert {row.framework for row in STANDARD.mapped(domain.id)} >= {
            "nist-ai-600-1",
            "nist-sp-800-53",
            "mitre-atlas",
        }


def test_a_domain_has_the_mappings_of_its_criteria() -> None:
    rows = STANDARD.mapped("PSF-3")
    assert {row.target for row in rows} > {"PSF-3", "PSF-3.2"}
    assert {row.target for row in STANDARD.mapped("PSF-3.2")} == {"PSF-3.2"}
    assert STANDARD.mapped("PSF-9") == ()


def test_what_was_not_read_again_is_low() -> None:
    low = {(row.framework, row.ref) for row in STANDARD.mappings if row.confidence is Confidence.LOW}
    assert low == {("eu-ai-act", "Art. 26(4)"), ("eu-ai-act", "Art. 25"), ("soc-2", "CC9.2")}
    assert all(row.confidence is not Confidence.HIGH for row in STANDARD.mappings if "." in row.target)
    assert all(row.confidence is Confidence.MEDIUM for row in STANDARD.mappings if row.framework == "iso-42001")


def test_the_risk_management_framework_follows_from_the_actions() -> None:
    derived = set()
    for row in STANDARD.mappings:
        if row.framework == "nist-ai-600-1":
            assert re.fullmatch(r"(GV|MP|MS|MG)-\d\.\d{1,2}-\d{3}", row.ref)
            function, subcategory, _ = row.ref.split("-")
            derived.add((f"{FUNCTIONS[function]} {subcategory}", row.target.partition(".")[0]))
    assert {(row.ref, row.target) for row in STANDARD.mappings if row.framework == "nist-ai-rmf"} == derived


def test_ranges_of_actions_are_written_out() -> None:
    actions = {row.ref for row in STANDARD.mapped("PSF-5") if row.framework == "nist-ai-600-1"}
    assert {f"MG-2.4-00{n}" for n in range(1, 5)} <= actions
    assert {row.ref for row in STANDARD.mapped("PSF-8")} >= {f"MG-3.1-00{n}" for n in range(1, 6)}


def test_monitoring_categories_are_those_that_are_mapped() -> None:
    kinds = [kind.id for kind in STANDARD.document.monitoring]
    mapped = [row.ref for row in STANDARD.mappings if row.framework == "nist-ai-800-4" and row.target == "PSF-4"]
    assert kinds == mapped
    assert len(kinds) == 6


def test_dates_and_deadlines_are_data() -> None:
    act, gdpr = STANDARD.frameworks[0], STANDARD.frameworks[2]
    assert {date.ref: date.on for date in act.dates} == {
        "Annex III": "2027-12-02",
        "Annex I": "2028-08-02",
        "Art. 50": "2026-08-02",
        "Art. 50(2)": "2026-12-02",
    }
    assert all(date.confidence is not Confidence.HIGH for date in act.dates)
    assert [deadline.hours for deadline in act.deadlines] == [15 * 24, 10 * 24, 2 * 24]
    assert [deadline.hours for deadline in gdpr.deadlines] == [72]


def test_the_digest_covers_every_byte_and_no_order() -> None:
    names = sorted(FRAMEWORKS)
    whole = hashlib.sha256(hashlib.sha256(MAIN.encode()).digest())
    for name in names:
        whole.update(hashlib.sha256((FOLDER / "mappings" / f"{name}.toml").read_bytes()).digest())
    assert STANDARD.digest == whole.hexdigest()
    assert parse(MAIN, MAPPINGS[::-1]) == STANDARD
    assert parse(MAIN + "\n", MAPPINGS).digest != STANDARD.digest
    assert parse(MAIN, (*MAPPINGS[:-1], MAPPINGS[-1] + "#")).digest != STANDARD.digest
    assert parse(MAIN, ()).mappings == ()


def test_an_entry_is_found_by_its_id() -> None:
    assert isinstance(STANDARD.entry("PSF-3.2"), Criterion)
    assert isinstance(STANDARD.entry("incidents"), Topic)
    assert STANDARD.criterion("PSF-3.2").domain == "PSF-3"


@pytest.mark.parametrize(
    "name,near", [("PSF-3.9", "PSF-3.1"), ("psf-3.2", "PSF-3.2"), ("3.2", "PSF-3.2"), ("", "PSF-1")]
)
def test_an_unknown_id_is_told_with_those_near_it(name: str, near: str) -> None:
    with pytest.raises(NotInStandard, match="The standard has no") as told:
        STANDARD.entry(name)
    assert near in told.value.near
    with pytest.raises(NotInStandard):
        STANDARD.required(name, Tier.LOW)


def test_what_was_asked_for_cannot_drive_a_terminal() -> None:
    with pytest.raises(NotInStandard) as told:
        STANDARD.criterion("\x1b[2J" + "x" * 1_000_000)
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 250
