"""A YAML text read into plain values, with the line of every field. Only what cannot be misread is accepted.

YAML 1.1 and 1.2 read some plain words differently (`no`, `017`, `1_000`, `1:30`, `1e3`); such a word is a fault, so
that an editor, this reader and a person always see the same value. A date stays the text that was written. Anchors,
aliases, tags, merge keys, duplicate keys and several documents in one text are faults. The reader never builds an
object of a type that the text names, and its work is bounded: `MOST_BYTES`, `DEEPEST`, `MOST_VALUES`.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import yaml

from prodworthy.operations.roster.faults import Fault

MOST_BYTES = 262_144
DEEPEST = 32
MOST_VALUES = 20_000
WIDEST = 2**53  # whole numbers beyond it lose digits in JSON readers that use doubles (RFC 8259, section 6)

Path = tuple[str | int, ...]

_YAML = "tag:yaml.org,2002:"
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")  # YAML 1.2, core schema
_OCTAL = re.compile(r"0o[0-7]+")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what YAML 1.1 counts as the end of a line


class Document(msgspec.Struct, frozen=True):
    """What was read: the value, the line (from 1) of each path in it, faults, and the paths that the faults spoil."""

    value: Any
    lines: dict[Path, int]
    faults: tuple[Fault, ...]
    spoiled: frozenset[Path]

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest part above it that was written."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def dotted(path: Path) -> str:
    """A path as people write it: `models.0.vendor`."""
    return ".".join(str(part)[:80] for part in path)


def read(text: str) -> Document:
    """Read one YAML document. Never raises for what the text holds: what is wrong becomes a fault."""
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        remedy = "Shorten it: a manifest names things, it does not contain them."
        return _unreadable(Fault(0, "", f"The text is larger than {MOST_BYTES // 1024} KB.", remedy))
    try:
        reader = _Reader(text)
    except yaml.reader.ReaderError as error:
        line = len(_LINE_BREAK.findall(text[: error.position])) + 1
        return _unreadable(Fault(line, "", "A character is not allowed in YAML.", "Remove it, or save as UTF-8."))
    try:
        return reader.document()
    except _TooMuch as error:
        return _unreadable(error.fault)
    except yaml.MarkedYAMLError as error:
        return _unreadable(_syntax_fault(error))
    except (ValueError, OverflowError):
        # an escape beyond Unicode, or a version directive of thousands of digits
        line = reader.loader.get_mark().line + 1
        return _unreadable(Fault(line, "", "A number or an escape is out of range.", "Write the character itself."))


def _unreadable(fault: Fault) -> Document:
    return Document(None, {}, (fault,), frozenset({()}))


def _syntax_fault(error: yaml.MarkedYAMLError) -> Fault:
    """The parser's complaint, with its line and the usual cause."""
    mark = error.problem_mark or error.context_mark
    problem = error.problem or error.context or "The text is not YAML."
    remedy = "Check the indentation, colons and quotes on this line and the one before."
    if "\\t" in problem:
        remedy = "Indent with spaces, not tabs."
    return Fault(mark.line + 1 if mark else 1, "", f"Not YAML: {problem}.", remedy)


class _TooMuch(Exception):
    """The text passes a bound; reading stops there."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.problem)
        self.fault = fault


class _Reader:
    """One pass over the parser's events, which come one by one, so that a bound stops the parser too."""

    def __init__(self, text: str) -> None:
        self.loader: Any = yaml.SafeLoader(text)
        self.values = 0
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self.spoiled: set[Path] = set()

    def document(self) -> Document:
        """Read the first document, and complain of a second."""
        self.loader.get_event()  # the stream's start
        if self.loader.check_event(yaml.StreamEndEvent):
            return _unreadable(Fault(1, "", "The text is empty.", "Write at least `id`, `owner` and `models`."))
        self.loader.get_event()  # the document's start
        value = self._value((), self.loader.get_event())
        self.loader.get_event()  # the document's end
        if not self.loader.check_event(yaml.StreamEndEvent):
            line = self.loader.peek_event().start_mark.line + 1
            self._spoil((), Fault(line, "", "A second document begins here.", "Put one workload in each file."))
        return Document(value, self.lines, tuple(self.faults), frozenset(self.spoiled))

    def _spoil(self, path: Path, fault: Fault) -> None:
        self.faults.append(fault)
        self.spoiled.add(path)

    def _value(self, path: Path, event: Any) -> Any:
        """The value that begins with `event`. Recursion is bounded by `DEEPEST`."""
        line = event.start_mark.line + 1
        if len(path) > DEEPEST:
            raise _TooMuch(Fault(line, dotted(path[:3]), f"Nested deeper than {DEEPEST} levels.", "Flatten it."))
        self.lines.setdefault(path, line)
        self.values += 1
        if self.values > MOST_VALUES:
            raise _TooMuch(Fault(line, dotted(path), f"More than {MOST_VALUES} values.", "Shorten the manifest."))
        name = dotted(path)
        if isinstance(event, yaml.AliasEvent):
            self._spoil(path, Fault(line, name, "Aliases (`*name`) are not allowed.", "Write the value out."))
            return None
        if event.anchor is not None:
            self._spoil(path, Fault(line, name, "Anchors (`&name`) are not allowed.", "Remove the anchor."))
        if event.tag is not None:
            self._spoil(path, Fault(line, name, "Tags (`!name`) are not allowed.", "Remove the tag."))
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._scalar(path, event, line)

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self.loader.get_event(), yaml.SequenceEndEvent):
            items.append(self._value((*path, len(items)), event))
        return items

    def _mapping(self, path: Path) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        while not isinstance(event := self.loader.get_event(), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            key = self._key(path, event, line)
            place = (*path, key)
            if key in fields:
                first = self.lines[place]
                remedy = f"Keep one of the two; the first is on line {first}."
                self._spoil(place, Fault(line, dotted(place), "The field is written twice.", remedy))
            else:
                self.lines[place] = line
            fields[key] = self._value(place, self.loader.get_event())
        return fields

    def _key(self, path: Path, event: Any, line: int) -> str:
        """The key as written: `on`, `1.1` and the like stay text, as in JSON."""
        place: Path = (*path, "?")
        if not isinstance(event, yaml.ScalarEvent):
            self._value(place, event)
            self._spoil(place, Fault(line, dotted(path), "A field's name must be text.", "Write `name: value`."))
            return "?"
        key = str(event.value)
        if _UNPRINTABLE.search(key):
            self._spoil(place, Fault(line, dotted(path), "A field's name has an unprintable character.", "Remove it."))
            return "?"
        place = (*path, key)
        if event.anchor is not None or event.tag is not None:
            self._spoil(place, Fault(line, dotted(path), "A field's name has an anchor or a tag.", "Remove it."))
        if key == "<<" and event.implicit[0]:
            self._spoil(place, Fault(line, dotted(path), "Merge keys (`<<`) are not allowed.", "Write the fields out."))
        return key

    def _scalar(self, path: Path, event: Any, line: int) -> Any:
        """A scalar's value: quoted text as it is, a plain word by what both versions of YAML make of it."""
        text = str(event.value)
        if _UNPRINTABLE.search(text):
            self._spoil(path, Fault(line, dotted(path), "The text has an unprintable character.", "Remove it."))
            return ""
        if not event.implicit[0]:
            return text
        tag = self.loader.resolve(yaml.ScalarNode, text, (True, False)).removeprefix(_YAML)
        value, problem, remedy = _plain(tag, text)
        if problem:
            self._spoil(path, Fault(line, dotted(path), problem, remedy))
        return value


def _plain(tag: str, text: str) -> tuple[Any, str, str]:
    """What a plain word means: (value, problem, remedy), the last two empty where it has one meaning only."""
    quoted = f'put it in quotes if text is meant: "{text[:40]}"'
    if tag == "bool":
        if text.lower() in ("true", "false"):
            return text.lower() == "true", "", ""
        problem = f"`{text}` means {_TRUTH[text.lower()]} to some YAML readers and the word to others."
        return None, problem, f"Write true or false, or {quoted}."
    if tag == "int" and _WHOLE.fullmatch(text):
        if len(text) > 17 or abs(int(text)) > WIDEST:
            return None, "The number is too large.", f"Write at most {WIDEST}, or {quoted}."
        return int(text), "", ""
    if tag == "float" and _NUMBER.fullmatch(text):
        value = float(text)
        if abs(value) <= 1e300:
            return value, "", ""
        return None, "The number is too large.", f"Write a smaller one, or {quoted}."
    if tag in ("int", "float") or _NUMBER.fullmatch(text) or _OCTAL.fullmatch(text):
        problem = f"`{text[:40]}` is a different number, or none, to different YAML readers."
        return None, problem, f"Write a plain decimal such as 17 or 0.5, or {quoted}."
    return (None if tag == "null" else text), "", ""


_TRUTH = {"yes": "true", "on": "true", "no": "false", "off": "false"}
