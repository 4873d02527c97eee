"""The verb that runs everything: serve."""

from __future__ import annotations

from typing import Annotated

import typer

Processes = Annotated[int | None, typer.Option("--processes", help="Gateway processes; one per core serves most.")]
Port = Annotated[int | None, typer.Option("--port", help="Port that clients connect to.")]
ControlPort = Annotated[int | None, typer.Option("--control-port", help="Port of the control API.")]


def serve(processes: Processes = None, port: Port = None, control_port: ControlPort = None) -> None:
    """Start the gateway, the recorder and the control API, and keep them running until Ctrl-C or SIGTERM."""
    import asyncio

    from prodworthy.interfaces.cli.installation import home
    from prodworthy.interfaces.settings import override
    from prodworthy.interfaces.supervisor import Supervisor

    override(processes=processes, port=port, control_port=control_port)
    place = home()
    supervisor = Supervisor(place, lambda text: typer.echo(f"prodworthy: {text}", err=True))
    gateway, control = place.settings.gateway, place.settings.control

    def started() -> None:
        typer.echo(f"gateway      http://{gateway.host}:{gateway.port}   {gateway.processes} process(es)")
        typer.echo(f"control API  http://{control.host}:{control.port}/openapi.json   token in {place.control_token}")
        typer.echo(f"home         {place.folder}")

    asyncio.run(supervisor.run(started))
