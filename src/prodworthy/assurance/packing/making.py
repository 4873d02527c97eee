"""Makes a pack: collects the chains under one head of the ledger, judges them, and closes the pack with a later head.

What a pack is made of stands behind `Sources`: the ledger and the store of an installation, or those of a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import BinaryIO

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.folding import Sums, evidence_of
from prodworthy.assurance.audit.pack.form import (
    BUNDLE,
    MAPPINGS,
    STANDARD,
    ChainPart,
    Manifest,
)
from prodworthy.assurance.audit.reporting import assess
from prodworthy.assurance.audit.reports.drawing import PAGE, PRINT, draw
from prodworthy.assurance.audit.reports.drawn import About, Drawn, Workload
from prodworthy.assurance.audit.verifying.verdicts import Telling, quiet
from prodworthy.assurance.packing.chains import Chain, Found, Period, Place, Statements, collect
from prodworthy.assurance.packing.sources import INSTALLATION, Judges, Sources, Wanted
from prodworthy.assurance.packing.writing import PackWriter
from prodworthy.record.ledger.keys import SigningKey
from prodworthy.record.ledger.reading import Reader

README = b"""This is an audit pack. manifest.json names every file in it, and is itself a statement in a ledger.

Verify it with keys that you did not get from this file:

    prodworthy verify PACK.zip --trust policy.txt
    python prodworthy-verify.pyz PACK.zip --trust policy.txt

ledger/ holds a checkpoint and tiles as C2SP tlog-checkpoint and tlog-tiles lay them out; chains/ holds DSSE envelopes
with in-toto statements, in entry bundles; reports/ holds what people read. How to check each of them with tools that
are not ours stands in Prodworthy's guide for auditors.
"""


Print = Callable[[bytes], bytes | None]
"""Prints a page of HTML as PDF; None where that cannot be done."""


def no_print(page: bytes) -> bytes | None:
    """No print."""
    return None


class PackMaker:
    """Makes packs of one installation."""

    def __init__(self, sources: Sources, signer: SigningKey, judges: Judges, printing: Print = no_print) -> None:
        """`signer` is the statement key."""
        self._sources = sources
        self._signer = signer
        self._judges = judges
        self._print = printing

    def make(self, file: BinaryIO, wanted: Wanted, tell: Telling = quiet) -> Manifest:
        """Write a pack into an empty file that can seek.

        Raises:
            PackFault: there is nothing to pack, or more than a pack can hold.
            LedgerFault, EvidenceFault, StoreFault: the ledger or the store is not what it should be, or is away.
        """
        note, reader = self._sources.newest()
        size = reader.checkpoint.size
        if not size:
            raise PackFault("the ledger is empty: there is nothing to pack yet")
        lasts = self._sources.last_leaves(size)
        statements = Statements(self._sources.newest()[1])
        period = Period(wanted.since, wanted.at, size)
        places = (INSTALLATION, *sorted(set(wanted.places)))
        chains = [collect(statements, place, lasts.get(place, -1), period) for place in places]
        writer = PackWriter(file)
        writer.add("README.txt", [README])
        written_chains = self._chains(writer, chains, statements, wanted, tell)
        leaves = (leaf for chain in chains for leaf in chain.leaves)
        around = (leaf for held in wanted.held for leaf in (held - 1, held) if leaf >= 0)
        writer.ledger(reader, note, (*around, *leaves))
        about = About(
            reader.checkpoint.origin,
            size,
            wanted.version,
            wanted.made_at,
            wanted.made_by,
            wanted.since,
            wanted.at,
            wanted.names_for,
        )
        self._reports(writer, about, written_chains, tell)
        self._standard(writer)
        parts = tuple(part for part, _ in written_chains)
        manifest = _manifest(about, reader, parts, self._judges.standard.digest, writer)
        writer.manifest(manifest)
        self._close(writer, manifest, chains, statements)
        return manifest

    def _chains(
        self, writer: PackWriter, chains: list[Chain], statements: Statements, wanted: Wanted, tell: Telling
    ) -> list[tuple[ChainPart, Sums]]:
        done, total, found = 0, sum(len(chain.leaves) for chain in chains), []
        for number, chain in enumerate(chains):
            found.append(writer.chain(number, chain, _read(statements, chain), self._sources.openings, wanted.at))
            done += len(chain.leaves)
            tell("statements written", done, total)
        return found

    def _reports(self, writer: PackWriter, about: About, chains: list[tuple[ChainPart, Sums]], tell: Telling) -> None:
        workloads = []
        for number, (part, sums) in enumerate(chains[1:], start=1):
            known = evidence_of((part.tenant, part.workload), sums, chains[0][1], about.size, about.at)
            workloads.append(Workload(number, known, assess(known, self._judges.standard, about.at)))
            tell("workloads judged", number, len(chains) - 1)
        for name, parts in draw(Drawn(about, self._judges.standard, tuple(workloads))):
            if name == PAGE:
                page = b"".join(parts)
                writer.add(name, [page])
                printed = self._print(page)
                if printed is not None:
                    writer.add(PRINT, [printed])
            else:
                writer.add(name, parts)

    def _standard(self, writer: PackWriter) -> None:
        for name in sorted(self._judges.mappings):
            writer.add(f"{MAPPINGS}{name}", [self._judges.mappings[name].encode()])
        writer.add(STANDARD, [self._judges.main.encode()])

    def _close(self, writer: PackWriter, manifest: Manifest, chains: list[Chain], statements: Statements) -> None:
        open_ends = [n for n, chain in enumerate(chains) if not n or not _ended(statements, chain, manifest.at)]
        digest = sha256(manifest.data()).hexdigest()
        leaves = self._sources.close(digest, [chains[number].place for number in open_ends])
        note, reader = self._sources.newest()
        newest = Statements(reader)
        closing = {number: _between(newest, chains[number], leaves, manifest) for number in open_ends}
        writer.close(manifest.head.size, reader, note, closing)
        stamp = self._sources.stamp(reader.checkpoint.text())
        if stamp is not None:
            writer.stamp(stamp)
        writer.seal(self._signer)


def _read(statements: Statements, chain: Chain) -> Iterator[Found]:
    return (statements.at(leaf) for leaf in chain.leaves)


def _ended(statements: Statements, chain: Chain, at: int) -> bool:
    """Whether the chain in the pack ends with the first statement after `at`."""
    return bool(chain.leaves) and statements.at(chain.leaves[-1]).form.link.sealed_at > at


def _between(newest: Statements, chain: Chain, leaves: Mapping[Place, int], manifest: Manifest) -> list[Found]:
    """The statements from the head of the pack to that of the manifest."""
    found = []
    for one in newest.back(leaves[chain.place], chain.place):
        if one.index < manifest.head.size:
            break
        found.append(one)
        if len(found) > BUNDLE:
            raise PackFault("too much was sealed while the pack was made: make it again, or for fewer workloads")
    return found[::-1]


def _manifest(
    about: About, reader: Reader, chains: tuple[ChainPart, ...], standard: str, writer: PackWriter
) -> Manifest:
    return Manifest(
        origin=about.origin,
        head=reader.checkpoint.head,
        standard=standard,
        version=about.version,
        made_at=about.made_at,
        made_by=about.made_by,
        since=about.since,
        at=about.at,
        names_for=about.names_for,
        chains=chains,
        files=writer.files,
    )
