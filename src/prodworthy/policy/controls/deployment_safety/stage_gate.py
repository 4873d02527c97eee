"""PSF-5.5: live traffic passes as far as the workload's stage opens it; test traffic and drills always pass.

In Experiment no live traffic passes. In Pilot it passes within the caps: so many end users, each named, and only the
tools of the scope, offered or called. In Production and Scaled all of it passes. A stage that nobody knows is closed.
"""

from __future__ import annotations

from typing import cast

from prodworthy.policy.controls.contract import Case, Control, NoSettings, Point, Stand
from prodworthy.policy.core.evidence import DRILL, LIVE, TEST
from prodworthy.policy.core.exchange import Call, Exchange, Operation, ToolCall
from prodworthy.policy.core.facts import Facts, Standing
from prodworthy.policy.core.refusal import Code
from prodworthy.policy.core.stages import EXPERIMENT, PILOT, PRODUCTION, SCALED
from prodworthy.policy.core.verdict import ALLOW, Block, Outcome, Verdict

_FULL = frozenset({PRODUCTION, SCALED})
_NEEDS = frozenset({"standing"})


def decide(subject: Exchange, facts: Facts, settings: NoSettings) -> Verdict:
    """Block live traffic that the stage does not open."""
    standing = cast("Standing", facts["standing"])
    if standing.traffic != LIVE or standing.stage in _FULL:
        return ALLOW
    if standing.stage != PILOT:
        return Block(f"This workload is in stage {standing.stage}: it serves test traffic only.", Code.STAGE_CLOSED)
    if standing.users is not None and not subject.subject:
        return Block("This Pilot counts its end users, and the request names none.", Code.END_USER_MISSING)
    if not standing.room:
        return Block(f"This Pilot serves {standing.users} end users, and this is another one.", Code.USERS_EXHAUSTED)
    if standing.tools is not None:
        for number, name in enumerate(subject.call.tools, 1):
            if name not in standing.tools:
                text = f"The request offers a tool that is not in this Pilot's scope: the {number}. of its tools."
                return Block(text, Code.TOOL_NOT_IN_SCOPE)
    return ALLOW


def decide_called(subject: ToolCall, facts: Facts, settings: NoSettings) -> Verdict:
    """Block an answer that calls a tool which the Pilot's scope does not name."""
    standing = cast("Standing", facts["standing"])
    bounded = standing.traffic == LIVE and standing.stage == PILOT and standing.tools is not None
    if bounded and subject.name not in (standing.tools or ()):
        return Block("The answer calls a tool that is not in this Pilot's scope.", Code.TOOL_NOT_IN_SCOPE)
    return ALLOW


def _asked(subject: str = "", tools: tuple[str, ...] = ()) -> Exchange:
    call = Call(Operation.CHAT, "m", tools=tools)
    return Exchange("", "default", "example", "example@1", "production", "openai-chat", "", subject, 0, call)


_LOOK = frozenset({"look"})

CONTROL = Control(
    criterion="PSF-5.5",
    title="deployment record and freeze: the stage gate",
    stands=(
        Stand(Point.REQUEST, decide, needs=lambda settings: _NEEDS),
        Stand(Point.TOOL_CALL, decide_called, needs=lambda settings: _NEEDS),
    ),
    always=True,
    cases=(
        Case("test traffic passes in Experiment", _asked(), {"standing": Standing(EXPERIMENT, TEST)}, Outcome.ALLOW),
        Case("a drill passes in Experiment", _asked(), {"standing": Standing(EXPERIMENT, DRILL)}, Outcome.ALLOW),
        Case("live traffic passes in Production", _asked(), {"standing": Standing(PRODUCTION, LIVE)}, Outcome.ALLOW),
        Case(
            "live traffic does not pass in Experiment",
            _asked("u"),
            {"standing": Standing(EXPERIMENT, LIVE)},
            Outcome.BLOCK,
            code=Code.STAGE_CLOSED,
        ),
        Case(
            "live traffic passes within the caps of a Pilot",
            _asked("u", ("look",)),
            {"standing": Standing(PILOT, LIVE, 5, True, _LOOK)},
            Outcome.ALLOW,
        ),
        Case(
            "an end user beyond the cap of a Pilot is refused",
            _asked("u"),
            {"standing": Standing(PILOT, LIVE, 5, room=False)},
            Outcome.BLOCK,
            code=Code.USERS_EXHAUSTED,
        ),
        Case(
            "who cannot be counted is refused where a Pilot counts its users",
            _asked(),
            {"standing": Standing(PILOT, LIVE, 5)},
            Outcome.BLOCK,
            code=Code.END_USER_MISSING,
        ),
        Case(
            "a tool beyond the scope of a Pilot is not offered",
            _asked("u", ("look", "send")),
            {"standing": Standing(PILOT, LIVE, tools=_LOOK)},
            Outcome.BLOCK,
            code=Code.TOOL_NOT_IN_SCOPE,
        ),
        Case(
            "a tool of the scope may be called",
            ToolCall("look"),
            {"standing": Standing(PILOT, LIVE, tools=_LOOK)},
            Outcome.ALLOW,
            point=Point.TOOL_CALL,
        ),
        Case(
            "a tool beyond the scope of a Pilot is not called",
            ToolCall("send"),
            {"standing": Standing(PILOT, LIVE, tools=_LOOK)},
            Outcome.BLOCK,
            code=Code.TOOL_NOT_IN_SCOPE,
            point=Point.TOOL_CALL,
        ),
        Case(
            "live traffic of a workload whose stage nobody knows is refused",
            _asked("u"),
            {},
            Outcome.BLOCK,
            code=Code.CANNOT_DECIDE,
        ),
    ),
)
