"""The verb verify: whether an audit pack is what it says, by a trust policy that did not come with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from prodworthy.interfaces.cli.installation import Json

Pack = Annotated[Path, typer.Argument(metavar="PACK.zip", help="The audit pack.")]
Trusted = Annotated[
    Path, typer.Option("--trust", metavar="POLICY", help="The trust policy, handed over by other ways than the pack.")
]
Held = Annotated[
    Path | None, typer.Option("--held", metavar="CHECKPOINT", help="A checkpoint of the ledger that you kept earlier.")
]
Keep = Annotated[
    Path | None, typer.Option("--keep", metavar="FILE", help="Write the pack's last checkpoint, to hold next time.")
]


def verify(pack: Pack, trust: Trusted, held: Held = None, keep: Keep = None, json: Json = False) -> None:
    """Verify an audit pack, offline. Exit code 0: all passed; 1: a failure; 2: incomplete."""
    from prodworthy.interfaces.verifier import Asked, run

    raise typer.Exit(run(Asked(pack, trust, held, keep, json)))
