"""PSF-6.4: a workload under load, with streams open, is off within its bound, to the last byte; and comes back.

Timed from before the kill is written until the last byte that any client of the drill receives of an answer, and
until every new request is refused. Nothing here is told when the gateway thinks that it is done.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from prodworthy.assurance.drills.drill import Drill
from prodworthy.assurance.drills.human_oversight.switching import Switch
from prodworthy.assurance.drills.human_oversight.traffic import FLOWING, QUIET, Traffic
from prodworthy.assurance.drills.journal import live_lately, require_on
from prodworthy.assurance.drills.outcome import Failed, Incomplete
from prodworthy.assurance.drills.run import Run
from prodworthy.assurance.drills.voice import voice_of

STEADY_SECONDS = 30.0
"""Seconds within which load must be answered, and streams be open all at once."""

FEWER_SECONDS = 10.0
"""Seconds after which a model that does not keep up is asked for fewer streams; the result says how many were open."""

BACK_SECONDS = 30.0
"""Seconds within which a request must be answered after the restore."""

_MICROSECONDS = 1_000_000


def execute(run: Run) -> str:
    """Load and streams, kill, watch, restore. Raises Failed or Incomplete."""
    require_on(run)
    _spare_users(run)
    traffic, switch = Traffic(run, voice_of(run), _bound(run)), Switch(run)
    run.afterwards("end the drill's own load", traffic.stop)
    traffic.start()
    _await_steady(traffic)
    run.say(f"load {run.terms.rate} req/s, {len(traffic.streams)} open streams")
    killed, wall = _killed(run, traffic, switch)
    run.say(f"killed at {_clock(wall)}")
    _await_silence(run, traffic, killed)
    run.say(f"last byte {_clock(wall + round((traffic.last_byte(killed) - killed) * 1e9))}")
    if said := switch.back():
        raise Incomplete(said)
    _await_answer(run, traffic)
    run.say("restored")
    return f"Off in {run.duration / _MICROSECONDS:.2f} s with {len(traffic.streams)} streams open, and on again."


def _bound(run: Run) -> float:
    return DRILL.bound_of(run.terms) / _MICROSECONDS


def _spare_users(run: Run) -> None:
    if not run.terms.stop_live_traffic and live_lately(run):
        why = "live traffic flowed within the last minute, and this drill switches the workload off for some seconds"
        raise Incomplete(f"Not run: {why}. Choose a quiet time, or say --stop-live-traffic.")


def _await_steady(traffic: Traffic) -> None:
    began, given_up = time.monotonic(), False
    while not traffic.steady():
        waited = time.monotonic() - began
        if waited > FEWER_SECONDS and not given_up:
            given_up = True
            traffic.keep_some()
        if waited > STEADY_SECONDS:
            answered = sum(one.answered for one in traffic.load.asked)
            flowing = sum(stream.flows(FLOWING) for stream in traffic.streams)
            codes = sorted({one.code or str(one.status) for one in traffic.load.asked if not one.answered})
            said = f"{answered} of {len(traffic.load.asked)} requests answered ({', '.join(codes) or 'no refusal'})"
            open_ = f"{flowing} of {len(traffic.streams)} streams brought bytes within the same {FLOWING} s"
            raise Incomplete(
                f"Not killed, because it would have proven nothing: {said}, {open_}. Try fewer streams or a lower rate;"
                " where a control needs whole answers, nothing streams: --streams 0."
            )
        time.sleep(0.01)


def _killed(run: Run, traffic: Traffic, switch: Switch) -> tuple[float, int]:
    """Kill; when that began, in monotonic seconds and in Unix nanoseconds. Raises Failed or Incomplete."""
    _spare_users(run)
    run.afterwards(f"restore {run.target}", lambda: _say(run, switch.back()))
    _await_steady(traffic)
    for stream in traffic.streams:
        stream.close_door()
    began = time.monotonic()
    wall = switch.off()
    run.observe(written=round((time.monotonic() - began) * _MICROSECONDS), streams=len(traffic.streams))
    return began, wall


def _say(run: Run, words: str) -> None:
    if words:
        run.say(words)


def _await_silence(run: Run, traffic: Traffic, killed: float) -> None:
    """Until it is over, or the bound is. Raises Failed."""
    bound = _bound(run)
    while not traffic.over(killed) and time.monotonic() - killed < bound + QUIET:
        time.sleep(0.01)
    last, refused = traffic.last_byte(killed) - killed, traffic.refused(killed)
    late = [one for one in traffic.load.asked if one.sent > killed and one.answered]
    running = traffic.open_since(killed)
    run.observe(
        last_byte=round(last * _MICROSECONDS),
        refused=round(((refused or killed) - killed) * _MICROSECONDS),
        answered_after=len(late),
        answered_before=sum(one.answered and one.ended <= killed for one in traffic.load.asked),
        still_open=running,
    )
    run.duration = round(max(last, (refused or killed) - killed) * _MICROSECONDS)
    if refused is None:
        raise Failed(f"New requests were not refused by the switch within {bound:g} s; {len(late)} were answered.")
    if running:
        raise Failed(f"{running} answers that ran at the kill had not ended {bound:g} s after it.")
    if run.duration > bound * _MICROSECONDS:
        raise Failed(f"It took {run.duration / _MICROSECONDS:.2f} s until all was silent; the bound is {bound:g} s.")


def _await_answer(run: Run, traffic: Traffic) -> None:
    since = time.monotonic()
    while not any(one.answered and one.sent >= since for one in traffic.load.asked):
        if time.monotonic() - since > BACK_SECONDS:
            raise Failed(f"No request was answered within {BACK_SECONDS:g} s after the restore.")
        time.sleep(0.01)
    back = min(one.ended for one in traffic.load.asked if one.answered and one.sent >= since)
    run.observe(answered_again=round((back - since) * _MICROSECONDS))


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at / 1e9, UTC).strftime("%H:%M:%S.%f")[:-3]


DRILL = Drill(
    name="kill-switch",
    criteria=("PSF-6.4",),
    proves="The workload is off within the bound of the kill, to the last byte of every open stream, and comes back.",
    traffic="Switches the workload off for some seconds: every caller is refused meanwhile, and running answers end.",
    takes="about 5 s, 30 s at most before the kill, and the bound at most after it",
    steps=(
        "refuse where live traffic flowed within the last minute, unless that was allowed",
        "send requests at a steady rate, and hold streams open where the protocol has them",
        "wait until requests are answered and every stream brought bytes within the last 0.5 s",
        "switch the workload off, and time the last byte of every answer and the first lasting refusal",
        "switch it on, and wait until a request is answered",
    ),
    observes={
        "streams": "streams that were open at the kill",
        "answered_before": "requests of the load that were answered before the kill",
        "written": "microseconds until the kill was written",
        "last_byte": "microseconds from the kill to the last byte of an answer",
        "refused": "microseconds from the kill to the refusal from which on all were refused",
        "answered_after": "requests sent after the kill that were answered",
        "still_open": "answers under way at the kill that had not ended when the bound was over",
        "answered_again": "microseconds from the restore to the first answer",
    },
    cleans="restores the workload unless somebody else switched it off meanwhile; ends its load; revokes its key",
    execute=execute,
    bound=300.0,
    options=frozenset({"bound", "rate", "streams", "stop_live_traffic"}),
)
