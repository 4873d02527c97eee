"""The rows of the data folder as texts with a source, a provenance and a label. The rows stay where they are."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from training.injection.composing import compose

ATTACK_SOURCES = ("neuralchemy", "pyrit_jailbreaks", "slabs", "yanismiraoui")
DIRECT = (
    *ATTACK_SOURCES, "llmail_fp_benign", "mitre_frr_benign", "notinject_benign", "selfinstruct_benign",
    "wildguard_benign", "xstest", "pii_presidio_research", "begin", "halueval_qa",
)  # fmt: skip
INDIRECT = ("agentdojo", "bipia_indirect", "docs_code_benign")
LOOKALIKES = "notinject_benign"
FILES = (*DIRECT, *INDIRECT)
PROVENANCES = ("direct", "indirect")
OWN_COUNT, OWN_SEED = 6000, 7


class Text(NamedTuple):
    """One text. `held` marks the half of a benign source that is measured with and not trained on."""

    text: str
    attack: bool
    source: str
    provenance: str
    held: bool
    category: str = ""


def texts(data: Path) -> tuple[Text, ...]:
    """Every row of the files that the recipe uses, without repetition, in the order of the files' names."""
    found: dict[tuple[str, str], Text] = {}
    for name in sorted(FILES):
        provenance = "indirect" if name in INDIRECT else "direct"
        for text, attack, category in _rows(data / f"{name}.jsonl"):
            # A source with attacks is measured by leaving it out whole.
            held = name not in ATTACK_SOURCES and zlib.crc32(text.encode("utf-8", "replace")) % 2 == 1
            found.setdefault((name, text), Text(text, attack, _source(name, category), provenance, held, category))
    return tuple(found.values())


def own() -> tuple[Text, ...]:
    """Our own composed texts; English and other languages count as two sources."""
    return tuple(
        Text(each.text, each.attack, "own" if each.family == "english" else "own-languages", "direct", False)
        for each in compose(OWN_COUNT, OWN_SEED)
    )


def digest(data: Path) -> str:
    """SHA-256 over the files that the recipe reads, by name and content."""
    total = hashlib.sha256()
    for name in sorted(FILES):
        total.update(f"{name}\0{hashlib.sha256((data / f'{name}.jsonl').read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()


def _source(name: str, category: str) -> str:
    """Each repository of the documents is a source of its own."""
    return f"{name}/{category}" if name == "docs_code_benign" else name


def _rows(path: Path) -> Iterator[tuple[str, bool, str]]:
    for line in filter(None, path.read_text(encoding="utf-8").split("\n")):
        row = json.loads(line)
        meta = row.get("meta") or {}
        text = _text(path.stem, row, meta).replace("{% raw %}", "").replace("{% endraw %}", "")
        if text.strip():
            # The questions of xstest are harmless or harmful, but none gives orders; the other two are no attacks.
            attack = bool(row["label"]) if path.stem in (*ATTACK_SOURCES, *INDIRECT) else False
            yield text, attack, str(meta.get("category", meta.get("repo", "")))


def _text(name: str, row: dict[str, Any], meta: dict[str, Any]) -> str:
    """What a person wrote to a model: of dialogues and question sets that is in the row's context."""
    if name == "begin":
        return str(meta.get("message") or "")
    return str(meta["question"]) if name == "halueval_qa" else str(row["text"])
