"""Who may ask, and how much at once: the token on every route but two, the person on every write, a bound on bodies."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Header, Path, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from prodworthy.interfaces.api.errors import ACTOR, Error, refusal
from prodworthy.interfaces.api.parts import Composed
from prodworthy.operations.acts import LONGEST_ACTOR, Act, Target

OPEN = frozenset({"/health", "/openapi.json"})
"""What anybody may read."""

MOST_BYTES = 262_144
"""The longest body, which is also the longest manifest."""

_UNAUTHORIZED = Error(
    "unauthorized", "Send `Authorization: Bearer TOKEN`; the token is in the home folder's control.token."
)
_TOO_LARGE = Error("too_large", f"The body is larger than {MOST_BYTES // 1024} KB. Shorten it.")


class Guarded:
    """Refuses what carries no token, before anything else looks at the request."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        """`token` is compared in constant time."""
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "http" and scope["path"] not in OPEN:
            given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
            if not hmac.compare_digest(given, self._expected):
                answer = refusal(401, _UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


class Bounded:
    """Refuses a body above the bound, as soon as its length is declared or reached."""

    def __init__(self, app: ASGIApp) -> None:
        """Every route has the same bound."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, counting its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared[:20]) > MOST_BYTES:
            await refusal(413, _TOO_LARGE, {"Connection": "close"})(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise HTTPException(413, _TOO_LARGE.message, {"Connection": "close"})
            return message

        await self._app(scope, counted, send)


NAME = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
Name = Annotated[str, Path(pattern=NAME, max_length=63)]
Person = Annotated[
    str, Header(alias=ACTOR, min_length=1, max_length=LONGEST_ACTOR, pattern=r"\S", description="The person who acts.")
]


async def _target(tenant: Name, workload: Name) -> Target:
    return Target(tenant, workload)


async def _act(parts: Composed, actor: Person) -> Act:
    return Act(_text(actor), parts.clock())


def _text(header: str) -> str:
    """A header's text: clients send UTF-8, HTTP's own reading of it is ISO 8859-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


async def known_query(request: Request) -> None:
    """Refuse parameters that the route does not have: a misspelt filter must not answer with everything."""
    route = request.scope["route"]
    known = {parameter.alias for parameter in route.dependant.query_params}
    unknown = sorted({name for name, _ in request.query_params.multi_items()} - known)
    if unknown:
        raise RequestValidationError(
            [{"type": "unknown", "loc": ("query", name), "msg": "There is no such parameter"} for name in unknown[:20]]
        )


async def _body(request: Request) -> str:
    """The body as text; bytes that are no UTF-8 become characters that no manifest may hold."""
    return (await request.body()).decode("utf-8", "surrogateescape")


Named = Annotated[Target, Depends(_target)]
Acting = Annotated[Act, Depends(_act)]
Text = Annotated[str, Depends(_body)]
