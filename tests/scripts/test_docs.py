"""The generated reference: what it holds, and how its check finds what is out of date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import pytest
import typer
import typer.main

from scripts import docs


def test_a_dead_link_is_found_and_others_pass() -> None:
    text = (
        "[dead](gone.md) [alive](Makefile#top) [page](https://example.test/x) [here](#part)\n"
        "```\n[in code](gone.md)\n```\n[mail](mailto:a@example.test)\n"
    )
    assert list(docs.dead_links({docs.ROOT / "README.md": text})) == ["README.md: dead link: gone.md"]


def test_every_command_option_and_argument_is_told() -> None:
    app = typer.Typer(help="The whole.")
    journal = typer.Typer(help="The journal.")
    app.add_typer(journal, name="journal")

    @app.command()
    def kill(
        workload: Annotated[str, typer.Argument(help="Its id.")],
        reason: Annotated[str, typer.Option(help="Why | so.")] = "none",
    ) -> None:
        """Stop a workload."""

    @journal.command("tail")
    def tail() -> None:
        """Follow it."""

    @app.command(hidden=True)
    def worker() -> None:
        """For the supervisor only."""

    text = docs.reference_of(typer.main.get_command(app), "prodworthy")
    assert "## prodworthy kill\n\n    prodworthy kill WORKLOAD [OPTIONS]\n\nStop a workload." in text
    assert "| `WORKLOAD` | Its id. |\n| `--reason` | Why \\| so. (default: `none`) |" in text
    assert "## prodworthy journal tail" in text
    assert "worker" not in text


def test_the_published_schema_is_json_and_names_its_draft() -> None:
    assert json.loads(docs.manifest_schema())["$schema"].endswith("2020-12/schema")


def test_a_file_that_differs_or_is_missing_is_out_of_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    same, differs, missing = (tmp_path / name for name in ("same.md", "differs.md", "missing.md"))
    same.write_text("one")
    differs.write_text("two")
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    monkeypatch.setattr(docs, "generated", lambda: {same: "one", differs: "other", missing: "three"})
    assert list(docs.stale()) == [f"{name}: out of date; run `make docs`" for name in ("differs.md", "missing.md")]
    docs.write()
    assert list(docs.stale()) == []
