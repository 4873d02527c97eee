from __future__ import annotations

from typing import Annotated, NamedTuple

import typer
from typer.testing import CliRunner

from prodworthy.interfaces.cli.together import together


class Size(NamedTuple):
    width: Annotated[int, typer.Option("--width", help="How wide.")] = 1
    tall: Annotated[bool, typer.Option("--tall")] = False


def test_the_fields_of_a_named_tuple_are_options_of_their_own() -> None:
    app, seen = typer.Typer(), []

    @app.command()
    @together
    def draw(name: Annotated[str, typer.Argument()], size: Size, by: str = "me") -> None:
        seen.append((name, size, by))

    runner = CliRunner()
    assert runner.invoke(app, ["box"]).exit_code == 0
    assert runner.invoke(app, ["box", "--width", "3", "--tall", "--by", "you"]).exit_code == 0
    assert seen == [("box", Size(), "me"), ("box", Size(3, True), "you")]
    assert runner.invoke(app, ["box", "--width", "wide"]).exit_code == 2
