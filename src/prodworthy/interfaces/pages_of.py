"""The way of one gateway to the pages, as the settings say who may read them."""

from __future__ import annotations

from prodworthy.gateway.edge.pages import Doorkeeper, Pages
from prodworthy.interfaces.api.token import read_or_create_token
from prodworthy.interfaces.settings import Home


def pages_of(home: Home) -> Pages:
    """Nothing is fetched yet. Raises SettingsFault where the token cannot be read."""
    token = read_or_create_token(home.control_token).encode()
    return Pages(home.console, Doorkeeper(token, home.settings.gateway.open_on_loopback))
