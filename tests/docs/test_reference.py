"""The reference of refusals and controls: it holds all that the code has, and says types and defaults as they are."""

from __future__ import annotations

from prodworthy.interfaces.standards import load_standard
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.core.refusal import Code
from scripts import docs
from tests.docs.reading import first_column


def test_every_refusal_has_its_row() -> None:
    text = docs.refusal_reference()
    assert first_column(text, "code") == [code.value for code in Code]
    assert (
        "| `workload_killed` | 503 | The owner has switched this workload off; do not retry until restored. |" in text
    )


def test_every_control_has_its_section_with_its_promises() -> None:
    text = docs.control_reference()
    for control in discover().values():
        points = ", ".join(stand.point.value for stand in control.stands)
        assert f"## {control.criterion} {control.title}\n\nStands at: {points}.\n" in text
        assert all(f"- {case.promise}: {case.outcome.value}\n" in text for case in control.cases)


def test_settings_are_told_with_type_bounds_and_default() -> None:
    text = docs.control_reference()
    assert "| `retries` | integer, at least 0, at most 3 | `1` |" in text
    assert '| `then` | `other_model` or `person` or `refuse` or `safe_answer` | `"refuse"` |' in text
    assert "| `features` | list of Feature | `[]` |" in text
    assert "| `schema` | object or null | `null` |" in text
    assert "| `datatype` | string, length at most 20 | required |" in text


def test_the_standard_is_told_with_whose_words_it_is() -> None:
    text = docs.standard_reference()
    standard = load_standard()
    for said in (standard.publication.attribution, standard.publication.changes, standard.digest):
        assert said in text
    marks = {status.id: status.mark for status in standard.document.text_status}
    for criterion in standard.criteria:
        head = f"### {criterion.id} {criterion.title} ({marks[criterion.text_status]})\n\n{criterion.text}\n"
        assert f"{head}\n- Source: {criterion.source}.\n" in text
    for row in standard.mappings:
        assert row.ref in text
    assert "| critical | enforced on at least 99.9 % of exchanges over 30 days | exercised within 14 days |" in text
