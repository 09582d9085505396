"""Places for heavy work: no more at once than there are, and none is lost when its holder dies."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Lock

import pytest

from recovery.pictures.apart import ROOT
from recovery.pictures.turns import Busy, a_turn

HOLDER = """
import sys, time
from pathlib import Path
from recovery.pictures.turns import a_turn
with a_turn(Path(sys.argv[1]), 1, 0):
    print("held", flush=True)
    time.sleep(60)
"""
# As a worker that is killed while its child still works.
PARENT = """
import subprocess, sys
from pathlib import Path
from recovery.pictures.turns import a_turn
with a_turn(Path(sys.argv[1]), 1, 0) as turn:
    child = subprocess.Popen(["sleep", "60"], pass_fds=[turn], stdout=subprocess.DEVNULL)
    print(child.pid, flush=True)
    child.wait()
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "turns"


@pytest.fixture
def started(folder):
    """A process that holds the only place, and the first line that it says."""
    running = []

    def start(code):
        process = subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE, text=True, cwd=ROOT)
        running.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def is_free(folder):
    try:
        with a_turn(folder, 1, 0):
            return True
    except Busy:
        return False


def test_all_places_are_given_and_then_none(folder):
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(a_turn(folder, 3, 0))
        with pytest.raises(Busy):
            stack.enter_context(a_turn(folder, 3, 0))
    assert is_free(folder)


def test_who_waits_gets_the_place_that_becomes_free(folder):
    with ThreadPoolExecutor(1) as pool:
        with a_turn(folder, 1, 0):
            waiting = pool.submit(lambda: time.sleep(0.3) or is_free_within(folder, 5))
            time.sleep(0.6)
            assert not waiting.done()
        assert waiting.result(5)


def is_free_within(folder, seconds):
    with a_turn(folder, 1, seconds):
        return True


def test_the_wait_ends(folder):
    started = time.monotonic()
    with a_turn(folder, 1, 0), pytest.raises(Busy), a_turn(folder, 1, 0.3):
        pass
    assert 0.3 <= time.monotonic() - started < 2


def test_never_more_at_once_than_there_are_places(folder):
    now, most, guard = [0], [0], Lock()

    def work():
        with a_turn(folder, 2, 10):
            with guard:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.05)
            with guard:
                now[0] -= 1

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(work) for _ in range(8)]:
            done.result()
    assert most == [2]


def test_an_error_inside_gives_the_place_back(folder):
    with pytest.raises(KeyError), a_turn(folder, 1, 0):
        raise KeyError
    assert is_free(folder)


def test_who_is_killed_leaves_the_place_free(folder, started):
    process, said = started(HOLDER)
    assert (said, is_free(folder)) == ("held", False)
    process.kill()
    process.wait()
    assert is_free(folder)


def test_a_child_that_outlives_its_parent_keeps_the_place_until_it_ends(folder, started):
    process, child = started(PARENT)
    process.kill()
    process.wait()
    assert not is_free(folder)
    os.kill(int(child), signal.SIGKILL)
    with a_turn(folder, 1, 5):
        pass


def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"), a_turn(tmp_path / "file" / "turns", 1, 0):
        pass
