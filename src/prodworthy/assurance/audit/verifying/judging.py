"""The steps on statements: each signed and included, chains, openings, the standard, time stamps."""

from __future__ import annotations

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.form import MAPPINGS, STANDARD, TIMESTAMP, Manifest
from prodworthy.assurance.audit.verifying.closing import closed
from prodworthy.assurance.audit.verifying.opened import Opened, Walk
from prodworthy.assurance.audit.verifying.verdicts import NotAsked, NotComplete
from prodworthy.assurance.audit.verifying.walking import CHAINED, INCLUDED, OPENED, walk
from prodworthy.policy.core.evidence import EvidenceFault
from prodworthy.policy.standard.standard import Standard, parse
from prodworthy.record.ledger.faults import LedgerFault

LARGEST_TOML = 4 << 20
LARGEST_STAMP = 64 << 10


def included(pack: Opened) -> str:
    """Every statement is signed by a key of the policy, and is the leaf of the ledger that it is said to be."""
    pack.walk = found = walk(pack)
    manifest, *_ = pack.known()
    if INCLUDED in found.faults:
        raise PackFault(found.faults[INCLUDED])
    total = sum(one.statements for one in manifest.chains)
    return f"{found.statements:,} of {total:,}"


def chained(pack: Opened) -> str:
    """No statement of a workload is left out, repeated or out of order, from the first one to the last."""
    manifest, found = walked(pack)
    if CHAINED in found.faults:
        raise PackFault(found.faults[CHAINED])
    for number, end in enumerate(found.ends):
        try:
            closed(pack, number, end)
        except (PackFault, LedgerFault, EvidenceFault) as fault:
            raise PackFault(f"{manifest.chains[number]}: {fault}") from fault
    later = [one for one in manifest.chains if one.first]
    beside = sum(one.earlier for one in later)
    said = f"; {len(later)} of them begin later, with {beside} operations from before" if later else ""
    return f"{len(found.ends):,} chains whole{said}"


def opened(pack: Opened) -> str:
    """Every value that is shown is the one that its statement commits to, and every event that should be shown is."""
    manifest, found = walked(pack)
    if OPENED in found.faults:
        raise PackFault(found.faults[OPENED])
    if missing := sum(one.closed for one in pack.sums):
        raise NotComplete(f"{missing} events are not opened, and count as no evidence; {found.openings:,} match")
    names = manifest.names_for
    return f"{found.openings:,} match" + (f"; people are named to {names.name}, {names.role}" if names else "")


def standard_known(pack: Opened) -> str:
    """The standard is one that the verifier knows, and the pack's files are those of that standard."""
    manifest, *_ = pack.known()
    standard = standard_of(pack, manifest)
    mappings = sorted(name for name in manifest.files if name.startswith(MAPPINGS))
    texts = [pack.read(name, LARGEST_TOML).decode("utf-8") for name in (STANDARD, *mappings)]
    if parse(texts[0], texts[1:]).digest != standard.digest:
        raise PackFault("the standard's files in the pack are not those of the standard that it names")
    return f"{standard.publication.id} {standard.version}, sha256 {standard.digest[:16]}…"


def time_stamps(pack: Opened) -> str:
    """A time-stamping authority of the policy has stamped the checkpoint that closes the pack."""
    _, _, closing, _ = pack.known()
    roots = pack.trust.policy.timestamp_roots
    if not roots:
        raise NotAsked("the trust policy names no authority; add '#: timestamp-root …' lines")
    if TIMESTAMP not in pack.archive.entries:
        raise NotComplete("the pack has no time stamp, and the trust policy names an authority")
    if pack.trust.stamps is None:
        raise NotComplete("this verifier cannot read time stamps: `prodworthy verify` can")
    seen = pack.trust.stamps(pack.read(TIMESTAMP, LARGEST_STAMP), closing.text(), roots)
    return f"seen by an authority at {seen:%Y-%m-%d %H:%M:%S} UTC"


def walked(pack: Opened) -> tuple[Manifest, Walk]:
    """Manifest and walk, if the walk came to its end. Raises NotComplete."""
    if pack.walk is None or INCLUDED in pack.walk.faults:
        raise NotComplete("not run, because not every statement could be read")
    return pack.known()[0], pack.walk


def standard_of(pack: Opened, manifest: Manifest) -> Standard:
    """The standard that the manifest names, as the verifier brings it along. Raises NotComplete."""
    for one in pack.trust.standards:
        if one.digest == manifest.standard:
            return one
    raise NotComplete(f"this verifier does not know the standard sha256 {manifest.standard[:16]}…: use a newer one")
