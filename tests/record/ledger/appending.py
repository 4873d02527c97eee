"""A process that appends for as long as it lives, and says what is durable and what is published, one line each.

Run as `appending.py FOLDER SEED`. Entries are numbered, so their order can be read from them.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from prodworthy.record.ledger.log import open_writer
from tests.record.ledger.samples import ORIGIN, key


def main() -> None:
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)
    print("ready", flush=True)
    sys.stdin.readline()
    while True:
        with open_writer(folder, ORIGIN, [key()], wait=60) as writer:
            for _ in range(chance.randrange(1, 4)):
                count = chance.choice((1, 1, 2, 60))
                writer.append([b"%d" % number for number in range(writer.size, writer.size + count)])
                print("durable", writer.size, flush=True)
                if chance.random() < 0.3:
                    writer.publish()
                    print("published", writer.head.size, writer.head.root.hex(), flush=True)


if __name__ == "__main__":
    main()
