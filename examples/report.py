"""What the example tells once everything runs: the live figures, and what to try next."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from examples.installation import HOST, Figures, Installation
from examples.launch import ROOT

STEPS_UP = (
    ("why it stands there", "assess doc-summariser"),
    ("1 declare a Pilot", "check examples/workloads/doc-summariser-pilot.yaml --stage pilot"),
    ("", "apply examples/workloads/doc-summariser-pilot.yaml"),
    ("2 drill its switch", "drill run kill-switch -w doc-summariser"),
    (
        "3 state what no log shows",
        'attest doc-summariser PSF-3.4 --statement "legitimate interest; nothing leaves this machine"',
    ),
    ("where it stands now", "roster"),
    ("take the evidence away", "ledger trust -o trust.txt"),
    ("", "audit pack doc-summariser -o pack.zip"),
    ("check it without us", "verify pack.zip --trust trust.txt"),
    ("switch one off, then on", 'kill support-assistant --reason "trying it"'),
    ("", 'restore support-assistant --reason "tried it"'),
    ("watch what happens", "journal tail --follow"),
)
"""What to type after `prodworthy`, in this order: from Experiment to Pilot, and the evidence of it."""

COLUMNS = ("answered", "refused", "killed", "faults", "blocked", "redacted")


def table(figures: Mapping[str, Figures]) -> str:
    """The figures of each workload since midnight; a column that is nought everywhere is left out."""
    counts = [name for name in COLUMNS if any(getattr(one, name) for one in figures.values())]
    header = ["TODAY", "EXCHANGES", *(name.upper() for name in counts), "TOKENS IN", "TOKENS OUT", "MEAN LATENCY"]
    rows = [header]
    for workload, one in figures.items():
        numbers = (one.exchanges, *(getattr(one, name) for name in counts), one.tokens_in, one.tokens_out)
        cells = (f"{number:,}" if number else "-" for number in numbers)
        rows.append([workload, *cells, f"{one.latency / 1e3:,.1f} ms"])
    widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in cells)
        for cells in (enumerate(zip(row, widths, strict=True)) for row in rows)
    )


def live_line(figures: Mapping[str, Figures]) -> str:
    """The figures of now on one line."""
    return "  now: " + " · ".join(
        f"{workload} {one.per_second:.1f}/s, {one.exchanges} today" for workload, one in figures.items()
    )


def hints(installation: Installation, shown: Callable[[Path], str]) -> str:
    """What to type next, each line as it works in the repository's folder."""
    command = shown(Path(sys.executable).parent / "prodworthy")
    key = shown(installation.key_file("support-assistant"))
    control = f"http://{HOST}:{installation.control_port}"
    token = shown(installation.home / "control.token")
    tried = (
        ("the pages", installation.url),
        *((what, f"{command} {how}") for what, how in STEPS_UP),
        ("ask it yourself", f'curl {installation.url}/v1/chat/completions -H "Authorization: Bearer $(cat {key})" \\'),
        ("", '  -d \'{"model": "gemma-3-270m", "messages": [{"role": "user", "content": "Where is my parcel?"}]}\''),
        ("the control API", f'curl {control}/v1/roster -H "Authorization: Bearer $(cat {token})"'),
    )
    lines = [f"  {what:<27}{how}" for what, how in tried]
    home = f"  (first: export PRODWORTHY_HOME={installation.home})"
    found = [home] if installation.home != ROOT / ".prodworthy" else []
    return "\n".join(["Try, in another terminal in this folder:", *found, *lines, "Ctrl-C here ends everything."])
