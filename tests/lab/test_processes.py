"""A process is told alive or dead truly also in the moments when that is hard to see."""

import subprocess
import sys
from pathlib import Path

from lab import processes

STARTS_OVER = """
import os, sys, threading
left = int(sys.argv[1])
def over():
    os.execv(sys.executable, [sys.executable, "-S", "-E", sys.argv[0], str(left - 1)])
if left:
    threading.Thread(target=over).start()
    threading.Event().wait()
"""


def test_a_process_that_starts_over_from_a_thread_is_alive_all_the_while(tmp_path: Path) -> None:
    """The kernel shows it as a zombie until the thread has taken its number."""
    program = tmp_path / "starts_over.py"
    program.write_text(STARTS_OVER)
    with subprocess.Popen([sys.executable, "-S", "-E", str(program), "150"]) as process:
        facts = processes.facts_of(process.pid)
        looks, dead = 0, 0
        while process.poll() is None:
            alive = processes.is_alive(facts)
            looks += 1
            dead += not alive and process.poll() is None
        assert looks > 1000
        assert dead == 0
    assert not processes.is_alive(facts)


def test_a_start_told_from_another_second_of_the_clock_is_the_same_start() -> None:
    facts = processes.this_process()
    assert processes.is_alive({**facts, "created": facts["created"] + 1.0})
    assert not processes.is_alive({**facts, "created": facts["created"] - 60.0})
