"""Tables and bars as they are printed, kept and written into the documentation."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.processes import ROOT
from bench.report import BEGIN, END, Bar, Table, as_text, read, report_of, save, with_figures

TABLE = Table(
    "example",
    "an example",
    ["", "us", "calls"],
    [["ours", 12.345, 1_234_567], ["theirs", 0.01234, ""]],
    [Bar("cost", 150.0, 12.345, "us"), Bar("ratio", 40.0, 39.9, "x", least=True)],
    ["a note"],
)


def test_a_bar_holds_on_its_side_only() -> None:
    assert Bar("cost", 1.0, 1.0).holds
    assert not Bar("cost", 1.0, 1.1).holds
    assert Bar("rate", 1.0, 1.0, least=True).holds
    assert not Bar("rate", 1.0, 0.9, least=True).holds


def test_text_shows_figures_bars_and_notes() -> None:
    text = as_text(TABLE)
    assert "12.3" in text
    assert "1,234,567" in text
    assert "0.0123" in text
    assert text.count("MISSED") == 1
    assert "note: a note" in text


def test_what_is_saved_is_read_again_and_stands_in_the_page(tmp_path: Path) -> None:
    page = tmp_path / "figures.md"
    page.write_text(f"# Before\n\n{BEGIN}\nstale figures\n{END}\n\nAfter\n")
    report = report_of([TABLE], quick=True)
    save(report, tmp_path / "figures.json")
    assert read(tmp_path / "figures.json") == report
    text = page.read_text()
    assert "stale figures" not in text
    assert "quick run" in text
    assert "| ours | 12.3 | 1,234,567 |" in text
    assert text.startswith("# Before\n")
    assert text.endswith("After\n")
    assert with_figures(text, report) == text


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks"):
        with_figures("nothing here", report_of([TABLE], quick=True))


def test_the_documentation_shows_the_figures_that_are_kept() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    kept = ROOT / "docs" / "benchmarks.json"
    if kept.exists():
        assert with_figures(page, read(kept)) == page
    else:
        assert page.partition(BEGIN)[2].partition(END)[0].strip() == ""
