"""Packs that were tampered with, in every way that is known here, each from a seed: none may be accepted.

Who tampers has the pack; in part also the statement key; never the key of the log. Whoever has both can write another
ledger, which only a checkpoint that is held, a witness or a time stamp shows: two kinds here do that.
"""

from __future__ import annotations

import io
import json
import random
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from prodworthy.assurance.audit.pack.form import SEAL_TYPE, outside, seal_payload
from prodworthy.assurance.audit.pack.zipped import MANIFEST, SEAL, ZipWriter, order
from prodworthy.record.ledger.canonical import canonical_json
from prodworthy.record.ledger.dsse import parse_envelope, seal
from prodworthy.record.ledger.keys import Kind, SigningKey, generate_key
from prodworthy.record.ledger.statement import PAYLOAD_TYPE
from prodworthy.record.ledger.tiles import decode_bundle, encode_bundle

Contents = dict[str, bytes]
FOREIGN = generate_key("statements.example", Kind.ED25519, b"\x09" * 32)


@dataclass(frozen=True, slots=True)
class Target:
    """A pack that verifies, and what a mutation may use: the statement key, packs of other ledgers, an older pack, and
    `closed`, which has the manifest of contents truly sealed: what whoever runs the installation can do.
    """

    pack: bytes
    contents: Mapping[str, bytes]
    statements: SigningKey
    others: tuple[bytes, ...]
    closed: Callable[[Contents], bytes]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A tampered pack, and in words what was done to it."""

    kind: str
    data: bytes


def unzipped(pack: bytes) -> Contents:
    """The pack, taken apart."""
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def mutated(target: Target, seed: int) -> Mutation:
    """One mutation; the same for the same seed."""
    chance = random.Random(seed)
    name = sorted(KINDS)[seed % len(KINDS)]
    data = KINDS[name](target, chance)
    return Mutation(name, data if data != target.pack else data + b"\0")


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """The contents as a pack."""
    file = io.BytesIO()
    writer = ZipWriter(file)
    for name in sorted(contents, key=order):
        writer.add(name, [contents[name]])
    writer.close()
    return file.getvalue()


def resealed(contents: Contents, signer: SigningKey) -> bytes:
    """The contents as a pack whose seal is made anew, signed by `signer`."""
    named = {name: (sha256(contents[name]).hexdigest(), len(contents[name])) for name in outside(contents) - {SEAL}}
    contents[SEAL] = seal(SEAL_TYPE, seal_payload(named), [signer]).data()
    return zipped(contents)


def named_anew(contents: Contents) -> None:
    """Have the manifest name every file as it is."""
    manifest = json.loads(contents[MANIFEST])
    manifest["files"] = {name: _said(contents[name]) for name in contents.keys() - outside(contents)}
    contents[MANIFEST] = canonical_json(manifest)


def _said(data: bytes) -> list[Any]:
    return [sha256(data).hexdigest(), len(data)]


# --- bytes of the archive
def _flip(target: Target, chance: random.Random) -> bytes:
    data = bytearray(target.pack)
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _cut(target: Target, chance: random.Random) -> bytes:
    at = chance.randrange(len(target.pack))
    return chance.choice((target.pack[:at], target.pack[at:], target.pack[: -chance.randrange(1, 100)]))


def _insert(target: Target, chance: random.Random) -> bytes:
    at = chance.choice((0, len(target.pack), chance.randrange(len(target.pack))))
    return target.pack[:at] + chance.randbytes(chance.randrange(1, 200)) + target.pack[at:]


def _slices(target: Target, chance: random.Random) -> bytes:
    a, b, c = sorted(chance.sample(range(len(target.pack)), 3))
    one, two = target.pack[a:b], target.pack[b:c]
    middle = chance.choice((two + one, one, two, one + one + two, one + two + two))
    return target.pack[:a] + middle + target.pack[c:]


# --- files, with the manifest and the seal as they were
def _drop(target: Target, chance: random.Random) -> bytes:
    contents = dict(target.contents)
    for name in chance.sample(sorted(contents), chance.randrange(1, 3)):
        del contents[name]
    return zipped(contents)


def _change(target: Target, chance: random.Random) -> bytes:
    contents = dict(target.contents)
    name = chance.choice(sorted(contents))
    contents[name] = _bent(contents[name], chance)
    return zipped(contents)


def _swap(target: Target, chance: random.Random) -> bytes:
    contents = dict(target.contents)
    one, two = chance.sample(sorted(contents), 2)
    contents[one], contents[two] = contents[two], contents[one]
    return zipped(contents)


def _add(target: Target, chance: random.Random) -> bytes:
    name = chance.choice(("z.txt", "closing/00099.entries", "chains/00000/00000009.entries", "ledger/tile/1/000"))
    return zipped({**target.contents, name: chance.randbytes(50)})


# --- files, with digests made anew, by whoever has no key, or the statement key
def _foreign_seal(target: Target, chance: random.Random) -> bytes:
    contents = dict(target.contents)
    name = chance.choice(sorted(contents))
    contents[name] = contents[name] if name in (MANIFEST, SEAL) else _bent(contents[name], chance)
    named_anew(contents)
    return resealed(contents, FOREIGN)


def _kept_signature(target: Target, chance: random.Random) -> bytes:
    contents = dict(target.contents)
    old = parse_envelope(contents[SEAL], 1 << 20)
    name = chance.choice([name for name in sorted(contents) if name not in (MANIFEST, SEAL)])
    contents[name] = _bent(contents[name], chance)
    named_anew(contents)
    resealed(contents, FOREIGN)
    made = parse_envelope(contents[SEAL], 1 << 20)
    contents[SEAL] = type(made)(made.payload_type, made.payload, old.signatures).data()
    return zipped(contents)


def _true_seal(target: Target, chance: random.Random) -> bytes:
    contents = dict(target.contents)
    proven = ("chains/", "ledger/", "reports/assessments/", "standard/")
    name = chance.choice([name for name in sorted(contents) if name.startswith(proven)])
    contents[name] = _bent(contents[name], chance)
    return _closed_anew(contents, target, chance)


def _said_otherwise(target: Target, chance: random.Random) -> bytes:
    contents = dict(target.contents)
    manifest = json.loads(contents[MANIFEST])
    field = chance.choice(("at", "standard", "origin", "head", "chains"))
    manifest[field] = _other(manifest[field], chance)
    contents[MANIFEST] = canonical_json(manifest)
    return _closed_anew(contents, target, chance)


def _statements(target: Target, chance: random.Random) -> bytes:
    """Drops, repeats, swaps or re-signs statements, with their indexes and counts."""
    contents = dict(target.contents)
    name = chance.choice([name for name in sorted(contents) if name.startswith("chains/") and ".entries" in name])
    beside = name.replace(".entries", ".indexes.json")
    indexes = json.loads(contents[beside])
    pairs = list(zip(indexes, decode_bundle(contents[name], len(indexes)), strict=True))
    one, two = chance.randrange(len(pairs)), chance.randrange(len(pairs))
    how = chance.choice(("drop", "repeat", "swap", "tail", "sign", "entry only"))
    if how == "drop" and len(pairs) > 1:
        del pairs[one]
    elif how == "repeat":
        pairs.insert(two, pairs[one])
    elif how == "tail" and len(pairs) > 1:
        del pairs[-1:]
    elif how == "swap":
        pairs[one], pairs[two] = pairs[two], pairs[one]
    elif how == "sign":
        pairs[one] = pairs[one][0], _signed_otherwise(pairs[one][1], chance, target)
    else:
        pairs[one] = pairs[one][0], pairs[two][1]
    if pairs == list(zip(indexes, decode_bundle(contents[name], len(indexes)), strict=True)):
        pairs = pairs[::-1] if len(pairs) > 1 else pairs * 2
    contents[name] = encode_bundle([entry for _, entry in pairs])
    contents[beside] = canonical_json([index for index, _ in pairs])
    manifest = json.loads(contents[MANIFEST])
    manifest["chains"][int(name.split("/")[1])]["statements"] += len(pairs) - len(indexes)
    contents[MANIFEST] = canonical_json(manifest)
    return _closed_anew(contents, target, chance)


def _assessed_otherwise(target: Target, chance: random.Random) -> bytes:
    contents = dict(target.contents)
    name = chance.choice([name for name in sorted(contents) if name.startswith("reports/assessments/")])
    report = json.loads(contents[name])
    control = chance.choice(report["controls"])
    control["state"], control["level"] = "proven", 5
    report["ready"], report["earned"] = True, 4
    contents[name] = canonical_json(report)
    return _closed_anew(contents, target, chance)


def _opened_otherwise(target: Target, chance: random.Random) -> bytes:
    contents = dict(target.contents)
    name = chance.choice([name for name in sorted(contents) if name.endswith("openings.json")])
    openings = json.loads(contents[name])
    one = chance.choice(openings)
    field = chance.choice(sorted(one["open"]))
    how = chance.randrange(4)
    if how == 0:
        one["open"][field]["value"] = _other(one["open"][field]["value"], chance)
    elif how == 1:
        one["open"][field]["salt"] = chance.randbytes(32).hex()
    elif how == 2:
        del one["open"][field]
    else:
        one["event"] += 1
    contents[name] = canonical_json(openings)
    return _closed_anew(contents, target, chance)


# --- whole packs
def _other_ledger(target: Target, chance: random.Random) -> bytes:
    return chance.choice(target.others)


def _mixed(target: Target, chance: random.Random) -> bytes:
    """Files of another pack among those of this one; the seal is made anew or not."""
    other = unzipped(chance.choice(target.others))
    contents = dict(target.contents)
    part = chance.choice(("closing/", "ledger/", "chains/00001", MANIFEST, SEAL))
    contents = {name: data for name, data in contents.items() if not name.startswith(part)}
    contents |= {name: data for name, data in other.items() if name.startswith(part)}
    if chance.random() < 0.5:
        named_anew(contents)
        return resealed(contents, target.statements)
    return zipped(contents)


# --- tricks of zips
def _foreign_zip(target: Target, chance: random.Random) -> bytes:
    """Written by another tool, in a way that other readers of zips accept."""
    file, trick = io.BytesIO(), chance.randrange(7)
    names = sorted(target.contents, key=order)
    with warnings.catch_warnings(), zipfile.ZipFile(file, "w") as archive:
        warnings.simplefilter("ignore", UserWarning)  # names that are there twice
        for name in names:
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0) if trick == 0 else (1980, 1, 1, 0, 0, 0))
            info.external_attr = 0o600 << 16
            info.compress_type = zipfile.ZIP_DEFLATED if trick == 1 else zipfile.ZIP_STORED
            info.comment = b"said" if trick == 2 else b""
            info.extra = struct.pack("<HH4s", 0xCAFE, 4, b"more") if trick == 3 else b""
            archive.writestr(info, target.contents[name])
        if trick == 4:
            archive.writestr(chance.choice(names), b"again")
        elif trick == 5:
            archive.comment = b"a comment"
        elif trick == 6:
            bad = ("../out", "/etc/x", "a\\b", "A/../b", "README.TXT", "a//b", ".x", "C:x", "a/", "\u00e9", "x" * 300)
            archive.writestr(chance.choice(bad), b"x")
    return file.getvalue()


def _headers(target: Target, chance: random.Random) -> bytes:
    """Fields of headers set to what they should not be: sizes, offsets, methods, encryption, counts."""
    data = bytearray(target.pack)
    marks = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06")
    mark = chance.choice(marks)
    places = [at for at in range(len(data) - 4) if data[at : at + 4] == mark]
    at = chance.choice(places) + chance.randrange(4, 22)
    for offset, value in enumerate(chance.choice((b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x01\x00", b"\x08\x00"))):
        if at + offset < len(data):
            data[at + offset] = value
    return bytes(data)


KINDS: Mapping[str, Callable[[Target, random.Random], bytes]] = {
    "flip": _flip,
    "cut": _cut,
    "insert": _insert,
    "slices": _slices,
    "drop": _drop,
    "change": _change,
    "swap": _swap,
    "add": _add,
    "foreign seal": _foreign_seal,
    "kept signature": _kept_signature,
    "true seal": _true_seal,
    "said otherwise": _said_otherwise,
    "statements": _statements,
    "assessed otherwise": _assessed_otherwise,
    "opened otherwise": _opened_otherwise,
    "other ledger": _other_ledger,
    "mixed": _mixed,
    "foreign zip": _foreign_zip,
    "headers": _headers,
}


def _bent(data: bytes, chance: random.Random) -> bytes:
    bent = bytearray(data or b"\0")
    how = chance.randrange(3)
    if how == 0 or len(bent) < 2:
        bent[chance.randrange(len(bent))] ^= 1 << chance.randrange(8)
    elif how == 1:
        del bent[chance.randrange(1, len(bent)) :]
    else:
        bent += chance.randbytes(3)
    return bytes(bent)


def _other(value: Any, chance: random.Random) -> Any:
    """Another value of the same kind, somewhere in it."""
    if isinstance(value, dict) and value:
        name = chance.choice(sorted(value))
        return {**value, name: _other(value[name], chance)}
    if isinstance(value, list) and value:
        at = chance.randrange(len(value))
        return [*value[:at], _other(value[at], chance), *value[at + 1 :]]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + chance.choice((-1, 1, 1000))
    text = value if isinstance(value, str) and value else "0"
    return text[:-1] + chance.choice([letter for letter in "0123456789abcdef" if letter != text[-1]])


def _signed_otherwise(entry: bytes, chance: random.Random, target: Target) -> bytes:
    said = json.loads(parse_envelope(entry).payload)
    said["predicate"] = _other(said["predicate"], chance)
    signer = chance.choice((FOREIGN, target.statements))
    return seal(PAYLOAD_TYPE, canonical_json(said), [signer]).data()


def _closed_anew(contents: Contents, target: Target, chance: random.Random) -> bytes:
    """Sealed with the true statement key; half of them with a statement of the manifest that is truly in the ledger."""
    named_anew(contents)
    return target.closed(contents) if chance.random() < 0.5 else resealed(contents, target.statements)
