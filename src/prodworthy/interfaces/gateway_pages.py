"""The pages as a gateway process serves them: where they come from, and who may read them."""

from __future__ import annotations

from prodworthy.gateway.edge.pages import Doorkeeper, Pages
from prodworthy.interfaces.api.token import read_or_create_token
from prodworthy.interfaces.settings import Home


def pages_of(home: Home) -> Pages:
    """The pages of an installation, opened by its control token. Raises SettingsFault, OSError."""
    token = read_or_create_token(home.control_token)
    return Pages(home.console, Doorkeeper(token.encode(), home.settings.gateway.open_on_loopback))
