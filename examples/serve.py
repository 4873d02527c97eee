"""`prodworthy serve`, tied to the life of the process that started it: it ends when that one is gone."""

import os
import select
import signal
import sys
import threading

from examples.lifetime import watch_parent
from prodworthy.interfaces.cli import main


def _end_with(parent: int) -> None:
    select.select([parent], [], [])
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    descriptor = watch_parent()
    if descriptor is not None:
        threading.Thread(target=_end_with, args=(descriptor,), name="parent", daemon=True).start()
    main(["serve", *sys.argv[1:]])
