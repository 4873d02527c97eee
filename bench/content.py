"""A workload whose controls all read content, and calls of it that say something: what benchmarks of detectors use."""

from __future__ import annotations

import json

import msgspec

from bench.http import MODEL
from bench.upstream import WORDS
from prodworthy.gateway.detectors.equipment import BUILDERS
from prodworthy.gateway.pipeline.served import Served, prepare
from prodworthy.operations.roster.manifest import parse
from prodworthy.operations.snapshot.compiling import compile_workload
from prodworthy.operations.snapshot.snapshot import Workload
from prodworthy.policy.controls.catalogue import discover
from prodworthy.policy.controls.contract import Control, Stand

HELD = frozenset({"PSF-2.3"})
"""Controls that hold a streamed answer until it is complete."""

_PROSE = (
    "The harbour office opens at eight and closes at five, except on public holidays. Ships that arrive after closing "
    "time wait at the outer pier, where the night guard writes down their name, their length and the number of people "
    "on board. Two ferries leave every day: one at noon, one in the early evening. Tickets are sold on board; children "
    "under six travel free of charge, and bicycles cost as much as a child. In winter the evening ferry is cancelled "
    "when the wind is stronger than expected, so it is wise to ask before setting out. "
)
_MANIFEST = """\
id: {name}
owner: someone
models: [bench/bench-model]
profile: {profile}
limits:
  timeouts: {{detection: 20}}
controls:
"""


def prose(characters: int) -> str:
    """As much ordinary text."""
    return (_PROSE * (characters // len(_PROSE) + 1))[:characters]


def chat(characters: int) -> bytes:
    """A chat call of so many characters: a tenth is the system prompt, half a document, the rest the user's.

    The document says what the upstream answers, and much of `prose`.
    """
    system, found = characters // 10, characters // 2
    messages = [
        {"role": "system", "content": prose(system)[::-1]},
        {"role": "user", "content": prose(characters - system - found)},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "find", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c", "content": (WORDS + prose(found))[:found]},
    ]
    return json.dumps({"model": MODEL, "messages": messages}).encode()


def manifest(name: str, profile: str, without: frozenset[str] = frozenset()) -> str:
    """A workload with every control that reads content enforced, where this gateway has its detectors."""
    controls = [
        criterion
        for criterion, control in discover().items()
        if control.declared and criterion not in without and _facts(control) <= BUILDERS.keys() | {"pseudonyms"}
    ]
    return _MANIFEST.format(name=name, profile=profile) + "".join(f"  {each}: {{mode: enforce}}\n" for each in controls)


def _facts(control: Control) -> frozenset[str]:
    stands: tuple[Stand, ...] = control.stands
    return frozenset[str]().union(*(stand.needs(control.settings()) for stand in stands))


def workload(profile: str, without: frozenset[str] = frozenset()) -> Workload:
    """The same workload, compiled."""
    catalogue = discover()
    document = msgspec.json.encode(parse(manifest("bench", profile, without), catalogue)).decode()
    return compile_workload(document, 1, catalogue)


def served(profile: str, without: frozenset[str] = frozenset()) -> Served:
    """The same workload, prepared. Raises CannotServe."""
    return prepare(workload(profile, without), {})
