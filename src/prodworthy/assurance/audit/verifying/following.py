"""Following a chain: every statement of it in order, each naming the one before, none left out."""

from __future__ import annotations

from prodworthy.assurance.audit.pack.faults import PackFault
from prodworthy.assurance.audit.pack.form import ChainPart
from prodworthy.assurance.audit.verifying.opened import Placed
from prodworthy.record.sealing.forms import FIRST, OperationForm


class Following:
    """Follows one chain: every statement of it, in order, each naming the one before; none is left out."""

    def __init__(self, chain: ChainPart, at: int) -> None:
        """`at`: the time until which statements were to be collected (Unix ns)."""
        self._chain, self._at = chain, at
        self._count = 0
        self._earlier = 0
        self._past = False
        self.last: Placed | None = None

    def follow(self, here: Placed) -> None:
        """Take the next statement. Raises PackFault if it does not follow."""
        link, before, chain = here.form.link, self.last, self._chain
        self.last, self._count = here, self._count + 1
        if (link.tenant, link.workload) != (chain.tenant, chain.workload):
            raise PackFault(f"leaf {here.index} is a statement of another workload")
        if self._past:
            raise PackFault(f"leaf {here.index} was sealed after the time until which the pack was made")
        self._past = link.sealed_at > self._at
        if link.number < chain.first:
            self._earlier += 1
            if not isinstance(here.form, OperationForm) or (before and before.form.link.number >= link.number):
                raise PackFault(f"leaf {here.index} stands before the chain, and is no operation in its order")
        elif before is None or before.form.link.number < chain.first:
            if link.number != chain.first:
                raise PackFault(f"the chain begins with statement {link.number}, not {chain.first}: some are left out")
        elif link.number != before.form.link.number + 1 or link.previous != before.index:
            raise PackFault(
                f"leaf {here.index} does not follow leaf {before.index}: some are left out, or out of order"
            )
        if not max(link.previous, before.index if before else FIRST) < here.index:
            raise PackFault(f"leaf {here.index} stands before one that it follows")

    def finish(self) -> None:
        """Return if there are as many statements as the manifest says. Raises PackFault."""
        said = (self._chain.statements, self._chain.earlier)
        if (self._count, self._earlier) != said:
            raise PackFault(f"there are {self._count} statements, not the {said[0]} that the manifest says")
