"""Import cycles: no module of ours may reach itself, late imports counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from tests.house.source import Breach, Source


def import_cycles(sources: Iterable[Source]) -> Iterator[Breach]:
    """One breach for each knot of modules that import each other, named by its first module."""
    sources = tuple(sources)
    ours = frozenset(source.name for source in sources)
    arrows = {source.name: source.imports(ours) for source in sources}
    reach = {name: _reachable(name, arrows) for name in arrows}
    knots = {
        frozenset(other for other in reach[name] if name in reach[other]) for name in arrows if name in reach[name]
    }
    for knot in sorted(knots, key=min):
        yield Breach("import_cycles", min(knot), "these import each other: " + ", ".join(sorted(knot)))


def _reachable(start: str, arrows: Mapping[str, frozenset[str]]) -> frozenset[str]:
    seen: set[str] = set()
    open_ends = set(arrows[start])
    while open_ends:
        name = open_ends.pop()
        seen.add(name)
        open_ends |= arrows[name] - seen
    return frozenset(seen)
