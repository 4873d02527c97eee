"""Why a statement was not recorded.

StatementRefused
├── UnknownSubject     it is about nothing that can be stated
├── TimeRefused        it would hold for too long, or is over already
├── WordsRefused       a text is missing, or too long
└── CannotSecond       there is no such statement in force, or the person stands behind it already
"""

from __future__ import annotations

from prodworthy.operations.errors import OperationRefused


class StatementRefused(OperationRefused):
    """Nothing was recorded."""


class UnknownSubject(StatementRefused):
    """It is about nothing that can be stated."""


class TimeRefused(StatementRefused):
    """It would hold for too long, or is over already."""


class WordsRefused(StatementRefused):
    """A text is missing, or too long."""


class CannotSecond(StatementRefused):
    """There is no such statement in force, or the person stands behind it already."""
