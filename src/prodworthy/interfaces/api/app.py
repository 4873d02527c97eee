"""The control API, put together: the routes, the guard before them, one shape of errors, one description of it all."""

from __future__ import annotations

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from prodworthy import __version__
from prodworthy.interfaces.api.access import Bounded, Guarded, known_query
from prodworthy.interfaces.api.documents import describe
from prodworthy.interfaces.api.errors import install
from prodworthy.interfaces.api.parts import Parts
from prodworthy.interfaces.api.routes import controls, health, journal, keys, manifests, workloads

_DESCRIPTION = """\
What people decide about the AI that runs here: manifests, the roster, keys, the kill switch, and the journal to read.

Every route but `/health` wants `Authorization: Bearer TOKEN`. Every change wants `X-Prodworthy-Actor`, the person who
makes it. Times are Unix nanoseconds (UTC). Errors have one shape, and codes that never change their meaning.
"""

_ROUTES = (health, manifests, workloads, controls, keys, journal)


class ControlApp(FastAPI):
    """FastAPI with an OpenAPI document that describes answers by our own types."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if not self.openapi_schema:
            self.openapi_schema = describe(self, tuple(kind for routes in _ROUTES for kind in routes.KINDS))
        return self.openapi_schema


def create_app(parts: Parts) -> ControlApp:
    """The application as ASGI. It opens nothing: everything comes in `parts`."""
    app = ControlApp(
        title="Prodworthy control API",
        version=__version__,
        description=_DESCRIPTION,
        # pages that load their scripts from elsewhere do not belong here; the document itself is enough
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(known_query)],
        generate_unique_id_function=_operation_id,
    )
    app.state.parts = parts
    for routes in _ROUTES:
        app.include_router(routes.router)
    install(app)
    app.add_middleware(Bounded)
    app.add_middleware(Guarded, token=parts.token)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
