"""Events and exchanges of the journal, as a terminal shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prodworthy.interfaces.cli import screen

if TYPE_CHECKING:
    from prodworthy.record.journal.read import Live
    from prodworthy.record.journal.records import Entry, Record


def line_of(entry: Entry) -> str:
    """One event on one line: when, what, whose, which exchange, and what matters of its kind."""
    whose = entry.workload or "-"
    if entry.tenant not in ("", "default"):
        whose = f"{entry.tenant}/{whose}"
    said = _SAID.get(entry.kind, _nothing)(entry.event, entry.cost)
    where = entry.exchange or entry.gateway
    return f"{screen.moment(entry.at)}  {entry.kind:<9}  {whose}  {where}  {said}".rstrip()


def print_exchange(found: Record) -> None:
    """One exchange, name by name."""
    screen.line(f"{found.exchange}  {found.tenant}/{found.workload}  {found.end or 'not completed'}")
    screen.pairs(
        [
            ("received", screen.moment(found.received_at)),
            ("completed", screen.moment(found.completed_at)),
            ("release", found.release),
            ("asked", f"{found.operation} over {found.protocol}" + (", streamed" if found.stream else "")),
            ("model asked", found.model),
            ("model answered", found.model_answered),
            ("vendor", found.vendor),
            ("status", " ".join(filter(None, (str(found.status or ""), found.code)))),
            ("finish", found.finish),
            ("tokens", f"{found.tokens_in} in, {found.tokens_out} out"),
            ("cost", _cost(found.cost)),
            ("latency", _duration(found.latency)),
            ("first byte", _duration(found.first_byte)),
            ("attempts", str(found.attempts or "")),
            ("tools", _tools(found)),
            ("key", f"{found.key} ({found.traffic})" if found.key else ""),
            ("end user", found.subject),
            ("trace", found.trace),
            ("request", _digest(found.request_bytes, found.request_digest)),
            ("answer", _digest(found.answer_bytes, found.answer_digest)),
            ("content kept", ", ".join(found.content)),
        ],
        indent="  ",
    )
    for one in found.decisions:
        reason = f": {one.reason}" if one.reason else ""
        screen.line(f"  {one.criterion}  {one.outcome} ({one.mode}){reason}")


def _tools(found: Record) -> str:
    if not found.tools and not found.tools_offered:
        return ""
    undeclared = f", {found.undeclared} not declared" if found.undeclared else ""
    return f"{found.tools_offered} offered, {found.tools} called{undeclared}"


def figures_of(live: Live) -> list[tuple[str, str]]:
    """Live figures of a workload, name by name."""
    ends = ("answered", "refused", "killed", "faults", "blocked", "redacted")
    counted = ", ".join(f"{getattr(live, name)} {name}" for name in ends if getattr(live, name))
    today = f"{live.exchanges} exchanges" + (f" ({counted})" if counted else "")
    return [
        ("now", f"{live.per_second:.2f}/s"),
        ("today", today),
        ("tokens today", f"{live.tokens_in} in, {live.tokens_out} out" if live.exchanges else ""),
        ("cost today", _cost(live.cost or None)),
        ("mean latency", _duration(round(live.latency))),
    ]


def _received(event: Any, _cost_of_it: float | None) -> str:
    return f"{event.operation} {event.model}" + (" streamed" if event.stream else "")


def _completed(event: Any, cost: float | None) -> str:
    said = [event.end, str(event.status), event.code, event.model, _duration(event.latency)]
    if event.tokens_in or event.tokens_out:
        said.append(f"{event.tokens_in}+{event.tokens_out} tokens")
    said.append(_cost(cost))
    said += [f"{one.criterion} {one.outcome}" for one in event.decisions if one.outcome != "allow"]
    return " ".join(filter(None, said))


def _strayed(event: Any, _cost_of_it: float | None) -> str:
    return " ".join(filter(None, (event.reason, event.model, event.fingerprint, f"x{event.count}")))


def _raised(event: Any, _cost_of_it: float | None) -> str:
    return " ".join(filter(None, (event.condition, event.detail, f"x{event.count}")))


def _sampled(event: Any, _cost_of_it: float | None) -> str:
    signs = (f"{name} {share:.2f}" for name, share in event.signs.items())
    return f"quality {event.quality:.2f} ({', '.join(signs)})" + (
        " below the floor" if event.outcome != "allow" else ""
    )


def _nothing(_event: Any, _cost_of_it: float | None) -> str:
    return ""


_SAID = {
    "Received": _received,
    "Completed": _completed,
    "Sampled": _sampled,
    "Strayed": _strayed,
    "Raised": _raised,
}


def _duration(microseconds: int) -> str:
    if not microseconds:
        return ""
    return f"{microseconds / 1e6:.2f} s" if microseconds >= 1_000_000 else f"{microseconds / 1e3:.1f} ms"


def _cost(dollars: float | None) -> str:
    return "" if dollars is None else f"${dollars:.6f}"


def _digest(size: int, digest: bytes) -> str:
    return f"{size} bytes, SHA-256 {digest.hex()}" if digest else ""
