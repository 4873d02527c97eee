from __future__ import annotations

from collections.abc import Mapping

import pytest

from prodworthy.operations.roster.faults import MOST_FAULTS, Fault, ManifestRefused
from prodworthy.operations.roster.manifest import canonical, digest, parse, warnings
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.controls.contract import Control
from prodworthy.policy.core.manifest import Kind, Manifest, Mode, Model, OnCall, Tier

SHORT = "id: help-desk\nowner: Ada\nmodels: [acme/chat-1]\n"

Catalogue = Mapping[str, Control]


def faults(text: str, catalogue: Catalogue) -> tuple[Fault, ...]:
    with pytest.raises(ManifestRefused) as refused:
        parse(text, catalogue)
    return refused.value.faults


def test_three_lines_are_enough(catalogue: Catalogue) -> None:
    assert parse(SHORT, catalogue) == Manifest(id="help-desk", owner="Ada", models=(Model("acme", "chat-1"),))


def test_a_long_manifest_is_read_whole(catalogue: Catalogue) -> None:
    manifest = parse(
        SHORT
        + """
kind: agent
risk_tier: high
on_call: {who: rota, route: "mailto:rota@example.org"}
users: {real: true, maximum: 50}
limits: {rate: {count: 5, seconds: 1, burst: 10}}
review: {last: 2026-01-31}
data: {classes: [internal]}
tools:
  - name: refund
controls:
  PSF-1.2: {mode: observe, settings: {low: 2}}
""",
        catalogue,
    )
    assert manifest.kind is Kind.AGENT
    assert manifest.risk_tier is Tier.HIGH
    assert manifest.on_call == OnCall("rota", "mailto:rota@example.org")
    assert manifest.limits.rate is not None
    assert (manifest.limits.rate.count, manifest.limits.rate.seconds) == (5, 1.0)
    assert manifest.review.last == "2026-01-31"
    assert manifest.controls["PSF-1.2"].mode is Mode.OBSERVE
    assert manifest.controls["PSF-1.2"].settings == {"low": 2}


def test_the_short_form_of_a_model_keeps_slashes_in_its_second_part(catalogue: Catalogue) -> None:
    text = "id: a\nowner: b\nmodels:\n  - acme/team/chat/1\n  - {vendor: other, model: x/y, name: z}\n"
    assert parse(text, catalogue).models == (Model("acme", "team/chat/1"), Model("other", "x/y", "z"))


def test_equal_manifests_have_equal_digests_however_they_are_written(catalogue: Catalogue) -> None:
    one = parse(SHORT + "kind: llm_app\ncontrols: {PSF-1.4: {}, PSF-1.2: {}}\n", catalogue)
    text = (
        '{"controls": {"PSF-1.2": {}, "PSF-1.4": {}}, "owner": "Ada", "models": [{"model": "chat-1", "vendor": "acme"}]'
    )
    other = parse(text + ', "id": "help-desk"}', catalogue)
    assert canonical(one) == canonical(other)
    assert digest(one) == digest(other)
    assert digest(one) != digest(parse(SHORT, catalogue))
    assert digest(parse(SHORT, catalogue)) == "66d42e9ff6e483c0feb6d78ab23841ec41b4fe789bf5954988aa0b2d6bd34c4d"


@pytest.mark.parametrize(
    "line,field,problem,remedy",
    [
        ("ownr: Ada", "ownr", "There is no field `ownr` here.", "Did you mean `owner`?"),
        ("zzz: 1", "zzz", "There is no field `zzz` here.", "Remove it; the fields here are: "),
        ("kind: agnt", "kind", "`agnt` is not a value", "Did you mean `agent`? Write one of: agent, llm_app"),
        ("kind: 3", "kind", "A number stands here.", "Write one of: agent"),
        ("kind:", "kind", "Nothing stands here.", "Write one of: agent"),
        ("tenant: Big", "tenant", "does not have the form", "lower-case letters"),
        ("tenant: 12", "tenant", "A number stands here where text is meant.", "quotes"),
        ("name: true", "name", "`true` stands here where text is meant.", "quotes"),
        ("name: no", "name", "`no` means false", 'in quotes if text is meant: "no"'),
        ("purpose:", "purpose", "Nothing stands here", "remove the line"),
        ("purpose: words", "purpose", "Text stands here where a group of fields is meant.", "Write a group"),
        ("purpose: []", "purpose", "A list stands here", "Write a group"),
        ("data: {classes: internal}", "data.classes", "Text stands here where a list is meant.", "after `- `"),
        ("users: {real: 1}", "users.real", "A number stands here where true or false is meant.", "Write true or false"),
        ("users: {real: {}}", "users.real", "A group of fields stands here", "Write true or false"),
        ("users: {maximum: 1.0}", "users.maximum", "A fraction stands here", "Write 1."),
        ("users: {maximum: 1.5}", "users.maximum", "A number stands here where a whole number", "Write a whole number"),
        ("users: {maximum: -1}", "users.maximum", "It must be at least 0.", "Write at least 0."),
        ("limits: {rate: {count: 0}}", "limits.rate.count", "at least 1", "Write at least 1."),
        ("limits: {rate: {}}", "limits.rate.count", "`count` is missing.", "Write `count: <requests>`."),
        ("limits: {body_bytes: 33554433}", "limits.body_bytes", "at most 33554432", "at most"),
        ("limits: {timeouts: {whole: 0}}", "limits.timeouts.whole", "more than 0", "more than 0"),
        ("limits: {timeouts: {connect: 700}}", "limits.timeouts.connect", "longer than the whole", "at most 600"),
        ("on_call: {who: Ada}", "on_call.route", "`route` is missing.", "mailto:"),
        ("on_call: {who: Ada, route: pager}", "on_call.route", "does not have the form", "webhook:https"),
        ("on_call: {who: ' ', route: 'mailto:a@b'}", "on_call.who", "blank", "Fill it in."),
        ("review: {last: 31.1.2026}", "review.last", "does not have the form", "2026-01-31"),
        ("review: {last: 2026-02-30}", "review.last", "There is no such day.", "2026-01-31"),
        ("stage_claimed: '" + "x" * 301 + "'", "stage_claimed", "at most 300 characters", "at most 300"),
        ("controls: {PSF-9.9: {}}", "controls.PSF-9.9", "no control `PSF-9.9`", "PSF-1.2, PSF-1.4, PSF-2.1"),
        ("controls: {PSF-1.2: {mode: off}}", "controls.PSF-1.2.mode", "`off` means false", "quotes"),
        ("controls: {PSF-1.2: {settings: {lo: 1}}}", "controls.PSF-1.2.settings.lo", "no field `lo`", "`low`"),
        ("controls: {PSF-1.2: {settings: {low: 11}}}", "controls.PSF-1.2.settings", "above `high`", "Correct"),
        ("controls: {PSF-1.2: {settings: {step: 3}}}", "controls.PSF-1.2.settings.step", "`multipleOf`", "published"),
        ("tools: [{name: a}, {name: a}]", "tools.1.name", "`a` is also the name of tools.0.", "a name of its own"),
        ("tools: [{name: ''}]", "tools.0.name", "blank", "Fill it in."),
        ("parent: help-desk", "parent", "its own parent", "another"),
    ],
)
def test_each_fault_has_its_line_field_and_remedy(
    catalogue: Catalogue, line: str, field: str, problem: str, remedy: str
) -> None:
    (fault,) = faults(SHORT + line + "\n", catalogue)
    assert (fault.line, fault.field) == (4, field)
    assert problem in fault.problem
    assert remedy in fault.remedy


@pytest.mark.parametrize(
    "models,field,problem",
    [
        ("[]", "models", "at least 1 in number"),
        ("acme/chat", "models", "Text stands here where a list is meant."),
        ("[chat]", "models.0", "does not have the form"),
        ("[Acme/chat]", "models.0", "does not have the form"),
        ("[acme/]", "models.0", "does not have the form"),
        ("[a/b, 3]", "models.1", "A number stands here"),
        ("[{vendor: a}]", "models.0.model", "`model` is missing."),
        ("[{vendor: a, model: ''}]", "models.0.model", "blank"),
        ("[a/b, b/b]", "models.1.name", "`b` is also the name of models.0."),
        ("[a/b, {vendor: c, model: d, name: b}]", "models.1.name", "also the name"),
        ("[" + "a/b," * 101 + "]", "models", "at most 100 in number"),
    ],
)
def test_faults_of_models(catalogue: Catalogue, models: str, field: str, problem: str) -> None:
    (fault,) = faults(f"id: a\nowner: b\nmodels: {models}\n", catalogue)
    assert (fault.line, fault.field) == (3, field)
    assert problem in fault.problem


def test_all_faults_are_reported_at_once_in_order_of_line(catalogue: Catalogue) -> None:
    text = """id: Bad
kind: no
owner: Ada
limits:
  rate: {count: 3.0, seconds: 017}
models:
  - {vendor: x, modl: y}
controls:
  PSF-1.2: {settings: {low: x, other: 1}}
  PSF-7.7: {}
"""
    assert [(fault.line, fault.field) for fault in faults(text, catalogue)] == [
        (1, "id"),
        (2, "kind"),
        (5, "limits.rate.count"),
        (5, "limits.rate.seconds"),
        (7, "models.0.model"),
        (7, "models.0.modl"),
        (9, "controls.PSF-1.2.settings.low"),
        (9, "controls.PSF-1.2.settings.other"),
        (10, "controls.PSF-7.7"),
    ]


def test_an_empty_group_lacks_the_three_lines(catalogue: Catalogue) -> None:
    found = faults("{}", catalogue)
    assert [fault.field for fault in found] == ["id", "models", "owner"]
    assert all(fault.remedy.startswith("Write `") for fault in found)


@pytest.mark.parametrize("text", ["- a\n", "words\n", "3\n", "~\n"])
def test_a_manifest_is_a_group_of_fields(catalogue: Catalogue, text: str) -> None:
    (fault,) = faults(text, catalogue)
    assert "where a group of fields is meant" in fault.problem


def test_nobody_looking_is_refused_where_real_users_are_touched(catalogue: Catalogue) -> None:
    assert parse(SHORT + "autonomy: L4\n", catalogue).autonomy.value == "L4"
    (fault,) = faults(SHORT + "autonomy: L4\nusers: {real: true}\n", catalogue)
    assert (fault.line, fault.field) == (4, "autonomy")


def test_a_refusal_says_whose_manifest_it_is_as_far_as_that_can_be_read(catalogue: Catalogue) -> None:
    def whose(text: str) -> tuple[str, str]:
        with pytest.raises(ManifestRefused) as refused:
            parse(text, catalogue)
        return refused.value.tenant, refused.value.workload

    assert whose("id: help-desk\n") == ("default", "help-desk")
    assert whose("id: help-desk\ntenant: acme\nkind: no\n") == ("acme", "help-desk")
    assert whose("id: Help\ntenant: 3\n") == ("", "")
    assert whose("[") == ("default", "")


def test_a_refusal_is_bounded_and_says_so(catalogue: Catalogue) -> None:
    found = faults(SHORT + "".join(f"field-{number}: 1\n" for number in range(5000)), catalogue)
    assert len(found) == MOST_FAULTS + 1
    assert found[-1].problem == "There are more faults."


def test_a_hostile_number_of_complaints_is_bounded_too(catalogue: Catalogue) -> None:
    models = "".join(f"  - {{a{number}: 1, b: 2}}\n" for number in range(2000))
    assert len(faults(f"id: a\nowner: b\nmodels:\n{models}", catalogue)) == MOST_FAULTS + 1


def test_what_the_schema_lets_through_the_types_still_refuse(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prodworthy.operations.roster.manifest.explain", lambda *_: [])
    (fault,) = faults(SHORT + "tools:\n- name: x\n- nam: y\n", catalogue)
    assert (fault.line, fault.field) == (6, "tools.1")
    assert "`nam`" in fault.problem


def test_a_fault_reads_as_one_line(catalogue: Catalogue) -> None:
    with pytest.raises(ManifestRefused, match=r"^line 4: knd: There is no field `knd` here\. Did you mean `kind`\?$"):
        parse(SHORT + "knd: rag\n", catalogue)
    assert str(Fault(0, "", "Problem.", "Remedy.")) == "manifest: (top): Problem. Remedy."


def test_values_that_may_be_secret_are_not_repeated(catalogue: Catalogue) -> None:
    text = SHORT + "api_key: s3cret\non_call: {who: a, route: https://hooks.example/s3cret}\nname: [s3cret]\n"
    with pytest.raises(ManifestRefused) as refused:
        parse(text, catalogue)
    assert "s3cret" not in str(refused.value)


def test_warnings_name_what_will_be_needed(catalogue: Catalogue) -> None:
    fields = [fault.field for fault in warnings(parse(SHORT, catalogue))]
    assert "on_call" in fields
    assert "purpose.intended" in fields
    risky = parse(SHORT + "kind: agent\nrisk_tier: high\nusers: {real: true}\ndata: {personal: true}\n", catalogue)
    more = {fault.field for fault in warnings(risky)} - set(fields)
    assert more == {"data.legal_basis", "tools", "users.maximum", "limits.rate", "regulation.independent_review"}


def test_a_complete_manifest_has_no_warnings(catalogue: Catalogue) -> None:
    text = SHORT + (
        "technical_owner: Bo\non_call: {who: Bo, route: 'mailto:bo@example.org'}\n"
        "purpose: {intended: answers, out_of_scope: [advice]}\ndata: {classes: [public]}\n"
        "regulation: {eu_role: deployer, eu_class: minimal}\nreview: {last: 2026-01-31}\n"
    )
    assert warnings(parse(text, catalogue)) == ()


ALWAYS = """id: a
owner: b
models: [v/m]
controls:
  PSF-6.4:
    mode: observe
"""


@pytest.mark.parametrize("criterion", ["PSF-6.4", "PSF-4.1"])
def test_a_control_that_always_acts_cannot_be_observed(criterion: str) -> None:
    with pytest.raises(ManifestRefused) as refused:
        parse(ALWAYS.replace("PSF-6.4", criterion), discover())
    assert [(fault.line, fault.field) for fault in refused.value.faults] == [(6, f"controls.{criterion}.mode")]


@pytest.mark.parametrize("schema", ["{$ref: 'http://127.0.0.1:9/x'}", "{type: nonsense}"])
def test_a_schema_that_cannot_be_used_is_a_fault(schema: str) -> None:
    text = f"id: a\nowner: b\nmodels: [v/m]\ncontrols:\n  PSF-2.1:\n    settings:\n      schema: {schema}\n"
    with pytest.raises(ManifestRefused, match="JSON Schema cannot be used"):
        parse(text, discover())
