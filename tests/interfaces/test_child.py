"""A gateway loads at once, and begins at its supervisor's word."""

from __future__ import annotations

import subprocess
import sys

import pytest

from prodworthy.interfaces.child import BEGIN

PROGRAM = "from prodworthy.interfaces.child import await_begin; await_begin(); print('begun')"


@pytest.mark.parametrize("word, begun", [(BEGIN, True), (b"", False)])
def test_a_process_begins_at_the_word_and_ends_without(word: bytes, begun: bool) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=word, capture_output=True, check=False, timeout=30)
    assert (done.returncode == 0, done.stdout == b"begun\n") == (begun, begun)
